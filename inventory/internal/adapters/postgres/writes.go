package postgres

import (
	"fmt"
	"maps"
	"slices"

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
SELECT order_id, status, items::jsonb, created_at, updated_at FROM unnest($1::new_reservation[])`

func queueInserts(tx *pgkit.Tx, added []domain.ReservationSnapshot) error {
	if len(added) == 0 {
		return nil
	}
	rows := make([]reservationRow, len(added))
	for i, s := range added {
		var err error
		if rows[i], err = toReservationRow(s); err != nil {
			return fmt.Errorf("save reservation: %w", err)
		}
	}
	tx.InsertNew(insertReservations, pgkit.Rows(rows, reservationRow.write))
	return nil
}

func (r reservationRow) write(to *pgkit.Row) {
	to.Text(r.OrderID)
	to.Text(r.Status)
	to.Text(string(r.Items))
	to.Time(r.CreatedAt)
	to.Time(r.UpdatedAt)
}

const updateReservations = `
UPDATE reservations SET status = new.status, updated_at = new.updated_at
FROM unnest($1::reservation_change[]) AS new
WHERE reservations.order_id = new.order_id`

func queueUpdates(tx *pgkit.Tx, changed []domain.ReservationSnapshot) {
	if len(changed) > 0 {
		tx.Queue(updateReservations, pgkit.Rows(changed, writeChange))
	}
}

func writeChange(s domain.ReservationSnapshot, to *pgkit.Row) {
	to.Text(string(s.OrderID))
	to.Text(string(s.Status))
	to.Time(s.UpdatedAt)
}

const updateProducts = `
UPDATE products SET available = new.available, reserved = new.reserved, sold = new.sold, updated_at = new.updated_at
FROM unnest($1::product_change[]) AS new
WHERE products.product_id = new.product_id`

func queueStock(tx *pgkit.Tx, products []domain.ProductSnapshot) {
	if len(products) > 0 {
		tx.Queue(updateProducts, pgkit.Rows(products, writeStock))
	}
}

func writeStock(p domain.ProductSnapshot, to *pgkit.Row) {
	writeBelief(p, to)
	to.Time(p.UpdatedAt)
}

func writeBelief(p domain.ProductSnapshot, to *pgkit.Row) {
	to.Text(string(p.ID))
	to.Int(int64(p.Available))
	to.Int(int64(p.Reserved))
	to.Int(int64(p.Sold))
}
