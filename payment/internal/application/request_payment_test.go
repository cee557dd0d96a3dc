package application

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

const lease = 10 * time.Second

func (o *outside) request(ctx context.Context, amount money.Amount) error {
	return NewRequestPayment(o.payments, o.hands, lease, now).Do(ctx, order, "customer-1", amount, "card")
}

func TestRequestPaymentLeavesItToBeClaimed(t *testing.T) {
	o := newOutside(t, domain.Snapshot{OrderID: order})
	o.expectKnown(2)
	o.hands.EXPECT().Take().Return(false).Times(2)
	for range 2 { // the second is a redelivery
		if err := o.request(t.Context(), 15000); err != nil {
			t.Fatal(err)
		}
	}
	want := pending(0)
	want.Claimed = false
	if o.stored != want {
		t.Errorf("stored\n got %+v\nwant %+v", o.stored, want)
	}
}

// A free hand gets the payment as it was saved, and only when it is new.
func TestRequestPaymentGivesItToAFreeHand(t *testing.T) {
	o := newOutside(t, domain.Snapshot{OrderID: order})
	o.expectKnown(2)
	want := pending(0)
	want.DueAt = start.Add(lease)
	origin := event.Origin{CausationID: "e-1"}
	o.hands.EXPECT().Take().Return(true).Times(2)
	o.hands.EXPECT().Give(gomock.Any()).Do(func(c Claimed) {
		if got := c.Payment.Snapshot(); got != want || o.stored != want || c.Origin != origin {
			t.Errorf("gave\n     %+v with %+v\nof   %+v\nwant %+v", got, c.Origin, o.stored, want)
		}
	})
	o.hands.EXPECT().Return()
	for range 2 {
		if err := o.request(event.WithOrigin(t.Context(), origin), 15000); err != nil {
			t.Fatal(err)
		}
	}
}

// A payment that took long to save has too little left of its lease: another worker
// would have it, too, while this one makes its calls.
func TestRequestPaymentGivesAwayNothingLate(t *testing.T) {
	for took, given := range map[time.Duration]int{lease / 2: 1, lease/2 + 1: 0, 2 * lease: 0} {
		o, at := newOutside(t, domain.Snapshot{OrderID: order}), start
		o.hands.EXPECT().Take().Return(true)
		o.hands.EXPECT().Give(gomock.Any()).Times(given)
		o.hands.EXPECT().Return().Times(1 - given)
		o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
			func(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
				err := o.updateKnown(ctx, known, change)
				at = at.Add(took)
				return err
			})
		request := NewRequestPayment(o.payments, o.hands, lease, func() time.Time { return at })
		if err := request.Do(t.Context(), order, "customer-1", 15000, "card"); err != nil {
			t.Errorf("saved in %s: %v", took, err)
		}
		if o.stored.Status != domain.Pending || !o.stored.Claimed || o.stored.DueAt != start.Add(lease) {
			t.Errorf("saved in %s: %+v", took, o.stored)
		}
	}
}

func TestRequestPaymentRefusesNoAmount(t *testing.T) {
	o := newOutside(t, domain.Snapshot{OrderID: order})
	o.expectKnown(1)
	o.hands.EXPECT().Take().Return(true)
	o.hands.EXPECT().Return()
	if err := o.request(t.Context(), 0); !errs.Is(err, errs.Invalid) {
		t.Errorf("error is %v, want errs.Invalid", err)
	}
}

func TestRequestPaymentReportsAnOutage(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	outage := errors.New("outage")
	o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).Return(outage)
	o.hands.EXPECT().Take().Return(true)
	o.hands.EXPECT().Return()
	if err := o.request(t.Context(), 1); !errors.Is(err, outage) {
		t.Errorf("error is %v, want the store's", err)
	}
}

// The consumer tries a message again after a panic; each try must not cost a hand.
func TestRequestPaymentGivesTheHandBackInAPanic(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	o.hands.EXPECT().Take().Return(true)
	o.hands.EXPECT().Return()
	o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).Do(
		func(context.Context, *domain.Payment, func(*domain.Payment) error) { panic("a defect") })
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	_ = o.request(t.Context(), 1)
}
