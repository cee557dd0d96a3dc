package application

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// PlaceOrder takes a customer's order and begins its saga.
type PlaceOrder struct {
	orders  Orders
	backlog Backlog
	pace    *Pace
	placing atomic.Int64 // orders
	took    atomic.Int64 // nanoseconds, by the last of them
	newID   func() domain.OrderID
	now     func() time.Time
}

// NewPlaceOrder returns the use case.
func NewPlaceOrder(orders Orders, backlog Backlog, pace *Pace, newID func() domain.OrderID, now func() time.Time) *PlaceOrder {
	return &PlaceOrder{orders: orders, backlog: backlog, pace: pace, newID: newID, now: now}
}

const (
	// mostPlacing is how many orders may be on their way to the store at once. Those
	// that come after so many would wait for long, and are better told at once.
	mostPlacing = 1024
	// manyPlacing is how many may be while they take longer than slowPlacing: more than
	// one transaction takes would be longer on their way, and no more of them saved.
	manyPlacing = 256
	slowPlacing = 200 * time.Millisecond
)

var (
	errBacklog = errs.New(errs.Overloaded, "too many orders wait for the message broker")
	// errTooSlow refuses an order at the saga's pace.
	errTooSlow = errs.New(errs.Overloaded, "too many orders are on their way: they end more slowly than new ones come")
)

// RefuseUnread fails with errs.Overloaded when the outbox is full or the saga's pace takes no
// order at the moment, whatever it is. Only a request that can't have been taken before may be
// refused like that; by the pace, it counts as an order.
func (uc *PlaceOrder) RefuseUnread() error {
	switch {
	case uc.backlog.Full():
		return errBacklog
	case uc.pace.Full():
		return uc.refuse(errTooSlow)
	}
	return nil
}

// Do saves the order, durably, before it returns it. It fails with errs.Invalid
// when the placement breaks a rule, with errs.Unavailable when the store is
// away, and with errs.Overloaded when so many orders are being dealt with that one
// more would wait for too long.
func (uc *PlaceOrder) Do(ctx context.Context, p domain.Placement) (*domain.Order, error) {
	order, err := domain.Place(uc.newID(), p, uc.now())
	if err != nil {
		return nil, err
	}
	if err := uc.begin(); err != nil {
		return nil, uc.refuse(err)
	}
	defer uc.end(uc.now())
	if err := uc.orders.Add(ctx, order); err != nil {
		return nil, err
	}
	return order, nil
}

// DoOnce is Do for a request with an idempotency key. When the key's order was
// placed before, that one is returned as it is now, and replayed says so; no
// overload keeps it from that. What fails uses no key up. It fails with ErrKeyReused
// when the key stands for another placement.
func (uc *PlaceOrder) DoOnce(ctx context.Context, p domain.Placement, key IdempotencyKey) (placed *domain.Order, replayed bool, err error) {
	order, err := domain.Place(uc.newID(), p, uc.now())
	if err != nil {
		return nil, false, err
	}
	key.Request = fingerprint(p)
	if err := uc.begin(); err != nil {
		return uc.replay(ctx, key, err)
	}
	defer uc.end(uc.now())
	placed, err = uc.orders.AddOnce(ctx, order, key)
	replayed = err == nil && placed.ID() != order.ID()
	if replayed || errors.Is(err, ErrKeyReused) {
		uc.pace.NotTaken()
	}
	return placed, replayed, err
}

// replay returns the order that was placed under the key before. Where there is
// none, it would be a new one, for which the refusal stands.
func (uc *PlaceOrder) replay(ctx context.Context, key IdempotencyKey, refusal error) (placed *domain.Order, replayed bool, err error) {
	placed, err = uc.orders.PlacedUnder(ctx, key)
	if errs.Is(err, errs.NotFound) {
		err = uc.refuse(refusal)
	}
	return placed, err == nil, err
}

// refuse tells the pace of a refusal that is its own.
func (uc *PlaceOrder) refuse(refusal error) error {
	if errors.Is(refusal, errTooSlow) {
		uc.pace.Refused()
	}
	return refusal
}

// begin counts one more order as being placed, if it may be taken.
func (uc *PlaceOrder) begin() (refusal error) {
	placing := uc.placing.Add(1)
	switch {
	case uc.backlog.Full():
		refusal = errBacklog
	case placing > mostPlacing, placing > manyPlacing && time.Duration(uc.took.Load()) > slowPlacing:
		refusal = errs.New(errs.Overloaded, "too many orders are being placed")
	case !uc.pace.Admit():
		refusal = errTooSlow
	}
	if refusal != nil {
		uc.placing.Add(-1)
	}
	return refusal
}

// end counts an order that has been placed, or has failed to be, since it began.
func (uc *PlaceOrder) end(begun time.Time) {
	uc.placing.Add(-1)
	uc.took.Store(int64(uc.now().Sub(begun)))
}
