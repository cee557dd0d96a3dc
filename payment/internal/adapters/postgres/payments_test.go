package postgres

import (
	"testing"
	"time"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestPayments(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Store { return setup(t).store() })
}

func TestWhoeverHasToActIsWoken(t *testing.T) {
	f := setup(t)
	for _, step := range []struct {
		change          func(*domain.Payment) error
		settle, publish int32
	}{
		{porttest.Request, 1, 0},
		{porttest.Request, 1, 0}, // a repetition
		{porttest.Charge, 1, 1},
		{porttest.Charge, 1, 1},
		{porttest.Cancel, 2, 1},
	} {
		f.store().Do(t, "o-1", step.change)
		if f.settle.Load() != step.settle || f.handed.Load() != step.publish {
			t.Errorf("the worker was woken %d times, the relay %d; want %d and %d",
				f.settle.Load(), f.handed.Load(), step.settle, step.publish)
		}
	}
}

// What is claimed from its request on has a worker.
func TestNobodyIsWokenForWhatIsClaimed(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "o-1", func(p *domain.Payment) error {
		err := porttest.Request(p)
		p.Claim(porttest.Now.Add(time.Minute))
		return err
	})
	if f.settle.Load() != 0 {
		t.Errorf("the worker was woken %d times", f.settle.Load())
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	payments := NewPayments(pgtest.Open(t, "host=127.0.0.1 port=1 connect_timeout=1"), nil, func([]outbox.Message) {}, func() {})
	_, byID := payments.ByID(t.Context(), "o-1")
	_, list := payments.List(t.Context(), application.Filter{Limit: 1})
	_, claim := payments.Claim(t.Context(), porttest.Now, porttest.Now, 1)
	for call, err := range map[string]error{
		"ByID": byID, "List": list, "Claim": claim, "Update": payments.Update(t.Context(), "o-1", porttest.Request),
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: error is %v, want errs.Unavailable", call, err)
		}
	}
}
