// Package postgres keeps reservations and stock in PostgreSQL. A reservation,
// the products it touches and its events change in one transaction, which
// concurrent calls share.
package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// Reservations implements application.Reservations.
type Reservations struct {
	pool    *pgxpool.Pool
	group   *pgkit.Group[*operation]
	encode  outbox.Encoder
	known   *known
	decided *decision // by the transaction under way
}

var _ application.Reservations = (*Reservations)(nil)

// NewReservations returns the repository. It hands over what each commit has put
// into the outbox.
func NewReservations(pool *pgxpool.Pool, encode outbox.Encoder, now func() time.Time, hand func([]outbox.Message),
	options ...pgkit.GroupOption) *Reservations {
	r := &Reservations{pool: pool, encode: encode, known: newKnown(now)}
	r.group = pgkit.NewGroup(pool, r.transact, options...)
	r.group.KeyedBy(func(op *operation) any { return op.id })
	handAll := outbox.HandAll(hand, func(op *operation) []outbox.Message { return op.messages })
	r.group.OnCommit(func(committed []*operation) {
		r.known.learn(r.decided)
		r.decided = nil
		handAll(committed)
	})
	return r
}

// Update implements application.Reservations.
func (r *Reservations) Update(ctx context.Context, id domain.OrderID, products []domain.ProductID,
	change func(*domain.Reservation, domain.Shelf) error) error {
	return r.group.Do(ctx, &operation{ctx: ctx, id: id, products: products, change: change})
}
