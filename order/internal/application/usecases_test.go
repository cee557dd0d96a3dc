package application

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

var (
	now  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	seen = domain.Observation{EventID: "e-1", Type: "PaymentProcessed", Source: "/payment", OccurredAt: now.Add(-time.Second)}
	down = errs.New(errs.Unavailable, "the database is not available")
)

func clock() time.Time { return now }

func setup(t *testing.T) (*MockOrders, *MockBacklog) {
	ctrl := gomock.NewController(t)
	return NewMockOrders(ctrl), NewMockBacklog(ctrl)
}

// stored makes Update apply its change to a pending order, and returns it.
func stored(orders *MockOrders) *domain.Order { return storedFor(orders.EXPECT().Update) }

// storedSoon is stored for UpdateSoon.
func storedSoon(orders *MockOrders) *domain.Order { return storedFor(orders.EXPECT().UpdateSoon) }

func storedFor(update func(ctx, id, change any) *gomock.Call) *domain.Order {
	o := domain.Restore(domain.Snapshot{ID: "o-1", CustomerID: "customer-1", Total: 100, Status: domain.Pending})
	update(gomock.Any(), domain.OrderID("o-1"), gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error { return change(o) })
	return o
}

func placeOrder(orders Orders, backlog Backlog) *PlaceOrder {
	return NewPlaceOrder(orders, backlog, anyPace(), func() domain.OrderID { return "o-1" }, clock)
}

func placement() domain.Placement {
	return domain.Placement{CustomerID: "customer-1", Items: []domain.Item{{ProductID: "product-A", Quantity: 1}}, Total: 100}
}

func TestPlacedOrderIsSavedBeforeItIsReturned(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().Return(false)
	var saved *domain.Order
	orders.EXPECT().Add(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, o *domain.Order) error {
		saved = o
		return nil
	})

	o, err := placeOrder(orders, backlog).Do(t.Context(), placement())

	if err != nil || o != saved {
		t.Fatalf("got %v, %v", o, err)
	}
	if s := o.Snapshot(); s.ID != "o-1" || s.Status != domain.Pending || !s.CreatedAt.Equal(now) {
		t.Errorf("snapshot = %+v", s)
	}
}

func TestInvalidPlacementIsNotSaved(t *testing.T) {
	orders, backlog := setup(t)
	if _, err := placeOrder(orders, backlog).Do(t.Context(), domain.Placement{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("err = %v", err)
	}
}

func TestOrderIsRefusedWhileTheBacklogIsFull(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().Return(true)
	if _, err := placeOrder(orders, backlog).Do(t.Context(), placement()); !errs.Is(err, errs.Overloaded) {
		t.Errorf("err = %v", err)
	}
}

func TestOrderThatCantBeSavedIsNotReturned(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().Return(false)
	orders.EXPECT().Add(gomock.Any(), gomock.Any()).Return(down)
	if o, err := placeOrder(orders, backlog).Do(t.Context(), placement()); o != nil || !errors.Is(err, down) {
		t.Errorf("got %v, %v", o, err)
	}
}

func TestSagaEventsChangeTheOrderAndJoinItsTimeline(t *testing.T) {
	for name, c := range map[string]struct {
		stored func(*MockOrders) *domain.Order
		do     func(Orders) error
		want   domain.Snapshot
	}{
		"payment processed": {
			stored,
			func(o Orders) error { return NewConfirmOrder(o, anyPace(), clock).Do(t.Context(), "o-1", seen) },
			domain.Snapshot{Status: domain.Completed, UpdatedAt: now},
		},
		"payment failed": {
			stored,
			func(o Orders) error {
				return NewFailOrder(o, anyPace(), clock).Do(t.Context(), "o-1", seen, domain.PaymentFailed, "DECLINED")
			},
			domain.Snapshot{Status: domain.Cancelled, Reason: domain.PaymentFailed, UpdatedAt: now},
		},
		"payment refunded": {
			stored,
			func(o Orders) error { return NewRecordRefund(o, clock).Do(t.Context(), "o-1", seen) },
			domain.Snapshot{Status: domain.Pending, RefundedAt: now, UpdatedAt: now},
		},
		"inventory reserved": {
			storedSoon, // no customer waits for it
			func(o Orders) error { return NewObserveEvent(o).Do(t.Context(), "o-1", seen) },
			domain.Snapshot{Status: domain.Pending},
		},
	} {
		t.Run(name, func(t *testing.T) {
			orders, _ := setup(t)
			o := c.stored(orders)
			if err := c.do(orders); err != nil {
				t.Fatal(err)
			}
			got := o.Snapshot()
			if got.Status != c.want.Status || got.Reason != c.want.Reason || !got.RefundedAt.Equal(c.want.RefundedAt) {
				t.Errorf("order = %+v, want %+v", got, c.want)
			}
			if !got.UpdatedAt.Equal(c.want.UpdatedAt) {
				t.Errorf("updated at %s, want %s", got.UpdatedAt, c.want.UpdatedAt)
			}
			if observed := o.Observed(); len(observed) != 1 || observed[0] != seen {
				t.Errorf("observed = %v", observed)
			}
		})
	}
}

func TestEventAboutAnOrderNeverPlacedIsUnknown(t *testing.T) {
	orders, _ := setup(t)
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).Return(errs.New(errs.NotFound, "no such order"))
	if err := NewConfirmOrder(orders, anyPace(), clock).Do(t.Context(), "o-9", seen); !errs.Is(err, errs.UnknownOrder) {
		t.Errorf("err = %v", err)
	}
}

func TestOutageStaysAnOutage(t *testing.T) {
	orders, _ := setup(t)
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).Return(down)
	if err := NewConfirmOrder(orders, anyPace(), clock).Do(t.Context(), "o-1", seen); !errs.Is(err, errs.Unavailable) {
		t.Errorf("err = %v", err)
	}
}

func TestCustomersCancellation(t *testing.T) {
	orders, _ := setup(t)
	stored(orders)
	p := newPaced(time.Second)
	cancel := NewCancelOrder(orders, p.Pace, clock)
	o, err := cancel.Do(t.Context(), "o-1", "")
	if err != nil || o.Snapshot().Reason != domain.CustomerRequest {
		t.Errorf("order %v, %v", o, err)
	}
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error { return change(o) })
	if again, err := cancel.Do(t.Context(), "o-1", ""); err != nil || again.Snapshot().Reason != domain.CustomerRequest {
		t.Errorf("order %v, %v", again, err)
	}
	if p.seconds[0].taken != -1 || p.credit != 0 {
		t.Errorf("%d more are on their way, and room for %v", p.seconds[0].taken, p.credit)
	}
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).Return(errs.New(errs.NotFound, "none"))
	if o, err := NewCancelOrder(orders, p.Pace, clock).Do(t.Context(), "o-9", ""); o != nil || !errs.Is(err, errs.NotFound) {
		t.Errorf("order %v, %v", o, err)
	}
}

// inTurn makes one call after the other.
func inTurn(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

func TestOverdueOrdersAreCancelledBatchByBatch(t *testing.T) {
	orders, _ := setup(t)
	expire := NewExpireOrders(orders, time.Minute, clock)
	worked := Worked(now.Add(-time.Hour), now)
	deadline := now.Add(-time.Minute)
	o := domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Pending})
	ended := domain.Restore(domain.Snapshot{ID: "o-2", Status: domain.Completed})
	gomock.InOrder(
		orders.EXPECT().Overdue(gomock.Any(), deadline, expireBatch).Return(slices.Repeat([]domain.OrderID{"o-1"}, expireBatch), nil),
		orders.EXPECT().Overdue(gomock.Any(), deadline, expireBatch).Return([]domain.OrderID{"o-2"}, nil),
	)
	update := func(o *domain.Order) func(context.Context, domain.OrderID, func(*domain.Order) error) error {
		return func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error { return change(o) }
	}
	orders.EXPECT().Update(gomock.Any(), domain.OrderID("o-1"), gomock.Any()).DoAndReturn(update(o)).Times(expireBatch)
	orders.EXPECT().Update(gomock.Any(), domain.OrderID("o-2"), gomock.Any()).DoAndReturn(update(ended))

	for n, want := range []Expired{{Cancelled: 1, More: true}, {}} { // what has ended meanwhile isn't counted
		if got, err := expire.Do(t.Context(), worked, inTurn); !reflect.DeepEqual(got, want) || err != nil {
			t.Errorf("look %d: %+v, %v", n, got, err)
		}
	}
	if s := o.Snapshot(); s.Status != domain.Cancelled || s.Reason != domain.TimedOut {
		t.Errorf("%s, reason %s", s.Status, s.Reason)
	}
}

func TestNothingExpiresUntilTheServiceHasWorkedForTheTimeout(t *testing.T) {
	orders, _ := setup(t) // asked for nothing
	expire := NewExpireOrders(orders, time.Minute, clock)
	if got, err := expire.Do(t.Context(), Worked(now.Add(-59*time.Second), now), inTurn); !reflect.DeepEqual(got, Expired{}) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestExpiryTellsOfAnOutage(t *testing.T) {
	orders, _ := setup(t)
	expire := NewExpireOrders(orders, time.Minute, clock)
	orders.EXPECT().Overdue(gomock.Any(), gomock.Any(), gomock.Any()).Return(nil, down)
	if _, err := expire.Do(t.Context(), Worked(time.Time{}, now), inTurn); !errors.Is(err, down) {
		t.Errorf("err = %v", err)
	}
	for want, silent := range map[error]bool{down: false, context.Canceled: true} {
		ctx, cancel := context.WithCancel(t.Context())
		orders.EXPECT().Overdue(gomock.Any(), gomock.Any(), gomock.Any()).Return([]domain.OrderID{"o-1"}, nil)
		orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
			func(context.Context, domain.OrderID, func(*domain.Order) error) error {
				if silent {
					cancel()
				}
				return want
			})
		if got, err := expire.Do(ctx, Worked(time.Time{}, now), inTurn); !errors.Is(err, want) || len(got.Failed) > 0 {
			t.Errorf("%+v, %v", got, err)
		}
		cancel()
	}
}

func TestOrderThatCantBeCancelledKeepsNoneOfTheOthers(t *testing.T) {
	orders, _ := setup(t)
	spoilt := errors.New("a row that can't be read")
	o := domain.Restore(domain.Snapshot{ID: "o-2", Status: domain.Pending})
	orders.EXPECT().Overdue(gomock.Any(), gomock.Any(), expireBatch).Return([]domain.OrderID{"o-1", "o-2"}, nil)
	orders.EXPECT().Update(gomock.Any(), domain.OrderID("o-1"), gomock.Any()).Return(spoilt)
	orders.EXPECT().Update(gomock.Any(), domain.OrderID("o-2"), gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error { return change(o) })
	got, err := NewExpireOrders(orders, time.Minute, clock).Do(t.Context(), Worked(time.Time{}, now), inTurn)
	if got.Cancelled != 1 || len(got.Failed) != 1 || !errors.Is(got.Failed[0], spoilt) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadOrdersAsksTheStore(t *testing.T) {
	orders, _ := setup(t)
	o := domain.Restore(domain.Snapshot{ID: "o-1"})
	filter := Filter{Status: domain.Pending, Limit: 3}
	orders.EXPECT().ByID(gomock.Any(), domain.OrderID("o-1")).Return(o, nil)
	orders.EXPECT().List(gomock.Any(), filter).Return([]*domain.Order{o}, nil)

	read := NewReadOrders(orders)
	if got, err := read.ByID(t.Context(), "o-1", ""); err != nil || got != o {
		t.Errorf("ByID = %v, %v", got, err)
	}
	if got, err := read.List(t.Context(), filter); err != nil || len(got) != 1 || got[0] != o {
		t.Errorf("List = %v, %v", got, err)
	}
}
