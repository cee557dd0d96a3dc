package application

import (
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestAnothersOrderCanNotBeSeenOrCancelled(t *testing.T) {
	for customer, allowed := range map[string]bool{"": true, "customer-1": true, "customer-2": false} {
		orders, _ := setup(t)
		o := stored(orders)
		orders.EXPECT().ByID(gomock.Any(), domain.OrderID("o-1")).Return(o, nil)

		read, err := NewReadOrders(orders).ByID(t.Context(), "o-1", customer)
		if (err == nil && read == o) != allowed || err != nil && !errs.Is(err, errs.NotFound) {
			t.Errorf("%q reads %v, %v", customer, read, err)
		}
		_, err = NewCancelOrder(orders, anyPace(), clock).Do(t.Context(), "o-1", customer)
		if (err == nil) != allowed || err != nil && !errs.Is(err, errs.NotFound) {
			t.Errorf("%q cancels: %v", customer, err)
		}
		if cancelled := o.Snapshot().Status == domain.Cancelled; cancelled != allowed {
			t.Errorf("cancelled by %q: %t", customer, cancelled)
		}
	}
}

func TestReadOrdersTellsOfAnOutage(t *testing.T) {
	orders, _ := setup(t)
	orders.EXPECT().ByID(gomock.Any(), gomock.Any()).Return(nil, down)
	if _, err := NewReadOrders(orders).ByID(t.Context(), "o-1", "customer-1"); !errs.Is(err, errs.Unavailable) {
		t.Errorf("error is %v", err)
	}
}
