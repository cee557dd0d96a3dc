package application

import (
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
)

func TestClaimDue(t *testing.T) {
	o := newOutside(t, domain.Snapshot{})
	claim := NewClaimDue(o.payments, 10*time.Second, now)
	claimed := Claimed{Payment: domain.Restore(pending(0))}

	o.payments.EXPECT().Claim(gomock.Any(), start, start.Add(10*time.Second), 7).Return([]Claimed{claimed}, nil)
	if due, err := claim.Do(t.Context(), 7); err != nil || len(due) != 1 || due[0] != claimed {
		t.Errorf("claimed %v, %v", due, err)
	}
	outage := errors.New("outage")
	o.payments.EXPECT().Claim(gomock.Any(), gomock.Any(), gomock.Any(), 7).Return(nil, outage)
	if _, err := claim.Do(t.Context(), 7); !errors.Is(err, outage) {
		t.Errorf("error is %v, want the store's", err)
	}
}
