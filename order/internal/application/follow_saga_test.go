package application

import (
	"context"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
)

// The pace is told of an order that the saga has brought to its end, or would have
// but for the monitor, and of no redelivery.
func TestPaceIsToldOfEnds(t *testing.T) {
	placed := now.Add(-11 * time.Second)
	for name, end := range map[string]func(Orders, *Pace) error{
		"confirmed": func(o Orders, p *Pace) error { return NewConfirmOrder(o, p, clock).Do(t.Context(), "o-1", seen) },
		"failed": func(o Orders, p *Pace) error {
			return NewFailOrder(o, p, clock).Do(t.Context(), "o-1", seen, domain.PaymentFailed, "DECLINED")
		},
		"sold out": func(o Orders, p *Pace) error {
			return NewFailOrder(o, p, clock).Do(t.Context(), "o-1", seen, domain.InventoryUnavailable, "p-1")
		},
	} {
		p := newPaced(10 * time.Second)
		order := domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Pending, CreatedAt: placed})
		orders, _ := setup(t)
		orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).Times(2).DoAndReturn(
			func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
				return change(order)
			})
		for range 2 { // the second is a redelivery
			if err := end(orders, p.Pace); err != nil {
				t.Fatal(err)
			}
		}
		s := p.seconds[0]
		if (s.waits() != waits{1, 11 * time.Second}) || p.credit != 1 || (s.ended.orders == 0) != (name == "sold out") {
			t.Errorf("%s: ended: %v, or early: %v; room for %v", name, s.ended, s.early, p.credit)
		}
	}
}

func TestPaceIsToldOfWhatComesTooLate(t *testing.T) {
	p := newPaced(10 * time.Second)
	order := domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Cancelled, Reason: domain.TimedOut, CreatedAt: now.Add(-time.Minute)})
	orders, _ := setup(t)
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
			return change(order)
		})
	if err := NewConfirmOrder(orders, p.Pace, clock).Do(t.Context(), "o-1", seen); err != nil {
		t.Fatal(err)
	}
	if ended := p.seconds[0].ended; (ended != waits{1, time.Minute}) || p.credit != 0 {
		t.Errorf("orders were seen: %v; room for %v", ended, p.credit)
	}
}
