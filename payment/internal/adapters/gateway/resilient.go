package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
)

// Between the attempts of one charge; a quarter more or less, at random, so that
// charges that failed together don't come back together.
const (
	firstBackoff  = 100 * time.Millisecond
	lastBackoff   = 500 * time.Millisecond
	backoffJitter = 0.25
)

// Resilient implements application.Gateway over a provider that can't be relied
// on: a charge is retried, each attempt through the breaker, with a timeout.
//
// Cancel and Refund have the timeout only. They are what makes a cancelled order
// safe, so charges that fail must not keep them from being tried; there are few
// of them; and their callers postpone them for longer each time anyway.
type Resilient struct {
	provider Provider
	breaker  circuitbreaker.CircuitBreaker[string]
	attempt  failsafe.Executor[string] // breaker and timeout
	limit    failsafe.Executor[string] // timeout alone
	log      *slog.Logger
}

var _ application.Gateway = (*Resilient)(nil)

// NewResilient returns a gateway that waits for each answer of the provider for
// patience at most.
func NewResilient(p Provider, patience time.Duration, breaker circuitbreaker.CircuitBreaker[string], log *slog.Logger) *Resilient {
	limit := timeout.New[string](patience)
	return &Resilient{
		provider: p,
		breaker:  breaker,
		attempt:  failsafe.With[string](breaker, limit),
		limit:    failsafe.With[string](limit),
		log:      log,
	}
}

// Charge implements application.Gateway.
func (g *Resilient) Charge(ctx context.Context, c application.Charge, a application.Attempts) (string, error) {
	transactionID, err := failsafe.With[string](retry(a.Left)).WithContext(ctx).Get(func() (string, error) {
		transactionID, err := g.run(ctx, g.attempt, func(ctx context.Context) (string, error) {
			return g.provider.Charge(ctx, c)
		})
		if !isFailedAttempt(err) {
			return transactionID, err
		}
		g.log.InfoContext(ctx, "attempt to charge failed", "order_id", c.OrderID, "error", err)
		if uncounted := a.Failed(ctx); uncounted != nil {
			return "", uncounted
		}
		return "", err
	})
	switch {
	case errors.Is(err, retrypolicy.ErrExceeded):
		return "", application.ErrAttemptsExhausted
	case errors.Is(err, circuitbreaker.ErrOpen):
		return "", &application.HeldBackError{RetryAfter: g.breaker.RemainingDelay()}
	}
	return transactionID, err
}

// retry handles failed attempts alone. Everything else ends the charge: a final
// answer, an open breaker, a provider that can't be reached, the caller's end.
func retry(attempts int) retrypolicy.RetryPolicy[string] {
	return retrypolicy.NewBuilder[string]().
		HandleErrors(failedAttempts...).
		WithMaxAttempts(attempts).
		WithBackoff(firstBackoff, lastBackoff).
		WithJitterFactor(backoffJitter).
		Build()
}

var (
	errPanic       = errors.New("panic in the payment provider's client")
	failedAttempts = []error{ErrFailed, timeout.ErrExceeded, errPanic}
)

func isFailedAttempt(err error) bool {
	for _, failed := range failedAttempts {
		if errors.Is(err, failed) {
			return true
		}
	}
	return false
}

// Cancel implements application.Gateway.
func (g *Resilient) Cancel(ctx context.Context, key string, id domain.OrderID) (string, error) {
	return g.run(ctx, g.limit, func(ctx context.Context) (string, error) { return g.provider.Cancel(ctx, key, id) })
}

// Refund implements application.Gateway.
func (g *Resilient) Refund(ctx context.Context, r application.Refund) (string, error) {
	return g.run(ctx, g.limit, func(ctx context.Context) (string, error) { return g.provider.Refund(ctx, r) })
}

// run makes a call under the policies. A panic becomes an error inside them: it
// would take a half-open breaker's permit with it for good.
func (g *Resilient) run(ctx context.Context, policies failsafe.Executor[string], call func(context.Context) (string, error)) (string, error) {
	return policies.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[string]) (id string, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				g.log.ErrorContext(ctx, errPanic.Error(), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
				err = errPanic
			}
		}()
		return call(e.Context())
	})
}
