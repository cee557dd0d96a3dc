package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// placeAt places an order at a replica.
func placeAt(replica string, p placement, headers ...string) (id string, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	a, err := request(http.MethodPost, replica, "/api/orders", string(body), append(headers, "Content-Type", "application/json")...)
	if err != nil {
		return "", err
	}
	var placed order
	if err := json.Unmarshal([]byte(a.Body), &placed); err != nil || a.Status != http.StatusCreated {
		return "", fmt.Errorf("POST /api/orders: %d %s, %w", a.Status, a.Body, err)
	}
	return placed.ID, nil
}

// wantWaited checks the answer to a client that has waited.
func wantWaited(t *testing.T, a answer, status int, applied, orderStatus string) {
	t.Helper()
	var o order
	if err := json.Unmarshal([]byte(a.Body), &o); err != nil {
		t.Errorf("%v in %s", err, a.Body)
	}
	if a.Status != status || o.Status != orderStatus || a.Header.Get("Preference-Applied") != applied {
		t.Errorf("%d %q %s, want %d %q and the order %s", a.Status, a.Header.Get("Preference-Applied"), a.Body, status, applied, orderStatus)
	}
}

func TestClientWaitsForTheEndOfItsOrder(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 10)
	for method, end := range map[string]string{"sim_success": "COMPLETED", "sim_decline": "CANCELLED"} {
		a, err := tryPlace(of(line{p, 1}).paying(method), "Prefer", "wait=30")
		if err != nil {
			t.Fatal(err)
		}
		wantWaited(t, a, http.StatusCreated, "wait=30", end)
		id := accepted(t, a).ID
		wantWaited(t, call(t, http.MethodGet, orders, "/api/orders/"+id, "", "Prefer", "wait=60"), http.StatusOK, "wait=30", end)
		wantWaited(t, call(t, http.MethodGet, orders, "/api/orders/"+id, "", "Prefer", "wait=soon"), http.StatusOK, "", end)
	}
}

func TestClientThatWaitsInVainGetsWhatThereIs(t *testing.T) {
	leaveHealthy(t)
	stop(t, system.Service(payments))
	a, err := tryPlace(of(line{newProduct(t, 1), 1}), "Prefer", "wait=1")
	if err != nil {
		t.Fatal(err)
	}
	wantWaited(t, a, http.StatusCreated, "wait=1", "PENDING")
	path := "/api/orders/" + accepted(t, a).ID
	wantWaited(t, call(t, http.MethodGet, orders, path, "", "Prefer", "wait=1"), http.StatusOK, "wait=1", "PENDING")
}

// Two thousand clients wait at one replica, more than ten seconds if need be, for
// orders that were placed at another one.
func TestThousandsWaitAtAnotherReplica(t *testing.T) {
	leaveHealthy(t)
	replica := orderReplica(t)
	stop(t, system.Service(payments))
	const many, different = 2000, 20
	p := newProduct(t, different)
	var placed []order
	for range different {
		placed = append(placed, place(t, of(line{p, 1})))
	}
	answers := waitAt(t, replica.Name, placed, many)
	start(t, system.Service(payments))
	for a := range answers {
		if strings.Contains(a.Body, "PENDING") { // the machine is slow
			wantWaited(t, a, http.StatusOK, "wait=30", "PENDING")
			continue
		}
		wantWaited(t, a, http.StatusOK, "wait=30", "COMPLETED")
	}
	for _, o := range placed {
		waitFor(t, o.ID, sold)
	}
}

func TestClientsThatWaitAreAnsweredWhenTheServiceStops(t *testing.T) {
	leaveHealthy(t)
	replica := orderReplica(t)
	stop(t, system.Service(payments))
	placed := place(t, of(line{newProduct(t, 1), 1}))
	answers := waitAt(t, replica.Name, []order{placed}, 100)
	stop(t, replica)
	for a := range answers {
		wantWaited(t, a, http.StatusOK, "wait=30", "PENDING")
	}
}

// Clients that wait no longer take nobody's place, long before they would have had
// their answer.
func TestClientsThatHaveGoneDontWait(t *testing.T) {
	leaveHealthy(t)
	replica := orderReplica(t)
	stop(t, system.Service(payments))
	placed := place(t, of(line{newProduct(t, 1), 1}))
	const many = 50
	begun := time.Now()
	var clients []net.Conn
	for range many {
		c, err := net.Dial("tcp", strings.TrimPrefix(system.URL(replica.Name), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := fmt.Fprintf(c, "GET /api/orders/%s HTTP/1.1\r\nHost: x\r\nPrefer: wait=30\r\n\r\n", placed.ID); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	expectWaiting(t, replica.Name, many)
	for _, c := range clients {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	expectWaiting(t, replica.Name, 0)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("they waited for %s", took)
	}
}

// expectWaiting waits until so many wait at a replica.
func expectWaiting(t *testing.T, replica string, many int) {
	t.Helper()
	eventually(t, func() error {
		n, _, err := metric(replica, "order_requests_waiting")
		if err == nil && int(n) != many {
			err = fmt.Errorf("%v clients wait, want %d", n, many)
		}
		return err
	})
}

// waitAt has many clients wait for orders, and returns when all of them do.
func waitAt(t *testing.T, replica string, placed []order, many int) <-chan answer {
	t.Helper()
	patient := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	t.Cleanup(patient.CloseIdleConnections)
	answers := make(chan answer, many)
	var waiting sync.WaitGroup
	for i := range many {
		path := "/api/orders/" + placed[i%len(placed)].ID
		waiting.Go(func() {
			a, err := requestWith(patient, http.MethodGet, replica, path, "", "Prefer", "wait=30")
			if err != nil {
				t.Error(err)
				return
			}
			answers <- a
		})
	}
	go func() {
		waiting.Wait()
		close(answers)
	}()
	expectWaiting(t, replica, many)
	return answers
}
