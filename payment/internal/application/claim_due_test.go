package application

import (
	"context"
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

// What took long to claim is nearly due again, for any worker.
func TestClaimDueKeepsNothingLate(t *testing.T) {
	for took, want := range map[time.Duration]int{lease / 2: 1, lease/2 + 1: 0, 2 * lease: 0} {
		o, at := newOutside(t, domain.Snapshot{}), start
		o.payments.EXPECT().Claim(gomock.Any(), start, start.Add(lease), 7).DoAndReturn(
			func(context.Context, time.Time, time.Time, int) ([]Claimed, error) {
				at = at.Add(took)
				return []Claimed{{Payment: domain.Restore(pending(0))}}, nil
			})
		due, err := NewClaimDue(o.payments, lease, func() time.Time { return at }).Do(t.Context(), 7)
		if len(due) != want || (err == nil) != (want == 1) {
			t.Errorf("claimed in %s: %d, %v", took, len(due), err)
		}
	}
}
