package gateway

import (
	"errors"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/payment/internal/application"
)

// When the breaker stops charges, and for how long.
const (
	openAfter  = 10 // failures among the last
	outOf      = 20 // calls
	openFor    = 2 * time.Second
	probes     = 3 // calls that are let through then
	goodProbes = 2 // of them that close it: a provider may well fail one in five for ever
)

// NewBreaker returns the breaker that spares a provider in trouble. It logs each
// change of its state, and shows the state as a metric.
func NewBreaker(log *slog.Logger, metrics prometheus.Registerer) circuitbreaker.CircuitBreaker[string] {
	breaker := circuitbreaker.NewBuilder[string]().
		HandleIf(func(_ string, err error) bool { return isTrouble(err) }).
		WithFailureThresholdRatio(openAfter, outOf).
		WithSuccessThresholdRatio(goodProbes, probes).
		WithDelay(openFor).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			log.WarnContext(e.Context(), "payment gateway breaker changed", "from", e.OldState.String(), "to", e.NewState.String())
		}).
		Build()
	metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "payment_gateway_breaker_state",
		Help: "State of the circuit breaker around the payment gateway: 0 closed, 1 half-open, 2 open.",
	}, func() float64 { return stateValues[breaker.State()] }))
	return breaker
}

var stateValues = map[circuitbreaker.State]float64{
	circuitbreaker.ClosedState:   0,
	circuitbreaker.HalfOpenState: 1,
	circuitbreaker.OpenState:     2,
}

// isTrouble reports whether a call's end speaks against the provider. A decline
// and a cancelled key are answers of one that works.
func isTrouble(err error) bool {
	return err != nil && !errors.Is(err, application.ErrDeclined) && !errors.Is(err, application.ErrKeyCancelled)
}
