package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOrdersAreListedByReasonAndTime(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 2)
	ask := of(line{p, 1})
	var placed []order // newest first, as lists are
	for _, end := range []struct {
		placement
		outcome
	}{{ask, sold}, {ask.paying("sim_decline"), declined}, {ask, sold}, {ask, short}, {ask, short}} {
		o := place(t, end.placement)
		waitFor(t, o.ID, end.outcome)
		placed = slices.Insert(placed, 0, o)
	}
	times := func(i int) string { return url.QueryEscape(placed[i].CreatedAt.Format(time.RFC3339Nano)) }
	elsewhere := url.QueryEscape(placed[2].CreatedAt.In(time.FixedZone("", 5400)).Format(time.RFC3339Nano))
	for query, want := range map[string][]order{
		"cancellation_reason=INVENTORY_UNAVAILABLE":                                 placed[:2],
		"cancellation_reason=inventory_unavailable&status=CANCELLED":                placed[:2],
		"cancellation_reason=PAYMENT_FAILED":                                        placed[3:4],
		"cancellation_reason=PAYMENT_FAILED&status=COMPLETED":                       nil,
		"cancellation_reason=TIMEOUT":                                               nil,
		"created_from=" + times(2):                                                  placed[:3],
		"created_from=" + elsewhere:                                                 placed[:3],
		"created_before=" + times(2):                                                placed[3:],
		"created_from=" + times(3) + "&created_before=" + times(1):                  placed[2:4],
		"created_from=" + times(3) + "&status=COMPLETED":                            placed[2:3],
		"created_before=" + times(0) + "&cancellation_reason=INVENTORY_UNAVAILABLE": placed[1:2],
		"created_before=0001-01-01T00:00:00Z":                                       nil,
	} {
		found := mustList[order](t, orders, "/api/orders", query+"&customer_id="+ask.CustomerID)
		if got := idsOf(found); !slices.Equal(got, idsOf(want)) {
			t.Errorf("%s: listed %v, want %v", query, got, idsOf(want))
		}
	}
}

// While orders come in, somebody reads all pages of a list and sees each order
// that was there, once.
func TestPagesAreStableWhileOrdersComeIn(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 0)
	ask := of(line{p, 1})
	var there []string
	for range 7 {
		there = slices.Insert(there, 0, place(t, ask).ID)
	}
	var got []string
	for cursor := ""; ; {
		page := mustGet[page[order]](t, orders, "/api/orders?limit=2&customer_id="+ask.CustomerID+"&cursor="+cursor)
		got = append(got, idsOf(page.Items)...)
		if page.NextCursor == nil {
			break
		}
		cursor = url.QueryEscape(*page.NextCursor)
		place(t, ask)
	}
	if !slices.Equal(got, there) {
		t.Errorf("saw %v, want %v", got, there)
	}
}

func TestUnknownQueryParametersAreRefused(t *testing.T) {
	t.Parallel()
	placed := place(t, of(line{newProduct(t, 1), 1}))
	waitFor(t, placed.ID, sold)
	p := placed.Items[0].ProductID
	for _, c := range []struct{ method, service, path, allowed string }{
		{http.MethodPost, orders, "/api/orders", "takes none"},
		{http.MethodGet, orders, "/api/orders", "takes limit, cursor, status, customer_id, cancellation_reason, created_from, created_before"},
		{http.MethodGet, orders, "/api/orders/" + placed.ID, "takes none"},
		{http.MethodPost, orders, "/api/orders/" + placed.ID + "/cancel", "takes none"},
		{http.MethodGet, inventory, "/api/products", "takes limit, cursor"},
		{http.MethodGet, inventory, "/api/products/" + p, "takes none"},
		{http.MethodPut, inventory, "/api/products/" + p, "takes none"},
		{http.MethodGet, inventory, "/api/reservations", "takes limit, cursor, order_id"},
		{http.MethodGet, payments, "/api/payments", "takes limit, cursor, order_id"},
		{http.MethodGet, payments, "/api/payments/" + placed.ID, "takes none"},
		{http.MethodGet, payments, "/api/gateway/ledger", "takes limit, cursor, order_id"},
		{http.MethodGet, notifications, "/api/notifications", "takes limit, cursor, order_id"},
	} {
		a := call(t, c.method, c.service, c.path+"?surprise=1", "")
		if p := problemOf(t, a); a.Status != http.StatusBadRequest || !strings.Contains(p.Detail, `"surprise"`) || !strings.Contains(p.Detail, c.allowed) {
			t.Errorf("%s %s: %d %s, want that it %s", c.method, c.path, a.Status, a.Body, c.allowed)
		}
	}
}
