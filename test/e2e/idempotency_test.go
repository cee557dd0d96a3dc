package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
)

// expectReplay checks that a is the first answer again.
func expectReplay(t *testing.T, a, first answer) {
	t.Helper()
	if a.Status != http.StatusCreated || a.Body != first.Body || a.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("%d %s at %s, want %s", a.Status, a.Body, a.Header.Get("Location"), first.Body)
	}
	if got := a.Header.Get(replayedHeader); got != "true" {
		t.Errorf("%s = %q", replayedHeader, got)
	}
}

// placeUnder places an order under a key, at any replica of the order service.
func placeUnder(t *testing.T, replica, key, body string) answer {
	t.Helper()
	return call(t, http.MethodPost, replica, "/api/orders", body, "Content-Type", "application/json", keyHeader, key)
}

func bodyOf(t *testing.T, p placement) string {
	t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRequestIsAnsweredAgainAfterTheOrderHasEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		available int
		outcome
	}{
		"sold":  {1, sold},
		"short": {0, short},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, key := of(line{newProduct(t, c.available), 1}), newID()
			first := placeUnder(t, orders, key, bodyOf(t, p))
			placed := accepted(t, first)
			if got := first.Header.Get(replayedHeader); got != "" {
				t.Errorf("the first answer's %s = %q", replayedHeader, got)
			}
			expectReplay(t, placeUnder(t, orders, key, bodyOf(t, p)), first)
			waitFor(t, placed.ID, c.outcome)
			expectReplay(t, placeUnder(t, orders, key, bodyOf(t, p)), first)
			waits := call(t, http.MethodPost, orders, "/api/orders", bodyOf(t, p), "Content-Type", "application/json", keyHeader, key, "Prefer", "wait=30")
			wantWaited(t, waits, http.StatusCreated, "wait=30", strings.Fields(c.Order)[0])
			spelled := fmt.Sprintf(`{"total_amount": 9.990e1, "note": "again", "payment_method": null, "customer_id": %q,
				"items": [{"quantity": 1, "product_id": %q}]}`, p.CustomerID, p.Items[0].ProductID)
			expectReplay(t, placeUnder(t, orders, key, spelled), first)
			if all := mustList[order](t, orders, "/api/orders", "customer_id="+p.CustomerID); len(all) != 1 {
				t.Errorf("%d orders", len(all))
			}
		})
	}
}

func TestKeyOfAnotherOrderIsRefused(t *testing.T) {
	t.Parallel()
	p, key := of(line{newProduct(t, 5), 1}), newID()
	placed := accepted(t, placeUnder(t, orders, key, bodyOf(t, p)))
	others := map[string]placement{
		"another total":    {p.CustomerID, p.Items, p.TotalAmount + 1, ""},
		"another line":     {p.CustomerID, append(slices.Clone(p.Items), p.Items...), p.TotalAmount, ""},
		"another customer": {"somebody", p.Items, p.TotalAmount, ""},
		"a payment method": p.paying("sim_success"),
	}
	for name, other := range others {
		a := placeUnder(t, orders, key, bodyOf(t, other))
		if found := problemOf(t, a); a.Status != http.StatusUnprocessableEntity || len(found.Errors) != 1 || found.Errors[0].Field != keyHeader {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	waitFor(t, placed.ID, sold)
	if all := mustList[order](t, orders, "/api/orders", "customer_id="+p.CustomerID); len(all) != 1 {
		t.Errorf("%d orders", len(all))
	}
}

func TestFailedRequestLeavesItsKeyUnused(t *testing.T) {
	t.Parallel()
	p, key := of(line{newProduct(t, 1), 1}), newID()
	if a := placeUnder(t, orders, key, "{}"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	a := placeUnder(t, orders, key, bodyOf(t, p))
	if placed := accepted(t, a); a.Header.Get(replayedHeader) != "" {
		t.Errorf("%s is a replay", placed.ID)
	} else {
		waitFor(t, placed.ID, sold)
	}
	for _, bad := range []string{strings.Repeat("k", 256), "a b", "ключ"} {
		if a := placeUnder(t, orders, bad, bodyOf(t, p)); a.Status != http.StatusBadRequest || !strings.Contains(problemOf(t, a).Detail, keyHeader) {
			t.Errorf("%q: %d %s", bad, a.Status, a.Body)
		}
	}
}

// A hundred times the same request at the same moment, shared by two replicas.
func TestHundredEqualRequestsMakeOneOrder(t *testing.T) {
	replicas := []string{orders, addReplica(t, orders)}
	const requests = 100
	p, key := of(line{newProduct(t, requests), 1}), newID()
	body, answers := bodyOf(t, p), make([]answer, requests)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			a, err := request(http.MethodPost, replicas[i%len(replicas)], "/api/orders", body, "Content-Type", "application/json", keyHeader, key)
			if err != nil {
				t.Error(err)
			}
			answers[i] = a
		})
	}
	all.Wait()

	first := slices.IndexFunc(answers, func(a answer) bool { return a.Header.Get(replayedHeader) == "" })
	if first < 0 {
		t.Fatal("every answer is a replay")
	}
	placed := accepted(t, answers[first])
	for i, a := range answers {
		if i != first {
			expectReplay(t, a, answers[first])
		}
	}
	waitFor(t, placed.ID, sold)
	expectStock(t, p.Items[0].ProductID, stock{Available: requests - 1, Sold: 1})
	if all := mustList[order](t, orders, "/api/orders", "customer_id="+p.CustomerID); len(all) != 1 {
		t.Errorf("%d orders", len(all))
	}
}

// A service that takes no new orders still tells of those that it has taken.
func TestRequestIsAnsweredAgainWhileNewOnesAreRefused(t *testing.T) {
	leaveHealthy(t)
	replica := addReplica(t, orders, "OUTBOX_MAX_BACKLOG=1")
	p, key := of(line{newProduct(t, 1000), 1}), newID()
	first := placeUnder(t, replica, key, bodyOf(t, p))
	accepted(t, first)
	stop(t, system.Broker)
	eventually(t, func() error {
		a, err := tryPlaceAt(replica, p)
		if err == nil && a.Status != http.StatusServiceUnavailable {
			err = fmt.Errorf("still taken: %d %s", a.Status, a.Body)
		}
		return err
	})
	expectReplay(t, placeUnder(t, replica, key, bodyOf(t, p)), first)
	if a := placeUnder(t, replica, newID(), bodyOf(t, p)); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("a new key: %d %s", a.Status, a.Body)
	}
	if a := placeUnder(t, replica, key, bodyOf(t, p.paying("sim_success"))); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the key with another order: %d %s", a.Status, a.Body)
	}
}

// A client that gets no answer sends its request again, whatever has happened to
// the service in between.
func TestRequestIsSafeToRepeatWhileTheServiceDies(t *testing.T) {
	leaveHealthy(t)
	p := of(line{newProduct(t, 100), 1})
	const rounds, requests = 3, 10
	for range rounds {
		var clients sync.WaitGroup
		for range requests {
			clients.Go(func() {
				body, key := bodyOf(t, p), newID()
				if err := poll(func() error {
					a, err := request(http.MethodPost, orders, "/api/orders", body, "Content-Type", "application/json", keyHeader, key)
					if err == nil && a.Status != http.StatusCreated {
						err = fmt.Errorf("%d %s", a.Status, a.Body)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		kill(t, system.Service(orders))
		start(t, system.Service(orders))
		clients.Wait()
	}
	all := mustList[order](t, orders, "/api/orders", "customer_id="+p.CustomerID)
	if len(all) != rounds*requests {
		t.Errorf("%d orders, want %d", len(all), rounds*requests)
	}
	for _, o := range all {
		waitFor(t, o.ID, sold)
	}
}
