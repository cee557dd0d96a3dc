package application

import (
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
)

func TestReadPayments(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	read := NewReadPayments(o.payments)
	stored := domain.Restore(pending(0))
	filter := Filter{OrderID: order, After: &Position{CreatedAt: start, OrderID: "x"}, Limit: 7}

	o.payments.EXPECT().ByID(gomock.Any(), order).Return(stored, nil)
	if p, err := read.ByID(t.Context(), order, ""); p != stored || err != nil {
		t.Errorf("ByID returned %v, %v", p, err)
	}
	o.payments.EXPECT().List(gomock.Any(), filter).Return([]*domain.Payment{stored}, nil)
	if list, err := read.List(t.Context(), filter); len(list) != 1 || list[0] != stored || err != nil {
		t.Errorf("List returned %v, %v", list, err)
	}
}

func TestReadLedger(t *testing.T) {
	ledger := NewMockLedger(gomock.NewController(t))
	filter := LedgerFilter{OrderID: order, After: &LedgerPosition{Number: 5}, Limit: 7}
	outage := errors.New("outage")
	ledger.EXPECT().Entries(gomock.Any(), filter).Return([]Entry{{Number: 4}}, outage)
	if entries, err := NewReadLedger(ledger).Do(t.Context(), filter); len(entries) != 1 || !errors.Is(err, outage) {
		t.Errorf("Do returned %v, %v", entries, err)
	}
}
