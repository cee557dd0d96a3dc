package gateway

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/application"
)

func TestGateway(t *testing.T) {
	porttest.RunGateway(t, func(t *testing.T) application.Gateway {
		return NewResilient(newSimulated(t, lucky), patience, NewBreaker(slog.New(slog.DiscardHandler), prometheus.NewRegistry()),
			slog.New(slog.DiscardHandler))
	})
}
