package audit

import (
	"slices"
	"strings"
	"time"

	"orders.internal/shared-kernel/money"
)

// view is everything that the four services show of one order. What is absent
// is nil.
type view struct {
	id            string
	order         *order
	reservation   *reservation
	payment       *payment
	ledger        []entry
	notifications []notification
}

// movements are the amounts of the ledger's charges or refunds.
func (v view) movements(kind string) []money.Amount {
	var amounts []money.Amount
	for _, e := range v.ledger {
		if e.Kind == kind && e.Amount != nil {
			amounts = append(amounts, *e.Amount)
		}
	}
	return amounts
}

func (v view) charges() []money.Amount { return v.movements("charge") }
func (v view) refunds() []money.Amount { return v.movements("refund") }

// booked is when the ledger last changed, the zero time when it has nothing.
func (v view) booked() time.Time {
	var last time.Time
	for _, e := range v.ledger {
		last = latest(last, e.CreatedAt)
	}
	return last
}

func (v view) notification(eventType string) *notification {
	i := slices.IndexFunc(v.notifications, func(n notification) bool { return n.Type == eventType })
	if i < 0 {
		return nil
	}
	return &v.notifications[i]
}

// wasRequested reports whether anything shows that a payment was ever requested
// for the order, whether or not its row is still there.
func (v view) wasRequested() bool {
	return v.payment != nil && v.payment.Amount != nil ||
		v.order != nil && !v.order.RefundedAt.IsZero() ||
		len(v.ledger) > 0 ||
		slices.ContainsFunc(v.notifications, func(n notification) bool { return strings.HasPrefix(n.Type, "Payment") })
}

// status of the reservation, "" for none.
func (v view) reservationStatus() string {
	if v.reservation == nil {
		return ""
	}
	return v.reservation.Status
}

// status of the payment, "" for none.
func (v view) paymentStatus() string {
	if v.payment == nil {
		return ""
	}
	return v.payment.Status
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}
