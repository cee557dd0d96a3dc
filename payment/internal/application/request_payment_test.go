package application

import (
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestRequestPayment(t *testing.T) {
	o := newOutside(t, domain.Snapshot{OrderID: order})
	o.expectUpdates(2)
	request := NewRequestPayment(o.payments, now)
	for range 2 { // the second is a redelivery
		if err := request.Do(t.Context(), order, "customer-1", 15000, "card"); err != nil {
			t.Fatal(err)
		}
	}
	want := pending(0)
	want.Claimed = false
	if o.stored != want {
		t.Errorf("stored\n got %+v\nwant %+v", o.stored, want)
	}
}

func TestRequestPaymentRefusesNoAmount(t *testing.T) {
	o := newOutside(t, domain.Snapshot{OrderID: order})
	o.expectUpdates(1)
	err := NewRequestPayment(o.payments, now).Do(t.Context(), order, "customer-1", 0, "")
	if !errs.Is(err, errs.Invalid) {
		t.Errorf("error is %v, want errs.Invalid", err)
	}
}

func TestRequestPaymentReportsAnOutage(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	outage := errors.New("outage")
	o.payments.EXPECT().Update(gomock.Any(), order, gomock.Any()).Return(outage)
	if err := NewRequestPayment(o.payments, now).Do(t.Context(), order, "c", 1, ""); !errors.Is(err, outage) {
		t.Errorf("error is %v, want the store's", err)
	}
}
