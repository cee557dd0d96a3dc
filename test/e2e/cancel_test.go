package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

func TestCustomerCancelsAnOrderThatWaits(t *testing.T) {
	leaveHealthy(t)
	p := newProduct(t, 2)
	stop(t, system.Service(payments))
	placed := place(t, of(line{p, 2}))
	eventually(t, func() error { return reservationIs("RESERVED")(placed.ID) })

	first := cancelOrder(t, placed.ID, http.StatusOK)
	if again := cancelOrder(t, placed.ID, http.StatusOK); again != first {
		t.Errorf("the first time %+v, the second time %+v", first, again)
	}
	eventually(t, func() error { return reservationIs("RELEASED")(placed.ID) })
	expectStock(t, p, stock{Available: 2})

	// Both the request for payment and the cancellation are waiting, and may be
	// handled in any order.
	start(t, system.Service(payments))
	eventually(t, func() error {
		got, err := get[payment](payments, "/api/payments/"+placed.ID)
		if err == nil && got.Status != "VOIDED" && got.Status != "REFUNDED" {
			err = fmt.Errorf("payment of the cancelled order is %s", got.Status)
		}
		return err
	})
}

func TestCompletedOrderCanNotBeCancelled(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 1)
	placed := place(t, of(line{p, 1}))
	waitFor(t, placed.ID, sold)
	cancelOrder(t, placed.ID, http.StatusConflict)
	cancelOrder(t, newID(), http.StatusNotFound)
	if err := checkOutcome(placed.ID, sold); err != nil {
		t.Error(err)
	}
}

// cancellation is what the answer to a cancellation says.
type cancellation struct {
	ID                 string `json:"id"`
	Status             string `json:"status"`
	CancellationReason string `json:"cancellation_reason"`
	UpdatedAt          string `json:"updated_at"`
}

func cancelOrder(t *testing.T, id string, status int) cancellation {
	t.Helper()
	a := call(t, http.MethodPost, orders, "/api/orders/"+id+"/cancel", "")
	if a.Status != status {
		t.Fatalf("cancel: %d %s, want %d", a.Status, a.Body, status)
	}
	if status != http.StatusOK {
		problemOf(t, a)
		return cancellation{}
	}
	var c cancellation
	if err := json.Unmarshal([]byte(a.Body), &c); err != nil {
		t.Fatal(err)
	}
	if c.ID != id || c.Status != "CANCELLED" || c.CancellationReason != "CUSTOMER_REQUEST" {
		t.Errorf("cancelled: %s", a.Body)
	}
	return c
}
