package postgres

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// save queues what became of the locked state, and the events, with one statement a
// table and kind. The insert comes first and in the order of the ids: it is the only
// one that may wait for another transaction.
func save(tx *pgkit.Tx, before, after state, messages []outbox.Message) error {
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
	if err := queueInserts(tx, added); err != nil {
		return err
	}
	queueUpdates(tx, changed)
	queueStock(tx, stock)
	outbox.Queue(tx, messages)
	return nil
}

const insertReservations = `
INSERT INTO reservations (` + reservationColumns + `)
SELECT order_id, status, items::jsonb, created_at, updated_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
	AS new (order_id, status, items, created_at, updated_at)`

func queueInserts(tx *pgkit.Tx, added []domain.ReservationSnapshot) error {
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
	tx.InsertNew(insertReservations, ids, statuses, items, created, updated)
	return nil
}

const updateReservations = `
UPDATE reservations SET status = new.status, updated_at = new.updated_at
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS new (order_id, status, updated_at)
WHERE reservations.order_id = new.order_id`

func queueUpdates(tx *pgkit.Tx, changed []domain.ReservationSnapshot) {
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
	tx.Queue(updateReservations, ids, statuses, updated)
}

const updateProducts = `
UPDATE products SET available = new.available, reserved = new.reserved, sold = new.sold, updated_at = new.updated_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
	AS new (product_id, available, reserved, sold, updated_at)
WHERE products.product_id = new.product_id`

func queueStock(tx *pgkit.Tx, products []domain.ProductSnapshot) {
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
	tx.Queue(updateProducts, ids, available, reserved, sold, updated)
}
