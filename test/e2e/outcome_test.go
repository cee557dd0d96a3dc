package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// outcome is what the four services say about one order.
type outcome struct {
	Order       string // its status, and why it was cancelled
	Reservation string // its status; "" for none
	Payment     string // its status; "" for none
	Ledger      string // what the gateway did, oldest first: "charge 99.90"
	Delivered   string // what the customer was told, in alphabetical order
}

// How sagas end.
var (
	sold = outcome{
		Order: "COMPLETED", Reservation: "COMMITTED", Payment: "PROCESSED",
		Ledger: "charge 99.90", Delivered: "OrderConfirmed PaymentProcessed",
	}
	short = outcome{
		Order: "CANCELLED INVENTORY_UNAVAILABLE", Reservation: "REJECTED", Payment: "VOIDED",
		Delivered: "OrderCancelled",
	}
	declined = outcome{
		Order: "CANCELLED PAYMENT_FAILED", Reservation: "RELEASED", Payment: "FAILED",
		Delivered: "OrderCancelled PaymentFailed",
	}
	// After three attempts the last word to the gateway is a cancel, so that no
	// charge can come late.
	exhausted = outcome{
		Order: "CANCELLED PAYMENT_FAILED", Reservation: "RELEASED", Payment: "FAILED",
		Ledger: "cancel", Delivered: "OrderCancelled PaymentFailed",
	}
)

// outcomeOf asks the services about an order.
func outcomeOf(id string) (outcome, error) {
	o, err := get[order](orders, "/api/orders/"+id)
	if err != nil {
		return outcome{}, err
	}
	got := outcome{Order: o.Status}
	if o.CancellationReason != nil {
		got.Order += " " + *o.CancellationReason
	}
	if got.Reservation, err = reservationStatus(id); err != nil {
		return outcome{}, err
	}
	p, err := get[payment](payments, "/api/payments/"+id)
	if err != nil && !errors.Is(err, errNotFound) {
		return outcome{}, err
	}
	got.Payment = p.Status
	if got.Ledger, err = ledgerOf(id); err != nil {
		return outcome{}, err
	}
	got.Delivered, err = deliveredTo(id)
	return got, err
}

func reservationStatus(id string) (string, error) {
	found, err := list[reservation](inventory, "/api/reservations", "order_id="+id)
	if err != nil || len(found) == 0 {
		return "", err
	}
	if len(found) > 1 {
		return "", fmt.Errorf("%d reservations of order %s", len(found), id)
	}
	return found[0].Status, nil
}

func ledgerOf(id string) (string, error) {
	entries, err := list[ledgerEntry](payments, "/api/gateway/ledger", "order_id="+id)
	var texts []string
	for _, e := range slices.Backward(entries) {
		text := e.Kind
		if e.Amount != nil {
			text += " " + e.Amount.String()
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", "), err
}

func deliveredTo(id string) (string, error) {
	found, err := list[notification](notifications, "/api/notifications", "order_id="+id)
	var types []string
	for _, n := range found {
		if n.DeliveredAt != nil {
			types = append(types, n.Type)
		}
	}
	slices.Sort(types)
	return strings.Join(types, " "), err
}

// waitFor returns when the saga of an order has come out as wanted.
func waitFor(t *testing.T, id string, want outcome) {
	t.Helper()
	eventually(t, func() error { return checkOutcome(id, want) })
}

func checkOutcome(id string, want outcome) error {
	got, err := outcomeOf(id)
	if err == nil && got != want {
		err = fmt.Errorf("order %s:\n got %+v\nwant %+v", id, got, want)
	}
	return err
}
