package domain

import (
	"time"

	"orders.internal/shared-kernel/errs"
)

// RecordFailedAttempt counts a charge that was answered with a failure or timed
// out. A payment that has ended, or used up its attempts, counts no more of
// them: they are another worker's, woken after a pause.
func (p *Payment) RecordFailedAttempt(now time.Time) {
	if p.status != Pending || p.attempts >= MaxAttempts {
		return
	}
	p.attempts++
	p.postponed = 0
	p.updatedAt = now
}

// RecordCharge notes that an attempt succeeded. The charge of a cancelled order
// is due to be refunded. The error is errs.Contradiction: the gateway charged
// under a key that it had closed.
func (p *Payment) RecordCharge(transactionID string, now time.Time) error {
	return p.charged(transactionID, min(p.attempts+1, MaxAttempts), now)
}

// RecordAlreadyCharged is RecordCharge for what the gateway says when it is
// asked to cancel: one of the attempts whose answer was lost succeeded.
func (p *Payment) RecordAlreadyCharged(transactionID string, now time.Time) error {
	return p.charged(transactionID, max(p.attempts, 1), now)
}

func (p *Payment) charged(transactionID string, attempts int, now time.Time) error {
	if p.status.isCharged() {
		return nil
	}
	if !p.become(Processed, now) {
		return p.contradiction("charged it")
	}
	p.transactionID, p.attempts = transactionID, attempts
	p.events.Record(PaymentProcessed{
		OrderID: p.orderID, CustomerID: p.customerID, Amount: p.amount, TransactionID: transactionID, Attempts: attempts,
	})
	if p.cancelRequested {
		p.become(Refunding, now) // by the worker that holds it, so dueAt stays
	}
	return nil
}

// RecordDecline notes that the gateway refused the charge for good. The error
// is errs.Contradiction: the charge had been made.
func (p *Payment) RecordDecline(now time.Time) error {
	if p.status.isCharged() {
		return p.contradiction("declined it")
	}
	p.fail(Declined, min(p.attempts+1, MaxAttempts), now)
	return nil
}

// RecordCancelled notes that the gateway closed the key without a charge. The
// error is errs.Contradiction: the charge had been made.
func (p *Payment) RecordCancelled(now time.Time) error {
	switch {
	case p.status.isCharged():
		return p.contradiction("cancelled it")
	case p.cancelRequested:
		p.become(Voided, now)
	default:
		p.fail(AttemptsExhausted, p.attempts, now)
	}
	return nil
}

func (p *Payment) fail(reason FailureReason, attempts int, now time.Time) {
	if !p.become(Failed, now) {
		return
	}
	p.failureReason, p.attempts = reason, attempts
	p.events.Record(PaymentFailed{
		OrderID: p.orderID, CustomerID: p.customerID, Amount: p.amount, Reason: reason, Attempts: attempts,
	})
}

// RecordRefund notes that the charge was given back. The error is
// errs.Contradiction: no refund was due.
func (p *Payment) RecordRefund(refundID string, now time.Time) error {
	if p.status == Refunded {
		return nil
	}
	if !p.become(Refunded, now) {
		return p.contradiction("refunded it")
	}
	p.refundID = refundID
	p.events.Record(PaymentRefunded{
		OrderID: p.orderID, CustomerID: p.customerID, Amount: p.amount, RefundID: refundID,
	})
	return nil
}

// contradiction says that the gateway broke its contract. Somebody has to look.
func (p *Payment) contradiction(claim string) error {
	return errs.New(errs.Contradiction, "the payment of order %s is %s, but the gateway says it %s", p.orderID, p.status, claim)
}
