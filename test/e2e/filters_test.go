package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
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
		page := mustGet[page[order]](t, orders, "/api/orders?limit=2&customer_id="+ask.CustomerID+from(cursor))
		got = append(got, idsOf(page.Items)...)
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
		place(t, ask)
	}
	if !slices.Equal(got, there) {
		t.Errorf("saw %v, want %v", got, there)
	}
}

// Every call but those of probes, which ignore them, names the parameters that its
// document has.
func TestUnknownQueryParametersAreRefused(t *testing.T) {
	t.Parallel()
	for _, service := range contracts.Services {
		d := documentOf(t, service)
		for _, o := range d.Operations() {
			if slices.Contains([]string{"/healthz", "/readyz", "/metrics"}, o.Path) {
				if a := call(t, o.Method, service, o.Path+"?surprise=1&surprise=", ""); a.Status != http.StatusOK {
					t.Errorf("%s, %s: %d %s", service, o, a.Status, a.Body)
				}
				continue
			}
			a := call(t, o.Method, service, o.Path+"?surprise=1", "")
			refused := problemOf(t, a)
			_, allowed, _ := strings.Cut(refused.Detail, `There is no query parameter "surprise" here; this path takes `)
			names := strings.Split(strings.TrimSuffix(allowed, "."), ", ")
			want := d.QueryParameters(o)
			if len(want) == 0 {
				want = []string{"none"}
			}
			slices.Sort(names)
			slices.Sort(want)
			if a.Status != http.StatusBadRequest || !slices.Equal(names, want) {
				t.Errorf("%s, %s: %d %q, want %q", service, o, a.Status, refused.Detail, want)
			}
		}
	}
}

// A parameter without a value, or with several, says nothing that could be relied on.
func TestEmptyAndRepeatedQueryParametersAreRefused(t *testing.T) {
	t.Parallel()
	for _, service := range contracts.Services {
		d, tried := documentOf(t, service), 0
		for _, o := range d.Operations() {
			for _, name := range d.QueryParameters(o) {
				tried++
				for query, want := range map[string]string{
					name + "=":                 " must not be empty; leave it out instead.",
					name:                       " must not be empty; leave it out instead.",
					name + "=1&" + name + "=1": " must be given once.",
				} {
					a := call(t, o.Method, service, o.Path+"?"+query, "")
					want = "The query parameter " + name + want
					if got := problemOf(t, a).Detail; a.Status != http.StatusBadRequest || got != want {
						t.Errorf("%s, %s?%s: %d %s, want %s", service, o, query, a.Status, got, want)
					}
				}
			}
		}
		if tried < 7 {
			t.Errorf("%s: %d parameters were tried", service, tried)
		}
	}
}
