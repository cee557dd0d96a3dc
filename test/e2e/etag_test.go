package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

func TestUnchangedAnswersAreNotSentAgain(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 5)
	placed := place(t, of(line{p, 1}))
	waitFor(t, placed.ID, sold)
	for _, one := range []struct{ service, path string }{
		{orders, "/api/orders/" + placed.ID},
		{inventory, "/api/products/" + p},
		{payments, "/api/payments/" + placed.ID},
	} {
		for range 2 { // the second time the order comes from the cache
			first := call(t, http.MethodGet, one.service, one.path, "")
			tag := first.Header.Get("ETag")
			if first.Status != http.StatusOK || len(tag) < 3 || tag[0] != '"' {
				t.Errorf("%s: %d with ETag %s", one.path, first.Status, tag)
			}
			for _, list := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
				a := call(t, http.MethodGet, one.service, one.path, "", "If-None-Match", list)
				if a.Status != http.StatusNotModified || a.Body != "" || a.Header.Get("ETag") != tag {
					t.Errorf("%s, If-None-Match %s: %d %q with ETag %s", one.path, list, a.Status, a.Body, a.Header.Get("ETag"))
				}
			}
			if a := call(t, http.MethodGet, one.service, one.path, "", "If-None-Match", `"x"`); a.Status != http.StatusOK || a.Body != first.Body {
				t.Errorf("%s: %d %s, want %s", one.path, a.Status, a.Body, first.Body)
			}
		}
	}
}

// Whatever is read has a tag, and isn't sent again to somebody who has it.
func TestEveryDocumentedAnswerToReadersHasItsTag(t *testing.T) {
	w := newWorld(t)
	for _, service := range contracts.Services {
		d := documentOf(t, service)
		for _, o := range d.Operations() {
			if !d.HasTag(o) {
				continue
			}
			t.Run(service+" "+o.ID, func(t *testing.T) {
				e := w.exchange(t, service, successful(t, d, o))
				expect := func(status int, headers ...string) (tag string) {
					a := ask(t, service, o, e, headers...)
					if err := d.Check(o, a.Status, a.Header, a.Body); err != nil || a.Status != status {
						t.Errorf("%s: %d, want %d; %v", e.Path, a.Status, status, err)
					}
					return a.Header.Get("ETag")
				}
				tag := expect(http.StatusOK)
				eventually(t, func() error { // a list changes still with what other tests have left
					a := ask(t, service, o, e, "If-None-Match", tag)
					if a.Status != http.StatusNotModified {
						tag = a.Header.Get("ETag")
						return fmt.Errorf("%s: %d %.500s", e.Path, a.Status, a.Body)
					}
					return nil
				})
				if again := expect(http.StatusNotModified, "If-None-Match", tag); again != tag {
					t.Errorf("%s: ETag %s, want %s", e.Path, again, tag)
				}
			})
		}
	}
}

// Somebody who asks with the tag of what he has sees each change.
func TestTagChangesWithTheOrder(t *testing.T) {
	t.Parallel()
	placed := place(t, of(line{newProduct(t, 1), 1}))
	path := "/api/orders/" + placed.ID
	tag := call(t, http.MethodGet, orders, path, "").Header.Get("ETag")
	waitFor(t, placed.ID, sold)
	eventually(t, func() error {
		a, err := request(http.MethodGet, orders, path, "", "If-None-Match", tag)
		if err != nil {
			return err
		}
		tag = a.Header.Get("ETag")
		if a.Status != http.StatusNotModified {
			return fmt.Errorf("%d %s", a.Status, a.Body)
		}
		return nil
	})
	if got := call(t, http.MethodGet, orders, path, ""); got.Header.Get("ETag") != tag {
		t.Errorf("ETag %s of %s, want %s", got.Header.Get("ETag"), got.Body, tag)
	}
}

// An order that was cancelled while its payment was under way gets its refund
// later. Every replica has shown it before, and shows it then.
func TestEveryReplicaSeesALateRefund(t *testing.T) {
	replicas := []string{orders, addReplica(t, orders)}
	placed := cancelledWhilePaid(t)
	show := func(replica string) order {
		return mustGet[order](t, replica, "/api/orders/"+placed)
	}
	for _, replica := range append(replicas, replicas...) {
		if o := show(replica); o.Status != "CANCELLED" {
			t.Errorf("%s shows %+v", replica, o)
		}
	}
	for _, replica := range replicas {
		eventually(t, func() error {
			if show(replica).RefundedAt == nil {
				return fmt.Errorf("%s shows no refund", replica)
			}
			return nil
		})
	}
}

// cancelledWhilePaid returns an order that its customer has cancelled between the
// charge and its confirmation, for which sim_timeout leaves him a second. On a
// slow machine it takes more than one.
func cancelledWhilePaid(t *testing.T) (id string) {
	t.Helper()
	p := newProduct(t, 100)
	eventually(t, func() error {
		id = place(t, of(line{p, 1}).paying("sim_timeout")).ID
		if err := poll(func() error {
			if entries, err := ledgerOf(id); err != nil || entries == "" {
				return fmt.Errorf("ledger of %s is %q, %w", id, entries, err)
			}
			return nil
		}); err != nil {
			return err
		}
		a, err := request(http.MethodPost, orders, "/api/orders/"+id+"/cancel", "")
		if err == nil && a.Status != http.StatusOK {
			err = fmt.Errorf("cancel: %d %s", a.Status, a.Body)
		}
		return err
	})
	return id
}

func TestOrderIsServedFromTheCache(t *testing.T) {
	placed := place(t, of(line{newProduct(t, 0), 1}))
	waitFor(t, placed.ID, short)
	lookups := func(outcome string) float64 {
		n, _, err := metric(orders, "order_cache_lookups_total", fmt.Sprintf("outcome=%q", outcome))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	call(t, http.MethodGet, orders, "/api/orders/"+placed.ID, "") // keeps it
	hits, misses := lookups("hit"), lookups("miss")
	for range 5 {
		call(t, http.MethodGet, orders, "/api/orders/"+placed.ID, "")
	}
	call(t, http.MethodGet, orders, "/api/orders/"+newID(), "")
	if h, m := lookups("hit")-hits, lookups("miss")-misses; h != 5 || m != 1 {
		t.Errorf("%v hits and %v misses", h, m)
	}
}
