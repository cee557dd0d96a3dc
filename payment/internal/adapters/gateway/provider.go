// Package gateway reaches the payment provider. Simulated is the provider;
// Resilient is the client that copes with what providers do: fail, time out, go
// away for a while.
package gateway

import (
	"context"
	"errors"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
)

// Provider is a payment provider's API: application.Gateway with one attempt a
// call.
type Provider interface {
	// Charge fails with application.ErrDeclined, application.ErrKeyCancelled or
	// ErrFailed; after any other error nothing is known.
	Charge(ctx context.Context, c application.Charge) (transactionID string, err error)
	// Cancel and Refund are those of application.Gateway.
	Cancel(ctx context.Context, key string, id domain.OrderID) (transactionID string, err error)
	Refund(ctx context.Context, r application.Refund) (refundID string, err error)
}

// ErrFailed is a provider's answer that it could not charge this time.
var ErrFailed = errors.New("the payment provider answered with a failure")
