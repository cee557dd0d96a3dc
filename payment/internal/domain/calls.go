package domain

import "time"

// Call is a call to the payment gateway.
type Call string

// The calls.
const (
	NoCall     Call = ""
	ChargeCall Call = "charge"
	CancelCall Call = "cancel" // settles whether there was a charge, and rules out a later one
	RefundCall Call = "refund"
)

// NextCall returns the call that brings the payment on. No payment ends on a
// guess: a charge that is given up, or that nobody wants any more, is cancelled
// at the gateway, because one that timed out may have been made, or may yet be.
func (p *Payment) NextCall() Call {
	switch {
	case p.status == Pending && (p.cancelRequested || p.attempts >= MaxAttempts):
		return CancelCall
	case p.status == Pending:
		return ChargeCall
	case p.status == Refunding:
		return RefundCall
	}
	return NoCall
}

// AttemptsLeft returns how often the charge may still be tried.
func (p *Payment) AttemptsLeft() int { return MaxAttempts - p.attempts }

// ChargeKey is the idempotency key of the charge: the gateway charges once for
// it, however often it is asked. Cancel closes the same key.
func (p *Payment) ChargeKey() string { return "charge:" + string(p.orderID) }

// RefundKey is the idempotency key of the refund.
func (p *Payment) RefundKey() string { return "refund:" + string(p.orderID) }

// The pauses after calls that could not be made or got no answer.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	doublings  = 6 // 100 ms doubled six times is past the last pause
)

// Postpone puts off a call that could not be made, or that got no answer: for
// longer each time in a row, and for atLeast. It does nothing when another call
// has become due meanwhile.
func (p *Payment) Postpone(call Call, atLeast time.Duration, now time.Time) {
	if call == NoCall || p.NextCall() != call {
		return
	}
	pause := min(firstPause<<min(p.postponed, doublings), lastPause)
	p.postponed++
	p.dueAt = now.Add(max(pause, atLeast))
	p.updatedAt = now
}

// DueAt returns when a worker may claim the payment to make its next call, and
// the zero time when there is none to make.
func (p *Payment) DueAt() time.Time {
	if p.NextCall() == NoCall {
		return time.Time{}
	}
	return p.dueAt
}
