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
	pool   *pgxpool.Pool
	group  *pgkit.Group[operation]
	encode outbox.Encoder
	wake   func() // tells the relay that the outbox has something new
}

var _ application.Orders = (*Orders)(nil)

// NewOrders returns the repository. It calls wake after each commit.
func NewOrders(pool *pgxpool.Pool, encode outbox.Encoder, wake func()) *Orders {
	r := &Orders{pool: pool, encode: encode, wake: wake}
	r.group = pgkit.NewGroup(pool, r.transact)
	return r
}

// Add implements application.Orders.
func (r *Orders) Add(ctx context.Context, o *domain.Order) error {
	id, err := uuid.Parse(string(o.Snapshot().ID))
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	if err := r.do(ctx, operation{ctx: ctx, id: id, add: o}); err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	return nil
}

// Update implements application.Orders.
func (r *Orders) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	key, err := uuid.Parse(string(id))
	if err != nil {
		return notFound(id)
	}
	return r.do(ctx, operation{ctx: ctx, id: key, change: change})
}

func (r *Orders) do(ctx context.Context, o operation) error {
	err := r.group.Do(ctx, o)
	if err == nil {
		r.wake()
	}
	return err
}

const selectOrder = `SELECT ` + columns + ` FROM orders WHERE id = $1`

// ByID implements application.Orders.
func (r *Orders) ByID(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	key, err := uuid.Parse(string(id))
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

func notFound(id domain.OrderID) error { return application.NoSuchOrder(id) }
