package rabbitmq

import (
	"context"
	"reflect"
	"testing"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/rabbitkit"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// oneOrder is a store with the payment of one order in it.
type oneOrder struct {
	application.Payments
	payment *domain.Payment
}

func (s oneOrder) Update(_ context.Context, _ domain.OrderID, change func(*domain.Payment) error) error {
	return change(s.payment)
}

func (s oneOrder) UpdateKnown(ctx context.Context, _ *domain.Payment, change func(*domain.Payment) error) error {
	return s.Update(ctx, s.payment.OrderID(), change)
}

// noHands are all busy.
type noHands struct{ application.Hands }

func (noHands) Take() bool { return false }

func setup() (oneOrder, rabbitkit.Handler) {
	s, clock := oneOrder{payment: domain.New("o-1")}, func() time.Time { return now }
	return s, NewHandler(application.NewRequestPayment(s, noHands{}, 0, clock), application.NewCancelPayment(s, clock))
}

func TestReservationRequestsThePayment(t *testing.T) {
	s, handle := setup()
	data := contracts.InventoryReserved{OrderID: "o-1", CustomerID: "c-1", TotalAmount: 15000, PaymentMethod: "sim_success"}
	if err := handle(t.Context(), contracts.Message{ID: "e-1", Data: data}); err != nil {
		t.Fatal(err)
	}
	got := s.payment.Snapshot()
	if got.Status != domain.Pending || got.CustomerID != "c-1" || got.Amount != 15000 || got.Method != "sim_success" {
		t.Errorf("payment is %+v", got)
	}
}

func TestCancellationVoidsThePayment(t *testing.T) {
	s, handle := setup()
	if err := handle(t.Context(), contracts.Message{ID: "e-1", Data: contracts.OrderCancelled{OrderID: "o-1"}}); err != nil {
		t.Fatal(err)
	}
	if s.payment.Status() != domain.Voided {
		t.Errorf("payment is %s", s.payment.Status())
	}
}

func TestOtherEventsHaveNoEffect(t *testing.T) {
	handle := NewHandler(nil, nil) // any use case would panic
	for _, data := range []contracts.Data{
		contracts.OrderCreated{}, contracts.OrderConfirmed{}, contracts.InventoryUnavailable{}, contracts.PaymentProcessed{},
	} {
		if err := handle(t.Context(), contracts.Message{ID: "e-1", Data: data}); err != nil {
			t.Errorf("%s: %v", data.EventType(), err)
		}
	}
}

func TestEventsBecomeTheContractsData(t *testing.T) {
	for _, c := range []struct {
		event event.Event
		want  contracts.Data
	}{
		{domain.PaymentProcessed{OrderID: "o-1", CustomerID: "c", Amount: 100, TransactionID: "t", Attempts: 2},
			contracts.PaymentProcessed{OrderID: "o-1", CustomerID: "c", Amount: 100, TransactionID: "t", Attempts: 2}},
		{domain.PaymentFailed{OrderID: "o-1", CustomerID: "c", Amount: 100, Reason: domain.Declined, Attempts: 1},
			contracts.PaymentFailed{OrderID: "o-1", CustomerID: "c", Amount: 100, Reason: "DECLINED", Attempts: 1}},
		{domain.PaymentRefunded{OrderID: "o-1", CustomerID: "c", Amount: 100, RefundID: "r"},
			contracts.PaymentRefunded{OrderID: "o-1", CustomerID: "c", Amount: 100, RefundID: "r"}},
	} {
		got, err := ToData(c.event)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("ToData(%T) = %+v, %v; want %+v", c.event, got, err, c.want)
		}
	}
	if _, err := ToData(foreign{}); err == nil {
		t.Error("a foreign event was encoded")
	}
}

type foreign struct{}

func (foreign) EventType() string { return "Foreign" }
func (foreign) Subject() string   { return "o-1" }
