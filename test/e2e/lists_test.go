package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestOrdersAreListedByCustomerStatusAndPage(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 3)
	ask := of(line{p, 1})
	var placed []string // newest first, as lists are
	for i := range 5 {
		o := place(t, ask)
		waitFor(t, o.ID, []outcome{sold, short}[i/3])
		placed = slices.Insert(placed, 0, o.ID)
	}
	query := "customer_id=" + ask.CustomerID

	if got := idsOf(mustList[order](t, orders, "/api/orders", query)); !slices.Equal(got, placed) {
		t.Errorf("listed %v, want %v", got, placed)
	}
	for status, want := range map[string][]string{"CANCELLED": placed[:2], "COMPLETED": placed[2:], "PENDING": nil} {
		if got := idsOf(mustList[order](t, orders, "/api/orders", query+"&status="+status)); !slices.Equal(got, want) {
			t.Errorf("%s: listed %v, want %v", status, got, want)
		}
	}

	var got, sizes = []string(nil), []int(nil)
	for cursor := ""; ; {
		page := mustGet[page[order]](t, orders, "/api/orders?limit=2&"+query+from(cursor))
		got, sizes = append(got, idsOf(page.Items)...), append(sizes, len(page.Items))
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	if !slices.Equal(got, placed) || !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("pages of %v with %v, want %v", sizes, got, placed)
	}
	if all := mustGet[page[order]](t, orders, "/api/orders?limit=5&"+query); len(all.Items) != 5 || all.NextCursor != nil {
		t.Errorf("a full last page is followed by %v", all.NextCursor)
	}
}

func idsOf(found []order) []string {
	var ids []string
	for _, o := range found {
		ids = append(ids, o.ID)
	}
	return ids
}

// every list, and whether it takes order_id.
var allLists = []struct {
	service, path string
	byOrder       bool
}{
	{orders, "/api/orders", false},
	{inventory, "/api/products", false},
	{inventory, "/api/reservations", true},
	{payments, "/api/payments", true},
	{payments, "/api/gateway/ledger", true},
	{notifications, "/api/notifications", true},
}

// Not in parallel: nothing may be added to a list while it is compared.
func TestPagesOfEveryListMakeTheWhole(t *testing.T) {
	p := newProduct(t, 2)
	for range 2 {
		waitFor(t, place(t, of(line{p, 1})).ID, sold)
	}
	for _, l := range allLists {
		whole := mustGet[page[json.RawMessage]](t, l.service, l.path+"?limit=5").Items
		var pieces []json.RawMessage
		for cursor := ""; len(pieces) < len(whole); {
			one := mustGet[page[json.RawMessage]](t, l.service, l.path+"?limit=1"+from(cursor))
			if len(one.Items) != 1 || one.NextCursor == nil && len(pieces) < len(whole)-1 {
				t.Fatalf("%s: after %d of %d: %+v", l.path, len(pieces), len(whole), one)
			}
			pieces = append(pieces, one.Items[0])
			if one.NextCursor != nil {
				cursor = *one.NextCursor
			}
		}
		same := func(a, b json.RawMessage) bool { return string(a) == string(b) }
		if len(whole) < 2 || !slices.EqualFunc(pieces, whole, same) {
			t.Errorf("%s: pages %s, whole %s", l.path, pieces, whole)
		}
	}
}

func TestListsAreFilteredByOrder(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 2)
	placed := place(t, of(line{p, 1}))
	waitFor(t, placed.ID, sold)
	waitFor(t, place(t, of(line{p, 1})).ID, sold)
	for _, l := range allLists {
		if !l.byOrder {
			continue
		}
		found := mustList[struct {
			OrderID string `json:"order_id"`
		}](t, l.service, l.path, "order_id="+placed.ID)
		if len(found) == 0 {
			t.Errorf("%s has nothing about the order", l.path)
		}
		for _, f := range found {
			if f.OrderID != placed.ID {
				t.Errorf("%s has %s among those of %s", l.path, f.OrderID, placed.ID)
			}
		}
		if a := call(t, http.MethodGet, l.service, l.path+"?order_id=unknown", ""); a.Body != `{"items":[],"next_cursor":null}` {
			t.Errorf("%s about an unknown order: %s", l.path, a.Body)
		}
	}
}

func TestBadListQueriesAreRefused(t *testing.T) {
	t.Parallel()
	for _, l := range allLists {
		queries := []string{"limit=0", "limit=201", "limit=-1", "limit=ten", "limit=1.5", "page=2", "Limit=1", "cursor=x", "cursor=eA", "cursor=%00"}
		if l.byOrder {
			queries = append(queries, "order_id=%00", "order_id=%ff", "order_id="+strings.Repeat("x", 129))
		}
		if l.service == orders {
			queries = append(queries, "cancellation_reason=BORED", "created_from=today", "created_before=2026-01-02T03:04:05", "order_id=x", "status=DONE", "customer_id=%00", "customer_id="+strings.Repeat("x", 129))
		}
		for _, query := range queries {
			if a := call(t, http.MethodGet, l.service, l.path+"?"+query, ""); a.Status != http.StatusBadRequest {
				t.Errorf("%s?%s: %d %s", l.path, query, a.Status, a.Body)
			} else {
				problemOf(t, a)
			}
		}
	}
}
