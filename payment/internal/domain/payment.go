// Package domain holds the payment: what an order's customer owes, and how it
// is taken or given back without ever being taken twice.
package domain

import (
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// OrderID is the id of the order that is paid for, an opaque text. There is one
// payment an order, so it is the payment's id too.
type OrderID string

// MaxAttempts is how often a charge is tried before it is given up.
const MaxAttempts = 3

// FailureReason says why a payment failed.
type FailureReason string

// The reasons.
const (
	Declined          FailureReason = "DECLINED"       // the gateway's own, final word
	AttemptsExhausted FailureReason = "PAYMENT_FAILED" // MaxAttempts attempts failed
)

// Payment is the aggregate. Events about its order and answers of the gateway
// reach it in any order and any number of times; each method says what it does
// then, and does nothing where nothing is left to do.
type Payment struct {
	orderID         OrderID
	customerID      string
	amount          money.Amount
	method          string
	status          Status
	cancelRequested bool
	claimed         bool
	attempts        int
	postponed       int
	transactionID   string
	refundID        string
	failureReason   FailureReason
	dueAt           time.Time
	createdAt       time.Time
	updatedAt       time.Time

	events event.Recorder
}

// New returns the payment of an order of which nothing is known yet.
func New(id OrderID) *Payment { return &Payment{orderID: id} }

// Request states the intent to charge the order's customer, due at once. It
// does nothing when the payment exists already, in particular when the order
// was cancelled first. The error is errs.Invalid: an amount that is not positive.
func (p *Payment) Request(customerID string, amount money.Amount, method string, now time.Time) error {
	if p.status != None {
		return nil
	}
	if amount <= 0 {
		return errs.InvalidFields(errs.Field{Name: "amount", Detail: "must be greater than 0"})
	}
	p.become(Pending, now)
	p.customerID, p.amount, p.method = customerID, amount, method
	p.dueAt = now
	return nil
}

// Claim gives the payment to a worker from its request on, until the given time:
// as if the worker had found it due, a charge may have been sent.
func (p *Payment) Claim(until time.Time) { p.claimed, p.dueAt = true, until }

// Cancel says that the order was cancelled. What was never claimed by a worker
// can't have been charged and is voided; where a charge may have been sent, the
// gateway has to be asked; what was charged has to be refunded.
func (p *Payment) Cancel(now time.Time) {
	switch {
	case p.status == None, p.status == Pending && !p.claimed:
		p.become(Voided, now)
	case p.status == Pending && !p.cancelRequested:
		// Due at once, whatever the charge is waiting for.
		p.cancelRequested = true
		p.dueAt, p.postponed, p.updatedAt = now, 0, now
	case p.status == Processed:
		p.cancelRequested = true
		p.become(Refunding, now)
		p.dueAt = now
	}
}

// become takes the status, and reports whether the table allows it.
func (p *Payment) become(next Status, now time.Time) bool {
	if !p.status.canBecome(next) {
		return false
	}
	if p.status == None {
		p.createdAt = now
	}
	p.status, p.postponed, p.updatedAt = next, 0, now
	return true
}

// BelongsTo reports whether the customer may see the payment. The empty customer
// stands for whoever may see all. A tombstone belongs to nobody: its order was
// cancelled before its customer was known here.
func (p *Payment) BelongsTo(customer string) bool { return customer == "" || customer == p.customerID }

// OrderID returns the id of the order that is paid for.
func (p *Payment) OrderID() OrderID { return p.orderID }

// Status returns where the payment stands.
func (p *Payment) Status() Status { return p.status }

// Recorded returns the events since the payment was made or restored.
func (p *Payment) Recorded() []event.Event { return p.events.Recorded() }
