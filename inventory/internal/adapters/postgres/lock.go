package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// All transactions lock reservations first and then products, both in ascending
// order, so that they wait for each other and never in a circle.
const lockReservations = `
SELECT ` + reservationColumns + ` FROM reservations WHERE order_id = ANY($1) ORDER BY order_id FOR UPDATE`

// The products that are asked for and those of the reservations, which are
// locked by then. One array, because the planner takes it for a few values and
// looks them up, where a join with jsonb_array_elements, which it takes for a
// thousand rows, makes it read the whole table.
const lockProducts = `
SELECT ` + productColumns + ` FROM products
WHERE product_id = ANY($1::text[] || ARRAY(
	SELECT line->>'product_id' FROM reservations, jsonb_array_elements(items) AS line WHERE order_id = ANY($2)))
ORDER BY product_id FOR UPDATE`

// lock returns the reservations and products of the operations, as far as they
// exist.
func lock(ctx context.Context, tx *pgkit.Tx, operations []*operation) (state, error) {
	var orders []domain.OrderID
	var products []domain.ProductID
	for _, op := range operations {
		orders = append(orders, op.id)
		products = append(products, op.products...)
	}
	locked := newState()
	tx.Queue(lockReservations, orders).Query(locked.readReservations)
	tx.Queue(lockProducts, products, orders).Query(locked.readProducts)
	if err := tx.Send(ctx); err != nil {
		return state{}, fmt.Errorf("lock reservations and products: %w", err)
	}
	return locked, nil
}

func (s state) readReservations(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reservationRow])
	if err != nil {
		return err
	}
	for _, row := range found {
		reservation, err := row.toSnapshot()
		if err != nil {
			return err
		}
		s.reservations[reservation.OrderID] = reservation
	}
	return nil
}

func (s state) readProducts(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[productRow])
	if err != nil {
		return err
	}
	for _, row := range found {
		product := row.toSnapshot()
		s.products[product.ID] = product
	}
	return nil
}
