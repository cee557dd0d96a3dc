package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// Time passes in a test's bubble only while everything waits.
const patience = time.Second

// scripted is a provider whose charges end one after the other as written.
type scripted struct {
	charges []func(ctx context.Context) (string, error)
	calls   int
}

func (p *scripted) Charge(ctx context.Context, _ application.Charge) (string, error) {
	p.calls++
	return p.charges[min(p.calls, len(p.charges))-1](ctx)
}

func (p *scripted) Cancel(context.Context, string, domain.OrderID) (string, error) {
	p.calls++
	return "tx", nil
}

func (p *scripted) Refund(context.Context, application.Refund) (string, error) {
	p.calls++
	return "re", nil
}

func charges(context.Context) (string, error) { return "tx", nil }

func panics(context.Context) (string, error) { panic("bad client") }

func hangs(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func ends(err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return "", err }
}

type script []func(context.Context) (string, error)

func newResilient(s script) (*Resilient, *scripted) {
	provider := &scripted{charges: s}
	quiet := slog.New(slog.DiscardHandler)
	return NewResilient(provider, patience, NewBreaker(quiet, prometheus.NewRegistry()), quiet), provider
}

// tries returns Attempts that count.
func tries(left int, counted *int) application.Attempts {
	return application.Attempts{Left: left, Failed: func(context.Context) error {
		*counted++
		return nil
	}}
}

func TestChargeIsRetried(t *testing.T) {
	unreachable := errs.New(errs.Unavailable, "unreachable")
	tests := map[string]struct {
		script  script
		left    int
		want    error
		calls   int
		counted int
	}{
		"charged at once":           {script{charges}, 3, nil, 1, 0},
		"charged after a failure":   {script{ends(ErrFailed), charges}, 3, nil, 2, 1},
		"charged after a panic":     {script{panics, charges}, 3, nil, 2, 1},
		"every attempt failed":      {script{ends(ErrFailed)}, 3, application.ErrAttemptsExhausted, 3, 3},
		"every attempt timed out":   {script{hangs}, 3, application.ErrAttemptsExhausted, 3, 3},
		"the last attempt failed":   {script{ends(ErrFailed)}, 1, application.ErrAttemptsExhausted, 1, 1},
		"declined":                  {script{ends(application.ErrDeclined)}, 3, application.ErrDeclined, 1, 0},
		"cancelled meanwhile":       {script{ends(ErrFailed), ends(application.ErrKeyCancelled)}, 3, application.ErrKeyCancelled, 2, 1},
		"unreachable, no attempt":   {script{ends(unreachable)}, 3, unreachable, 1, 0},
		"unreachable after failure": {script{ends(ErrFailed), ends(unreachable)}, 3, unreachable, 2, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, provider := newResilient(test.script)
				counted := 0
				transactionID, err := g.Charge(t.Context(), application.Charge{}, tries(test.left, &counted))
				if !errors.Is(err, test.want) || (err == nil) != (transactionID == "tx") {
					t.Errorf("charge ends with %q, %v; want %v", transactionID, err, test.want)
				}
				if provider.calls != test.calls || counted != test.counted {
					t.Errorf("%d calls and %d attempts counted, want %d and %d", provider.calls, counted, test.calls, test.counted)
				}
			})
		})
	}
}

func TestAnAttemptThatCantBeCountedIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, provider := newResilient(script{ends(ErrFailed)})
		outage := errors.New("outage")
		_, err := g.Charge(t.Context(), application.Charge{}, application.Attempts{
			Left: 3, Failed: func(context.Context) error { return outage },
		})
		if !errors.Is(err, outage) || provider.calls != 1 {
			t.Errorf("charge ends with %v after %d calls, want the outage after one", err, provider.calls)
		}
	})
}

func TestChargeEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		g, provider := newResilient(script{func(ctx context.Context) (string, error) {
			cancel()
			return hangs(ctx)
		}})
		counted := 0
		_, err := g.Charge(ctx, application.Charge{}, tries(3, &counted))
		if !errors.Is(err, context.Canceled) || provider.calls != 1 || counted != 0 {
			t.Errorf("charge ends with %v after %d calls and %d counted", err, provider.calls, counted)
		}
	})
}

// open makes the breaker open as it would in operation.
func open(t *testing.T, g *Resilient) {
	t.Helper()
	counted := 0
	for range openAfter {
		if _, err := g.Charge(t.Context(), application.Charge{}, tries(1, &counted)); !errors.Is(err, application.ErrAttemptsExhausted) {
			t.Fatalf("charge ends with %v", err)
		}
	}
	if !g.breaker.IsOpen() {
		t.Fatalf("the breaker is %s after %d failures", g.breaker.State(), openAfter)
	}
}

func TestOpenBreakerHoldsChargesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, provider := newResilient(script{ends(ErrFailed)})
		open(t, g)
		calls, counted := provider.calls, 0
		_, err := g.Charge(t.Context(), application.Charge{}, tries(3, &counted))
		var heldBack *application.HeldBackError
		if !errors.As(err, &heldBack) || heldBack.RetryAfter != openFor {
			t.Errorf("charge ends with %v, want that it is held back", err)
		}
		if provider.calls != calls || counted != 0 {
			t.Errorf("%d calls were made and %d attempts counted", provider.calls-calls, counted)
		}
	})
}

func TestTimeoutsOpenTheBreakerToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newResilient(script{hangs})
		open(t, g)
	})
}

func TestOpenBreakerLetsCancelAndRefundThrough(t *testing.T) {
	g, _ := newResilient(script{ends(ErrFailed)})
	open(t, g)
	if id, err := g.Cancel(t.Context(), "k", "order-1"); id != "tx" || err != nil {
		t.Errorf("cancel answers %q, %v", id, err)
	}
	if id, err := g.Refund(t.Context(), application.Refund{}); id != "re" || err != nil {
		t.Errorf("refund answers %q, %v", id, err)
	}
}

func TestDeclinesDontOpenTheBreaker(t *testing.T) {
	for _, answer := range []error{application.ErrDeclined, application.ErrKeyCancelled} {
		g, _ := newResilient(script{ends(answer)})
		counted := 0
		for range 2 * outOf {
			if _, err := g.Charge(t.Context(), application.Charge{}, tries(3, &counted)); !errors.Is(err, answer) {
				t.Fatalf("charge ends with %v, want %v", err, answer)
			}
		}
	}
}

func TestBreakerClosesWhenMostProbesSucceed(t *testing.T) {
	for name, test := range map[string]struct {
		probes script
		closed bool
	}{
		"two of three":       {script{ends(ErrFailed), charges, charges}, true},
		"one of three":       {script{charges, ends(ErrFailed), ends(ErrFailed)}, false},
		"a panic keeps none": {script{panics, charges, charges}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, provider := newResilient(script{ends(ErrFailed)})
				open(t, g)
				<-time.After(openFor)
				provider.charges, provider.calls = test.probes, 0
				counted := 0
				for range probes {
					_, _ = g.Charge(t.Context(), application.Charge{}, tries(1, &counted)) // only what the breaker makes of it counts
				}
				if provider.calls != probes || g.breaker.IsClosed() != test.closed {
					t.Errorf("the breaker is %s after %d probes", g.breaker.State(), provider.calls)
				}
			})
		})
	}
}

func TestBreakerStateIsShown(t *testing.T) {
	var lines strings.Builder
	metrics := prometheus.NewRegistry()
	breaker := NewBreaker(slog.New(slog.NewTextHandler(&lines, nil)), metrics)
	for want, change := range map[float64]func(){2: breaker.Open, 1: breaker.HalfOpen, 0: breaker.Close} {
		change()
		expected := fmt.Sprintf(`
			# HELP payment_gateway_breaker_state State of the circuit breaker around the payment gateway: 0 closed, 1 half-open, 2 open.
			# TYPE payment_gateway_breaker_state gauge
			payment_gateway_breaker_state %v
			`, want)
		if err := testutil.GatherAndCompare(metrics, strings.NewReader(expected)); err != nil {
			t.Error(err)
		}
	}
	breaker.Open()
	if !strings.Contains(lines.String(), "to=open") {
		t.Errorf("no line says that the breaker opened: %s", lines.String())
	}
}

func TestCancelAndRefundTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		g := NewResilient(silent{}, patience, NewBreaker(quiet, prometheus.NewRegistry()), quiet)
		if _, err := g.Cancel(t.Context(), "k", "order-1"); err == nil {
			t.Error("cancel without an answer returned none")
		}
		if _, err := g.Refund(t.Context(), application.Refund{}); err == nil {
			t.Error("refund without an answer returned none")
		}
	})
}

// silent is a provider that never answers.
type silent struct{}

func (silent) Charge(ctx context.Context, _ application.Charge) (string, error) { return hangs(ctx) }

func (silent) Cancel(ctx context.Context, _ string, _ domain.OrderID) (string, error) {
	return hangs(ctx)
}

func (silent) Refund(ctx context.Context, _ application.Refund) (string, error) { return hangs(ctx) }
