package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// save writes what became of the locked state, and the events, in one round trip
// with one statement a table and kind. The insert comes first and in the order of
// the ids: it is the only one that may wait for another transaction.
func save(ctx context.Context, tx pgx.Tx, before, after state, messages []outbox.Message) error {
	var added, changed []domain.ReservationSnapshot
	for _, id := range slices.Sorted(maps.Keys(after.reservations)) {
		switch was, is := before.reservations[id], after.reservations[id]; was.Status {
		case domain.None:
			added = append(added, is)
		case is.Status:
		default:
			changed = append(changed, is)
		}
	}
	var stock []domain.ProductSnapshot
	for id, is := range after.products {
		if is != before.products[id] {
			stock = append(stock, is)
		}
	}
	statements := &pgx.Batch{}
	if err := queueInserts(statements, added); err != nil {
		return err
	}
	queueUpdates(statements, changed)
	queueStock(statements, stock)
	outbox.Queue(statements, messages)
	if statements.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, statements).Close(); err != nil {
		return fmt.Errorf("save reservations: %w", err)
	}
	return nil
}

const insertReservations = `
INSERT INTO reservations (` + reservationColumns + `)
SELECT order_id, status, items::jsonb, created_at, updated_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
	AS new (order_id, status, items, created_at, updated_at)
ON CONFLICT DO NOTHING`

func queueInserts(statements *pgx.Batch, added []domain.ReservationSnapshot) error {
	if len(added) == 0 {
		return nil
	}
	var (
		ids, statuses, items []string
		created, updated     []time.Time
	)
	for _, s := range added {
		row, err := toReservationRow(s)
		if err != nil {
			return fmt.Errorf("save reservation: %w", err)
		}
		ids = append(ids, row.OrderID)
		statuses = append(statuses, row.Status)
		items = append(items, string(row.Items))
		created = append(created, row.CreatedAt)
		updated = append(updated, row.UpdatedAt)
	}
	statements.Queue(insertReservations, ids, statuses, items, created, updated).Exec(func(inserted pgconn.CommandTag) error {
		if inserted.RowsAffected() < int64(len(added)) {
			return pgkit.ErrRetry // another event of one of the orders came first
		}
		return nil
	})
	return nil
}

const updateReservations = `
UPDATE reservations SET status = new.status, updated_at = new.updated_at
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS new (order_id, status, updated_at)
WHERE reservations.order_id = new.order_id`

func queueUpdates(statements *pgx.Batch, changed []domain.ReservationSnapshot) {
	if len(changed) == 0 {
		return
	}
	var (
		ids, statuses []string
		updated       []time.Time
	)
	for _, s := range changed {
		ids = append(ids, string(s.OrderID))
		statuses = append(statuses, string(s.Status))
		updated = append(updated, s.UpdatedAt)
	}
	statements.Queue(updateReservations, ids, statuses, updated)
}

const updateProducts = `
UPDATE products SET available = new.available, reserved = new.reserved, sold = new.sold, updated_at = new.updated_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
	AS new (product_id, available, reserved, sold, updated_at)
WHERE products.product_id = new.product_id`

func queueStock(statements *pgx.Batch, products []domain.ProductSnapshot) {
	if len(products) == 0 {
		return
	}
	var (
		ids                       []string
		available, reserved, sold []int
		updated                   []time.Time
	)
	for _, p := range products {
		ids = append(ids, string(p.ID))
		available = append(available, p.Available)
		reserved = append(reserved, p.Reserved)
		sold = append(sold, p.Sold)
		updated = append(updated, p.UpdatedAt)
	}
	statements.Queue(updateProducts, ids, available, reserved, sold, updated)
}
