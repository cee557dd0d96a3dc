package application

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

var errOutage = errors.New("no answer")

func (o *outside) expectCharge() *gomock.Call {
	return o.gateway.EXPECT().Charge(gomock.Any(),
		Charge{Key: "charge:order-1", OrderID: order, Amount: 15000, Method: "card"}, gomock.Any())
}

func (o *outside) expectCancel() *gomock.Call {
	return o.gateway.EXPECT().Cancel(gomock.Any(), "charge:order-1", order)
}

func (o *outside) expectRefund() *gomock.Call {
	return o.gateway.EXPECT().Refund(gomock.Any(),
		Refund{Key: "refund:order-1", OrderID: order, TransactionID: "tx", Amount: 15000})
}

// failing is a gateway whose attempts all fail.
func failing(ctx context.Context, _ Charge, a Attempts) (string, error) {
	for range a.Left {
		if err := a.Failed(ctx); err != nil {
			return "", err
		}
	}
	return "", ErrAttemptsExhausted
}

func cancelled(s domain.Snapshot) domain.Snapshot {
	s.CancelRequested = true
	return s
}

func TestSettlePayment(t *testing.T) {
	tests := map[string]struct {
		stored domain.Snapshot
		calls  func(o *outside)
		fails  int // attempts, each counted before the next one
		saves  int // answers, each saved before the next call
		want   domain.Status
	}{
		"charged": {pending(0), func(o *outside) {
			o.expectCharge().Return("tx", nil)
		}, 0, 1, domain.Processed},
		"declined": {pending(0), func(o *outside) {
			o.expectCharge().Return("", ErrDeclined)
		}, 0, 1, domain.Failed},
		"cancelled": {cancelled(pending(0)), func(o *outside) {
			o.expectCancel().Return("", nil)
		}, 0, 1, domain.Voided},
		"all attempts failed": {pending(0), func(o *outside) {
			gomock.InOrder(o.expectCharge().DoAndReturn(failing), o.expectCancel().Return("", nil))
		}, 3, 2, domain.Failed},
		"the last attempt failed": {pending(2), func(o *outside) {
			gomock.InOrder(o.expectCharge().DoAndReturn(failing), o.expectCancel().Return("", nil))
		}, 1, 2, domain.Failed},
		"a failed attempt had charged": {pending(0), func(o *outside) {
			gomock.InOrder(o.expectCharge().DoAndReturn(failing), o.expectCancel().Return("tx", nil))
		}, 3, 2, domain.Processed},
		"cancelled order had been charged": {cancelled(pending(1)), func(o *outside) {
			gomock.InOrder(o.expectCancel().Return("tx", nil), o.expectRefund().Return("re", nil))
		}, 0, 2, domain.Refunded},
		"nothing due any more": {domain.Snapshot{OrderID: order, Status: domain.Voided}, func(*outside) {}, 0, 0, domain.Voided},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOutside(t, test.stored)
			o.expectKnown(test.fails + test.saves)
			test.calls(o)
			if err := o.settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if o.stored.Status != test.want || o.wrong > 0 {
				t.Errorf("payment is %q, want %q; %d times something else was stored than was believed", o.stored.Status, test.want, o.wrong)
			}
		})
	}
}

// The order is cancelled while its charge is under way.
func TestSettlePaymentRefundsAChargeThatCameTooLate(t *testing.T) {
	o := newOutside(t, pending(0))
	o.expectKnown(2)
	gomock.InOrder(
		o.expectCharge().DoAndReturn(func(context.Context, Charge, Attempts) (string, error) {
			o.stored.CancelRequested = true
			return "tx", nil
		}),
		o.expectRefund().Return("re", nil),
	)
	if err := o.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o.stored.Status != domain.Refunded || o.stored.TransactionID != "tx" || o.stored.RefundID != "re" {
		t.Errorf("stored %+v, want the charge refunded", o.stored)
	}
}

// Another worker cancels the key while this one charges.
func TestSettlePaymentTakesACancelledKeyAsTheAnswer(t *testing.T) {
	for want, before := range map[domain.Status]domain.Snapshot{
		domain.Voided: cancelled(pending(0)),
		domain.Failed: pending(3),
	} {
		o := newOutside(t, pending(0))
		o.expectKnown(1)
		o.expectCharge().DoAndReturn(func(context.Context, Charge, Attempts) (string, error) {
			o.stored = before
			return "", ErrKeyCancelled
		})
		if err := o.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o.stored.Status != want {
			t.Errorf("payment is %q, want %q", o.stored.Status, want)
		}
	}
}

func TestSettlePaymentPostponesACallWithoutAnswer(t *testing.T) {
	refunding := domain.Snapshot{OrderID: order, Amount: 15000, Status: domain.Refunding, TransactionID: "tx"}
	tests := map[string]struct {
		stored domain.Snapshot
		call   func(o *outside)
		want   time.Duration
	}{
		"charge":           {pending(0), func(o *outside) { o.expectCharge().Return("", errOutage) }, 100 * time.Millisecond},
		"charge held back": {pending(0), func(o *outside) { o.expectCharge().Return("", &HeldBackError{RetryAfter: time.Hour}) }, time.Hour},
		"cancel":           {pending(3), func(o *outside) { o.expectCancel().Return("", errOutage) }, 100 * time.Millisecond},
		"refund":           {refunding, func(o *outside) { o.expectRefund().Return("", errOutage) }, 100 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOutside(t, test.stored)
			o.expectKnown(1)
			test.call(o)
			if err := o.settle(t.Context()); err == nil {
				t.Error("no error; the worker would have nothing to log")
			}
			if got := o.stored.DueAt.Sub(start); got != test.want {
				t.Errorf("due after %v, want %v", got, test.want)
			}
			if o.stored.Attempts != test.stored.Attempts {
				t.Errorf("%d attempts counted, want %d", o.stored.Attempts, test.stored.Attempts)
			}
		})
	}
}

func TestSettlePaymentLeavesTheRestToTheLease(t *testing.T) {
	t.Run("when it is told to stop", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		o := newOutside(t, pending(0))
		o.expectCharge().DoAndReturn(func(context.Context, Charge, Attempts) (string, error) {
			stop()
			return "", ctx.Err()
		})
		if err := o.settle(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled", err)
		}
	})
	t.Run("when the answer can't be saved", func(t *testing.T) {
		o := newOutside(t, pending(0))
		o.expectCharge().Return("tx", nil)
		o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).Return(errOutage)
		if err := o.settle(t.Context()); !errors.Is(err, errOutage) {
			t.Errorf("error is %v, want the store's", err)
		}
	})
	t.Run("when it is told to stop while the answer is being saved", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		o := newOutside(t, pending(0))
		o.expectCharge().Return("tx", nil)
		late := make(chan error, 1)
		o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
			func(_ context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
				stop()
				go func() { late <- o.updateKnown(ctx, known, change) }()
				return ctx.Err()
			})
		if err := o.settle(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled", err)
		}
		if err := <-late; err != nil || o.stored.Status != domain.Processed {
			t.Errorf("saved as %s, %v", o.stored.Status, err)
		}
	})
	t.Run("when a failed attempt can't be counted", func(t *testing.T) {
		o := newOutside(t, pending(0))
		o.expectCharge().DoAndReturn(failing)
		o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).Times(2).Return(errOutage) // nor the charge postponed
		if err := o.settle(t.Context()); !errors.Is(err, errOutage) {
			t.Errorf("error is %v, want the store's", err)
		}
	})
}

func TestSettlePaymentReportsAContradiction(t *testing.T) {
	o := newOutside(t, pending(0))
	o.expectKnown(1)
	o.expectCharge().DoAndReturn(func(context.Context, Charge, Attempts) (string, error) {
		o.stored.Status = domain.Voided
		return "tx", nil
	})
	if err := o.settle(t.Context()); !errs.Is(err, errs.Contradiction) {
		t.Errorf("error is %v, want errs.Contradiction", err)
	}
}

func TestHeldBackErrorSaysForHowLong(t *testing.T) {
	if got := (&HeldBackError{RetryAfter: 2 * time.Second}).Error(); got != "charges are held back for at least 2s" {
		t.Errorf("error reads %q", got)
	}
}
