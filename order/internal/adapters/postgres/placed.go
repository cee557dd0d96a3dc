package postgres

import (
	"slices"

	"github.com/google/uuid"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

const (
	// mostPlaced is how many orders are remembered, those that were placed last.
	mostPlaced = 8192
	// mostLines is how many lines a remembered order has at most: there are few
	// others, and a memory full of them would be large.
	mostLines = 10
)

// placed remembers orders as this process has placed them. What it tells is never
// updated and only believed: it may have changed since, and whoever decides by it has
// that verified (expectPending).
type placed struct {
	orders *pgkit.Recent[uuid.UUID, *domain.Snapshot]
}

func newPlaced(most int) placed {
	return placed{pgkit.NewRecent[uuid.UUID, *domain.Snapshot](most)}
}

// learn remembers the orders that operations have added, which were committed just now.
func (p placed) learn(committed []*operation) {
	for _, op := range committed {
		if op.add != nil && (op.once == nil || op.once.order == op.add) { // it is no repetition
			p.remember(op.id, op.add.Snapshot())
		}
	}
}

func (p placed) remember(id uuid.UUID, s domain.Snapshot) {
	if len(s.Items) > mostLines {
		return
	}
	s.Items = slices.Clone(s.Items)
	p.orders.Remember(id, &s)
}

// get returns the order as it was placed, which nobody may change; nil: it isn't
// remembered.
func (p placed) get(id uuid.UUID) *domain.Snapshot {
	s, _ := p.orders.Get(id)
	return s
}

// forgetChanged forgets those orders of the operations that aren't as they were placed.
func (p placed) forgetChanged(operations []*operation, orders map[uuid.UUID]*domain.Order) {
	for _, op := range operations {
		if op.change == nil {
			continue
		}
		if o := orders[op.id]; o == nil || !isAsPlaced(o.Snapshot()) {
			p.orders.Forget(op.id)
		}
	}
}

// isAsPlaced is the condition of lockPending.
func isAsPlaced(s domain.Snapshot) bool { return s.Status == domain.Pending && s.RefundedAt.IsZero() }

// believe returns the orders that are to be changed, as they were placed. It is false
// when one of them isn't remembered. None is believed a second time: an operation that
// is run again may have been wrong.
func believe(operations []*operation) (map[uuid.UUID]*domain.Order, bool) {
	orders, all := map[uuid.UUID]*domain.Order{}, true
	for _, op := range operations {
		if op.change == nil {
			continue
		}
		if op.placed == nil {
			all = false
			continue
		}
		s := *op.placed
		s.Items = slices.Clone(s.Items)
		orders[op.id], op.placed = domain.Restore(s), nil
	}
	return orders, all
}

// Locked in the order of their ids, as by lockOrders. No status leads back to PENDING,
// so an order that is pending is as it was placed, unless a refund of it was recorded.
// The status is a parameter: with PENDING itself the plan could be to look at all
// orders that are pending.
const lockPending = `SELECT FROM orders WHERE id = ANY($1) AND status = $2 AND refunded_at IS NULL ORDER BY id FOR UPDATE`

// expectPending queues the locking of orders that have to be as they were placed.
func expectPending(tx *pgkit.Tx, orders map[uuid.UUID]*domain.Order) {
	if len(orders) == 0 {
		return
	}
	ids := make([]uuid.UUID, 0, len(orders))
	for id := range orders {
		ids = append(ids, id)
	}
	tx.ExpectRows(lockPending, ids, string(domain.Pending))
}
