package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// openFor is how long an open breaker holds charges back.
const openFor = 2 * time.Second

// Gateway is the payment provider with the service's client before it: attempts,
// their timeouts and a breaker. Its books outlive the service's processes. It
// implements application.Gateway.
type Gateway struct {
	world     simkit.World
	books     books
	openUntil time.Time
}

var _ application.Gateway = (*Gateway)(nil)

// NewGateway returns a gateway that has never been asked, without the given
// protection.
func NewGateway(w simkit.World, missing simkit.Protection) *Gateway {
	return &Gateway{world: w, books: books{world: w, missing: missing}}
}

// The ways of one attempt to charge, and of the other calls.
var (
	chargeWays = []string{"charges", "declines", "answers with a failure", "charges, but its answer comes too late",
		"never gets the request", "gets the request later", "is held back by the breaker"}
	otherWays = []string{"answers", "never gets the request", "gets the request later"}
)

const (
	charges = iota
	declines
	fails
	chargesSilently
	getsNothing
	getsItLater
	isHeldBack
)

var (
	errFailed   = errors.New("the provider answered with a failure")
	errTimedOut = errors.New("the provider did not answer in time")
)

// Charge implements application.Gateway.
func (g *Gateway) Charge(ctx context.Context, c application.Charge, a application.Attempts) (string, error) {
	for range a.Left {
		transactionID, err := g.attempt(c)
		if !errors.Is(err, errFailed) && !errors.Is(err, errTimedOut) {
			return transactionID, err
		}
		if err := a.Failed(ctx); err != nil {
			return "", err
		}
	}
	return "", application.ErrAttemptsExhausted
}

func (g *Gateway) attempt(c application.Charge) (transactionID string, err error) {
	err = g.world.Call("charge", string(c.OrderID), func() error {
		if wait := g.openUntil.Sub(g.world.Now()); wait > 0 {
			return &application.HeldBackError{RetryAfter: wait}
		}
		charge := func() { transactionID, err = g.books.charge(c) }
		switch g.world.Choose("the provider", chargeWays) {
		case charges:
			charge()
			return err
		case declines:
			transactionID, err = g.books.decline(c)
			return err
		case fails:
			if _, closed := g.books.find(c.Key); closed {
				charge() // what was done under the key is what it answers
				return err
			}
			return errFailed
		case chargesSilently:
			_, _ = g.books.charge(c) // nobody learns what it came to
			return errTimedOut
		case getsItLater:
			g.world.Later("charge", string(c.OrderID), func() { _, _ = g.books.charge(c) })
			return errTimedOut
		case isHeldBack:
			g.openUntil = g.world.Now().Add(openFor)
			return &application.HeldBackError{RetryAfter: openFor}
		default:
			return errTimedOut
		}
	})
	return transactionID, err
}

// Cancel implements application.Gateway.
func (g *Gateway) Cancel(_ context.Context, key string, id domain.OrderID) (transactionID string, err error) {
	err = g.ask("cancel", id, func() error {
		transactionID = g.books.cancel(key, id)
		return nil
	})
	return transactionID, err
}

// Refund implements application.Gateway.
func (g *Gateway) Refund(_ context.Context, r application.Refund) (refundID string, err error) {
	err = g.ask("refund", r.OrderID, func() error {
		id, refused := g.books.refund(r)
		refundID = id
		return refused
	})
	return refundID, err
}

// ask makes a call that the provider doesn't refuse.
func (g *Gateway) ask(what string, id domain.OrderID, do func() error) error {
	return g.world.Call(what, string(id), func() error {
		switch g.world.Choose("the provider", otherWays) {
		case 0:
			return do()
		case 2:
			g.world.Later(what, string(id), func() { _ = do() })
		}
		return fmt.Errorf("%s: %w", what, errTimedOut)
	})
}
