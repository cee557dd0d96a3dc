package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/shared-kernel/money"
)

// What the services show.
type (
	line struct {
		ProductID string `json:"product_id"`
		Quantity  int    `json:"quantity"`
	}
	order struct {
		ID                 string       `json:"id"`
		CustomerID         string       `json:"customer_id"`
		Items              []line       `json:"items"`
		TotalAmount        money.Amount `json:"total_amount"`
		Status             string       `json:"status"`
		CancellationReason *string      `json:"cancellation_reason"`
		RefundedAt         *time.Time   `json:"refunded_at"`
		CreatedAt          time.Time    `json:"created_at"`
		UpdatedAt          time.Time    `json:"updated_at"`
	}
	product struct {
		ProductID string `json:"product_id"`
		stock
	}
	stock struct {
		Available int `json:"available"`
		Reserved  int `json:"reserved"`
		Sold      int `json:"sold"`
	}
	reservation struct {
		OrderID   string    `json:"order_id"`
		Status    string    `json:"status"`
		Items     []line    `json:"items"`
		CreatedAt time.Time `json:"created_at"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	payment struct {
		OrderID       string        `json:"order_id"`
		Status        string        `json:"status"`
		Amount        *money.Amount `json:"amount"`
		Attempts      int           `json:"attempts"`
		TransactionID *string       `json:"transaction_id"`
		RefundID      *string       `json:"refund_id"`
		CreatedAt     time.Time     `json:"created_at"`
		UpdatedAt     time.Time     `json:"updated_at"`
	}
	ledgerEntry struct {
		OrderID   string        `json:"order_id"`
		Kind      string        `json:"kind"`
		Amount    *money.Amount `json:"amount"` // a cancel moves none
		CreatedAt time.Time     `json:"created_at"`
	}
	notification struct {
		EventID     string     `json:"event_id"`
		OrderID     string     `json:"order_id"`
		Type        string     `json:"type"`
		Channel     string     `json:"channel"`
		CreatedAt   time.Time  `json:"created_at"`
		DeliveredAt *time.Time `json:"delivered_at"`
	}
)

// placement is the body of POST /api/orders.
type placement struct {
	CustomerID    string       `json:"customer_id"`
	Items         []line       `json:"items"`
	TotalAmount   money.Amount `json:"total_amount"`
	PaymentMethod string       `json:"payment_method,omitempty"`
}

// price is what every order of of costs.
const price money.Amount = 9990

// of is an order of a customer of its own.
func of(lines ...line) placement {
	return placement{CustomerID: "customer-" + newID(), Items: lines, TotalAmount: price}
}

// paying is p with a payment method.
func (p placement) paying(method string) placement {
	p.PaymentMethod = method
	return p
}

func newID() string { return uuid.NewString() }

// place places an order that must be accepted.
func place(t *testing.T, p placement, headers ...string) order {
	t.Helper()
	a, err := tryPlace(p, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return accepted(t, a)
}

// tryPlace places an order that may be refused.
func tryPlace(p placement, headers ...string) (answer, error) {
	return tryPlaceAt(orders, p, headers...)
}

// tryPlaceAt is tryPlace at one of the order service's replicas.
func tryPlaceAt(replica string, p placement, headers ...string) (answer, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return answer{}, err
	}
	return request(http.MethodPost, replica, "/api/orders", string(body), append(headers, "Content-Type", "application/json")...)
}

// accepted reads the answer to an order that must have been accepted.
func accepted(t *testing.T, a answer) order {
	t.Helper()
	var placed order
	if err := json.Unmarshal([]byte(a.Body), &placed); err != nil || a.Status != http.StatusCreated {
		t.Fatalf("POST /api/orders: %d %s", a.Status, a.Body)
	}
	if got, want := a.Header.Get("Location"), "/api/orders/"+placed.ID; got != want {
		t.Errorf("Location = %q, want %q", got, want)
	}
	return placed
}

// stocked has the first stock of each product that a test made, for the audit.
var stocked sync.Map

// newProduct adds a product and returns its id.
func newProduct(t *testing.T, available int) string {
	t.Helper()
	id := "product-" + newID()
	stocked.Store(id, available)
	a := call(t, http.MethodPut, inventory, "/api/products/"+id, fmt.Sprintf(`{"available":%d}`, available), "Content-Type", "application/json")
	if a.Status != http.StatusOK {
		t.Fatalf("PUT %s: %d %s", id, a.Status, a.Body)
	}
	return id
}

func stockOf(t *testing.T, id string) stock {
	t.Helper()
	return mustGet[product](t, inventory, "/api/products/"+url.PathEscape(id)).stock
}

func expectStock(t *testing.T, id string, want stock) {
	t.Helper()
	if got := stockOf(t, id); got != want {
		t.Errorf("stock of %s = %+v, want %+v", id, got, want)
	}
}
