// Package postgres keeps orders in PostgreSQL: an order's state, its events and
// its timeline change in one transaction, which concurrent calls share.
package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// Orders implements application.Orders.
type Orders struct {
	pool    *pgxpool.Pool
	group   *pgkit.Group[*operation]
	lookups *pgkit.Group[*lookup]
	placed  placed
	encode  outbox.Encoder
}

var _ application.Orders = (*Orders)(nil)

// NewOrders returns the repository. It hands over what each commit has put into
// the outbox.
func NewOrders(pool *pgxpool.Pool, encode outbox.Encoder, hand func([]outbox.Message), options ...pgkit.GroupOption) *Orders {
	r := &Orders{pool: pool, placed: newPlaced(mostPlaced), encode: encode}
	r.group = pgkit.NewGroup(pool, r.transact, options...)
	r.group.KeyedBy((*operation).retriedAs)
	handAll := outbox.HandAll(hand, func(op *operation) []outbox.Message { return op.messages })
	r.group.OnCommit(func(committed []*operation) {
		r.placed.learn(committed) // before anybody hears of the orders
		handAll(committed)
	})
	r.lookups = pgkit.NewGroup(pool, lookUp, options...)
	return r
}

// Add implements application.Orders.
func (r *Orders) Add(ctx context.Context, o *domain.Order) error {
	id, err := parseID(o.Snapshot().ID)
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	if err := r.group.Do(ctx, &operation{ctx: ctx, id: id, add: o}); err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	return nil
}

// Update implements application.Orders.
func (r *Orders) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return r.update(ctx, id, change, r.group.Do)
}

// UpdateSoon implements application.Orders.
func (r *Orders) UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return r.update(ctx, id, change, r.group.DoSoon)
}

func (r *Orders) update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error, do func(context.Context, *operation) error) error {
	key, err := parseID(id)
	if err != nil {
		return notFound(id)
	}
	return do(ctx, &operation{ctx: ctx, id: key, change: change, placed: r.placed.get(key)})
}

const selectOrder = `SELECT ` + columns + ` FROM orders WHERE id = $1`

// ByID implements application.Orders.
func (r *Orders) ByID(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	key, err := parseID(id)
	if err != nil {
		return nil, notFound(id)
	}
	rows, err := r.pool.Query(ctx, selectOrder, key)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read order: %w", err))
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[row])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(id)
	}
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read order: %w", err))
	}
	return found.toDomain()
}

// parseID takes the canonical text form only. uuid.Parse takes others, too, and
// the other services, which keep ids as text, would tell them apart.
func parseID(id domain.OrderID) (uuid.UUID, error) {
	parsed, err := uuid.Parse(string(id))
	if err == nil && parsed.String() != string(id) {
		err = fmt.Errorf("%q is not the canonical form of a UUID", id)
	}
	return parsed, err
}

func notFound(id domain.OrderID) error { return application.NoSuchOrder(id) }
