// Package postgres keeps notifications in PostgreSQL. Concurrent calls share
// transactions.
package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit"
)

// Notifications implements application.Notifications.
type Notifications struct {
	pool  *pgxpool.Pool
	group *pgkit.Group[*operation]
	wake  func() // tells the worker that something is due
}

var _ application.Notifications = (*Notifications)(nil)

// NewNotifications returns the repository. It calls wake when notifications
// were added that are due.
func NewNotifications(pool *pgxpool.Pool, wake func(), options ...pgkit.GroupOption) *Notifications {
	group := pgkit.NewGroup(pool, transact, options...)
	group.KeyedBy(func(op *operation) any { return op.key })
	return &Notifications{pool: pool, group: group, wake: wake}
}

// Add implements application.Notifications.
func (r *Notifications) Add(ctx context.Context, n *domain.Notification) (added bool, err error) {
	op := &operation{key: n.Key(), add: newStored(n.Snapshot(), event.OriginOf(ctx))}
	if err := r.group.DoSoon(ctx, op); err != nil {
		return false, fmt.Errorf("add notification: %w", err)
	}
	if op.added && op.add.NextAttemptAt.Equal(op.add.CreatedAt) {
		r.wake()
	}
	return op.added, nil
}

// Update implements application.Notifications.
func (r *Notifications) Update(ctx context.Context, known *domain.Notification, change func(*domain.Notification)) error {
	state := known.Snapshot()
	return r.group.Do(ctx, &operation{key: known.Key(), known: &state, change: change})
}
