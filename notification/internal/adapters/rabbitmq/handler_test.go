package rabbitmq

import (
	"context"
	"testing"
	"time"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/contracts"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// shelf keeps what is added.
type shelf struct {
	application.Notifications
	added []domain.Snapshot
}

func (s *shelf) Add(_ context.Context, n *domain.Notification) (bool, error) {
	s.added = append(s.added, n.Snapshot())
	return true, nil
}

// noHands are all busy.
type noHands struct{ application.Hands }

func (noHands) Take() bool { return false }

func handle(t *testing.T, data contracts.Data) []domain.Snapshot {
	t.Helper()
	store := &shelf{}
	handler := NewHandler(application.NewRecordNotification(store, noHands{}, func() time.Time { return now }))
	if err := handler(t.Context(), contracts.Message{ID: "e-1", Data: data}); err != nil {
		t.Fatal(err)
	}
	return store.added
}

func TestMessagesBecomeNotifications(t *testing.T) {
	for text, data := range map[string]contracts.Data{
		"Your order o-1 is confirmed. Its total is 150.00.":                              contracts.OrderConfirmed{OrderID: "o-1", CustomerID: "c", TotalAmount: 15000},
		"Your order o-1 was cancelled as you asked.":                                     contracts.OrderCancelled{OrderID: "o-1", CustomerID: "c", Reason: "CUSTOMER_REQUEST"},
		"We received your payment of 150.00 for order o-1.":                              contracts.PaymentProcessed{OrderID: "o-1", CustomerID: "c", Amount: 15000},
		"Your payment of 150.00 for order o-1 did not go through. You were not charged.": contracts.PaymentFailed{OrderID: "o-1", CustomerID: "c", Amount: 15000},
		"We have refunded 150.00 for order o-1.":                                         contracts.PaymentRefunded{OrderID: "o-1", CustomerID: "c", Amount: 15000},
	} {
		want := domain.Snapshot{
			EventID: "e-1", OrderID: "o-1", Type: domain.Type(data.EventType()), CustomerID: "c", Channel: domain.Email,
			Text: text, NextAttemptAt: now, CreatedAt: now,
		}
		if got := handle(t, data); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %+v, want %+v", data.EventType(), got, want)
		}
	}
}

func TestOtherEventsHaveNoEffect(t *testing.T) {
	for _, data := range []contracts.Data{
		contracts.OrderCreated{OrderID: "o-1"}, contracts.InventoryReserved{OrderID: "o-1"},
		contracts.InventoryUnavailable{OrderID: "o-1"}, contracts.InventoryReleased{OrderID: "o-1"},
	} {
		if got := handle(t, data); len(got) > 0 {
			t.Errorf("%s: got %+v", data.EventType(), got)
		}
	}
}
