package application

import (
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestAnothersPaymentCanNotBeSeen(t *testing.T) {
	for _, c := range []struct {
		customer string
		stored   domain.Snapshot
		allowed  bool
	}{
		{"", pending(0), true},
		{"customer-1", pending(0), true},
		{"customer-2", pending(0), false},
		{"", domain.Snapshot{OrderID: order, Status: domain.Voided}, true},
		{"customer-1", domain.Snapshot{OrderID: order, Status: domain.Voided}, false},
	} {
		o := newOutside(t, domain.Snapshot{})
		o.payments.EXPECT().ByID(gomock.Any(), order).Return(domain.Restore(c.stored), nil)
		p, err := NewReadPayments(o.payments).ByID(t.Context(), order, c.customer)
		if (err == nil && p.OrderID() == order) != c.allowed || err != nil && !errs.Is(err, errs.NotFound) {
			t.Errorf("%q reads the %s payment of %q: %v, %v", c.customer, c.stored.Status, c.stored.CustomerID, p, err)
		}
	}
}

func TestReadPaymentsTellsOfAnOutage(t *testing.T) {
	o, outage := newOutside(t, domain.Snapshot{}), errors.New("outage")
	o.payments.EXPECT().ByID(gomock.Any(), order).Return(nil, outage)
	if _, err := NewReadPayments(o.payments).ByID(t.Context(), order, "customer-1"); !errors.Is(err, outage) {
		t.Errorf("error is %v", err)
	}
}
