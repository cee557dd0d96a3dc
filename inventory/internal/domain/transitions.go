package domain

import "orders.internal/shared-kernel/errs"

// Status is where a reservation stands.
type Status string

// The states. Rejected, Committed and Released are final.
const (
	None      Status = ""          // nothing has arrived for the order yet
	Reserved  Status = "RESERVED"  // set aside until the order is decided
	Rejected  Status = "REJECTED"  // something was short, nothing is set aside
	Committed Status = "COMMITTED" // sold
	Released  Status = "RELEASED"  // given back, or cancelled before it was asked for
)

// trigger is what can happen to a reservation's order.
type trigger string

const (
	created   trigger = "created"
	confirmed trigger = "confirmed"
	cancelled trigger = "cancelled"
)

type verdict int

const (
	ignore   verdict = iota // a duplicate, or late news: nothing changes
	proceed                 // the state changes
	conflict                // can't follow from this order's history
)

// transitions says what each trigger does in each state; pairs that are not
// listed are ignored. Events of one order arrive in any order and more than
// once, so this table is also what makes handling them idempotent.
var transitions = map[Status]map[trigger]verdict{
	None:      {created: proceed, cancelled: proceed, confirmed: conflict},
	Reserved:  {cancelled: proceed, confirmed: proceed},
	Rejected:  {confirmed: conflict},
	Committed: {cancelled: conflict},
	Released:  {confirmed: conflict},
}

// admits reports whether the trigger changes the reservation. It returns
// errs.Contradiction when the trigger can only come from a restored backup or
// a foreign publisher.
func (r *Reservation) admits(t trigger) (bool, error) {
	switch transitions[r.status][t] {
	case proceed:
		return true, nil
	case conflict:
		held := "no reservation"
		if r.status != None {
			held = "a reservation that is " + string(r.status)
		}
		return false, errs.New(errs.Contradiction, "order %q was %s but has %s", r.orderID, t, held)
	default:
		return false, nil
	}
}
