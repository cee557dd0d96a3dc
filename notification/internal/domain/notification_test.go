package domain

import (
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestNewIsPendingAndDueNow(t *testing.T) {
	n, err := New(Occurrence{EventID: "e", OrderID: "o", CustomerID: "c", Type: OrderConfirmed, Amount: 15000}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := Snapshot{
		EventID: "e", OrderID: "o", Type: OrderConfirmed, CustomerID: "c", Channel: Email,
		Text: "Your order o is confirmed. Its total is 150.00.", NextAttemptAt: noon, CreatedAt: noon,
	}
	if got := n.Snapshot(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Key{OrderID: "o", Type: OrderConfirmed}); n.Key() != got {
		t.Errorf("key is %+v", n.Key())
	}
	if restored := Restore(want).Snapshot(); restored != want {
		t.Errorf("restored as %+v, want %+v", restored, want)
	}
}

func TestTexts(t *testing.T) {
	for _, tc := range []struct {
		occurrence Occurrence
		want       string
	}{
		{Occurrence{Type: OrderConfirmed, Amount: 15000}, "Your order o is confirmed. Its total is 150.00."},
		{Occurrence{Type: OrderCancelled, Reason: "INVENTORY_UNAVAILABLE"}, "Your order o was cancelled because not all of it is in stock."},
		{Occurrence{Type: OrderCancelled, Reason: "PAYMENT_FAILED"}, "Your order o was cancelled because the payment did not go through."},
		{Occurrence{Type: OrderCancelled, Reason: "TIMEOUT"}, "Your order o was cancelled because it could not be completed in time."},
		{Occurrence{Type: OrderCancelled, Reason: "CUSTOMER_REQUEST"}, "Your order o was cancelled as you asked."},
		{Occurrence{Type: OrderCancelled, Reason: "ONE_ADDED_LATER"}, "Your order o was cancelled."},
		{Occurrence{Type: PaymentProcessed, Amount: 1}, "We received your payment of 0.01 for order o."},
		{Occurrence{Type: PaymentFailed, Amount: 100}, "Your payment of 1.00 for order o did not go through. You were not charged."},
		{Occurrence{Type: PaymentRefunded, Amount: 100}, "We have refunded 1.00 for order o."},
	} {
		tc.occurrence.OrderID = "o"
		n, err := New(tc.occurrence, noon)
		if err != nil {
			t.Errorf("%s: %v", tc.occurrence.Type, err)
			continue
		}
		if got := n.Snapshot().Text; got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.occurrence.Type, got, tc.want)
		}
	}
}

func TestCustomersAreNotToldOfOtherEvents(t *testing.T) {
	if n, err := New(Occurrence{Type: "OrderCreated"}, noon); n != nil || !errs.Is(err, errs.Invalid) {
		t.Errorf("got %v, %v; want errs.Invalid", n, err)
	}
}

func TestDeliveredIsFinal(t *testing.T) {
	n := Restore(Snapshot{EventID: "e", Attempts: 2, NextAttemptAt: noon})
	n.Delivered(noon)
	want := Snapshot{EventID: "e", Attempts: 2, NextAttemptAt: noon, DeliveredAt: noon}

	n.Delivered(noon.Add(time.Hour))
	n.Failed(noon, noon.Add(time.Hour), 0)
	if got := n.Snapshot(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFailedPostponesEverLongerForEver(t *testing.T) {
	n := Restore(Snapshot{EventID: "e", NextAttemptAt: noon})
	now := noon
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		n.Failed(now, now, 0)
		got := n.Snapshot()
		if pause := got.NextAttemptAt.Sub(now); pause != want*time.Second || got.Attempts != i+1 {
			t.Errorf("failure %d: %d attempts, next one in %v, want %v", i+1, got.Attempts, pause, want*time.Second)
		}
		now = got.NextAttemptAt
	}
	if pause := pauseAfter(1_000_000, 0); pause != lastPause {
		t.Errorf("after a million failures the pause is %v", pause)
	}
}

// A worker that was paused for longer than its lease must not end that of the
// worker which has the notification now.
func TestFailureOfAnEarlierLeaseChangesNothing(t *testing.T) {
	want := Snapshot{EventID: "e", Attempts: 1, NextAttemptAt: noon.Add(time.Minute)}
	n := Restore(want)
	n.Failed(noon.Add(30*time.Second), noon.Add(45*time.Second), 0)
	if got := n.Snapshot(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestChanceCutsThePauseByUpToHalf(t *testing.T) {
	for chance, want := range map[float64]time.Duration{0: 4 * time.Second, 0.5: 3 * time.Second, 1: 2 * time.Second} {
		if got := pauseAfter(2, chance); got != want {
			t.Errorf("chance %v: got %v, want %v", chance, got, want)
		}
	}
}
