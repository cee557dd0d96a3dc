package application

import (
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
)

func TestCancelPayment(t *testing.T) {
	tests := map[string]struct {
		stored domain.Snapshot
		want   domain.Status
	}{
		"a tombstone":          {domain.Snapshot{OrderID: order}, domain.Voided},
		"a charge may be sent": {pending(0), domain.Pending},
		"failed already":       {domain.Snapshot{OrderID: order, Status: domain.Failed}, domain.Failed},
		"charged":              {domain.Snapshot{OrderID: order, Status: domain.Processed}, domain.Refunding},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOutside(t, test.stored)
			o.expectUpdates(1)
			if err := NewCancelPayment(o.payments, now).Do(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			if o.stored.Status != test.want {
				t.Errorf("payment is %q, want %q", o.stored.Status, test.want)
			}
		})
	}
}

func TestCancelPaymentReportsAnOutage(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	outage := errors.New("outage")
	o.payments.EXPECT().Update(gomock.Any(), order, gomock.Any()).Return(outage)
	if err := NewCancelPayment(o.payments, now).Do(t.Context(), order); !errors.Is(err, outage) {
		t.Errorf("error is %v, want the store's", err)
	}
}
