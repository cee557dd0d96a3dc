package damage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/shared-kernel/contracts"
)

// send makes one request with a JSON body and returns the answer's.
func send(method, url, body string) (string, error) {
	request, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, url, response.Status, content)
	}
	return string(content), err
}

func mustSend(t *testing.T, method, url, body string) string {
	t.Helper()
	answer, err := send(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// sample is an order of two pieces of a product that nobody else orders.
type sample struct{ order, product string }

// place makes a sample.
func place(t *testing.T, stock int, paymentMethod string) sample {
	t.Helper()
	product := newProduct(t, stock)
	id, err := order(product, paymentMethod)
	if err != nil {
		t.Fatal(err)
	}
	return sample{order: id, product: product}
}

// sold makes a sample and waits until its saga is over.
func sold(t *testing.T) sample {
	t.Helper()
	s := place(t, 2, "sim_success")
	s.finds(t)
	return s
}

// newProduct adds a product and returns its id.
func newProduct(t *testing.T, available int) string {
	t.Helper()
	id := "product-" + uuid.NewString()
	mustSend(t, http.MethodPut, system.URL(contracts.ServiceInventory)+"/api/products/"+id, fmt.Sprintf(`{"available":%d}`, available))
	return id
}

// order orders two pieces and returns the order's id.
func order(product, paymentMethod string) (string, error) {
	answer, err := send(http.MethodPost, orders(), fmt.Sprintf(
		`{"customer_id":"customer-1","items":[{"product_id":%q,"quantity":2}],"total_amount":99.90,"payment_method":%q}`, product, paymentMethod))
	if err != nil {
		return "", err
	}
	var placed struct{ ID string }
	err = json.Unmarshal([]byte(answer), &placed)
	return placed.ID, err
}

func (s sample) cancel(t *testing.T) {
	t.Helper()
	mustSend(t, http.MethodPost, orders()+"/"+s.order+"/cancel", "")
}

func orders() string { return system.URL(contracts.ServiceOrder) + "/api/orders" }

// expect checks the order's status, with the reason why it was cancelled.
func (s sample) expect(t *testing.T, want string) {
	t.Helper()
	var o struct {
		Status string
		Reason string `json:"cancellation_reason"`
	}
	if err := json.Unmarshal([]byte(mustSend(t, http.MethodGet, orders()+"/"+s.order, "")), &o); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(o.Status + " " + o.Reason); got != want {
		t.Errorf("the order is %s, not %s", got, want)
	}
}

const (
	// patience is far beyond what the system needs, so that a slow machine fails
	// no test.
	patience  = 90 * time.Second
	pollEvery = 50 * time.Millisecond
)

// eventually asks check until it returns nil.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %v", patience, err)
		}
	}
}
