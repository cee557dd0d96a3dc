package postgres

import "orders.internal/payment/internal/domain"

// applyToKnown does the operations on what their callers know, and reports whether
// that may be saved: when each has changed a payment of its own. What a change leaves
// as it was, or fails for, would not be compared with what is stored.
//
// Callers are believed once. An operation that is run again may have been wrong.
func (r *Payments) applyToKnown(operations []*operation) (*writes, bool) {
	w := newWrites(map[domain.OrderID]domain.Snapshot{})
	believed := 0
	for _, op := range operations {
		if op.known == nil {
			continue
		}
		believed++
		if op.known.Status != domain.None {
			w.found[op.id] = *op.known
		}
		op.known = nil
	}
	if believed < len(operations) {
		return nil, false
	}
	for i, op := range operations {
		var err error
		if op.effect, err = r.apply(w, op); err != nil || len(w.changed) == i {
			return nil, false
		}
	}
	return w, true
}
