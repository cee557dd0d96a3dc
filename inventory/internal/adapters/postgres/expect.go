package postgres

import (
	"maps"
	"slices"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// Locked in the order of lockReservations and lockProducts. A condition of the UPDATE
// instead would be a statement less, but in a small table the planner lets it lock in
// whatever order the rows lie.

// What is reserved has the items that it was made with: no status leads back to it. The
// status is a parameter, so that the plan is not to look at all that is reserved.
const lockReserved = `SELECT FROM reservations WHERE order_id = ANY($1) AND status = $2 ORDER BY order_id FOR UPDATE`

const lockStock = `
SELECT FROM products JOIN unnest($1::product_belief[]) AS believed ON products.product_id = believed.product_id
WHERE products.available = believed.available AND products.reserved = believed.reserved AND products.sold = believed.sold
ORDER BY products.product_id FOR UPDATE OF products`

// expect queues the locking of what has to be as it is believed to be.
func (s state) expect(tx *pgkit.Tx) {
	if len(s.reservations) > 0 {
		var ids []string
		for id := range s.reservations {
			ids = append(ids, string(id))
		}
		tx.ExpectRows(lockReserved, ids, string(domain.Reserved))
	}
	tx.ExpectRows(lockStock, pgkit.Rows(slices.Collect(maps.Values(s.products)), writeBelief))
}
