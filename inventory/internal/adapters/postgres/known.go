package postgres

import (
	"slices"
	"time"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

const (
	// mostReserved is how many reservations are remembered, those that were made last.
	mostReserved = 8192
	// mostLines is how many lines a remembered reservation has at most: there are few
	// others, and a memory full of them would be large.
	mostLines = 10
	// mostProducts is how many products are remembered. One that is needed again costs a
	// look, so that the memory may as well begin anew.
	mostProducts = 10_000
	// doubtFor is how long nothing is believed after a transaction that believed has
	// failed, mostly because another replica, or a person, changes the same rows, and
	// will do so again.
	doubtFor = time.Second
)

// known is what reservations of this process have seen of the stock last. It is only
// believed: whoever decides by it has it verified (state.expect). Transactions use it one
// after the other.
type known struct {
	now        func() time.Time
	doubtUntil time.Time
	reserved   *pgkit.Recent[domain.OrderID, domain.ReservationSnapshot] // that were made here, and have not ended
	products   map[domain.ProductID]domain.ProductSnapshot
}

func newKnown(now func() time.Time) *known {
	return &known{
		now:      now,
		reserved: pgkit.NewRecent[domain.OrderID, domain.ReservationSnapshot](mostReserved),
		products: map[domain.ProductID]domain.ProductSnapshot{},
	}
}

// believe returns the state that the operations decide by, and whether all of it is
// known. An order whose event brings products is believed to be new, unless it is known.
// No operation is believed a second time: one that is run again may have been wrong.
func (k *known) believe(operations []*operation) (state, bool) {
	if slices.ContainsFunc(operations, func(op *operation) bool { return op.believed }) {
		clear(k.products) // one may be gone
		k.doubtUntil = k.now().Add(doubtFor)
		return state{}, false
	}
	if left := k.doubtUntil.Sub(k.now()); left > 0 && left <= doubtFor { // more after a clock was set back
		return state{}, false
	}
	believed := newState()
	for _, op := range operations {
		r, exists := k.reserved.Get(op.id)
		if exists {
			believed.reservations[op.id] = r
		} else if len(op.products) == 0 {
			return state{}, false
		}
		for _, id := range slices.Concat(op.products, domain.ProductsOf(r.Items)) {
			p, exists := k.products[id]
			if !exists {
				return state{}, false
			}
			believed.products[id] = p
		}
	}
	return believed, true
}

// learn takes over what a transaction has found and made, once it is committed.
func (k *known) learn(d *decision) {
	for _, id := range d.orders {
		was, is := d.before.reservations[id], d.after.reservations[id]
		switch {
		case is.Status != domain.Reserved:
			k.reserved.Forget(id)
		case was.Status == domain.None && len(is.Items) <= mostLines:
			k.reserved.Remember(id, is)
		}
	}
	for id, p := range d.after.products {
		if _, exists := k.products[id]; !exists && len(k.products) == mostProducts {
			clear(k.products)
		}
		k.products[id] = p
	}
}
