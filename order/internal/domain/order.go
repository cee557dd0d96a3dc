// Package domain holds the order: what a customer asked for and how it ended.
package domain

import (
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// OrderID is a UUID in its canonical text form.
type OrderID string

// Item is one line of an order.
type Item struct {
	ProductID string
	Quantity  int
}

// Order is the aggregate. It begins PENDING and ends, once and for ever, as
// COMPLETED or CANCELLED; whichever transition out of PENDING comes first wins.
type Order struct {
	id            OrderID
	customerID    string
	items         []Item
	total         money.Amount
	paymentMethod string
	status        Status
	reason        CancellationReason
	refundedAt    time.Time
	createdAt     time.Time
	updatedAt     time.Time

	events   event.Recorder
	observed []Observation
}

// Place makes a new PENDING order. Its error is errs.Invalid and names every
// field of the placement that breaks a rule (see Placement.Check).
func Place(id OrderID, p Placement, now time.Time) (*Order, error) {
	if faults := p.Check(); len(faults) > 0 {
		return nil, errs.InvalidFields(faults...)
	}
	o := &Order{
		id:            id,
		customerID:    p.CustomerID,
		items:         p.Items,
		total:         p.Total,
		paymentMethod: p.paymentMethod(),
		status:        Pending,
		createdAt:     now,
		updatedAt:     now,
	}
	o.events.Record(OrderCreated{
		OrderID: id, CustomerID: o.customerID, Items: o.items, Total: o.total, PaymentMethod: o.paymentMethod,
	})
	return o, nil
}

// ID returns the order's id.
func (o *Order) ID() OrderID { return o.id }

// Confirm completes the order: it was paid for. It does nothing to one that has
// ended already; a payment for a cancelled order is refunded by whoever took it.
func (o *Order) Confirm(now time.Time) {
	if !o.become(Completed, now) {
		return
	}
	o.events.Record(OrderConfirmed{OrderID: o.id, CustomerID: o.customerID, Total: o.total})
}

// Cancel ends the order without a sale. It does nothing to one that has ended
// already.
func (o *Order) Cancel(reason CancellationReason, detail string, now time.Time) (cancelled bool) {
	if !o.become(Cancelled, now) {
		return false
	}
	o.reason = reason
	o.events.Record(OrderCancelled{OrderID: o.id, CustomerID: o.customerID, Reason: reason, Detail: detail})
	return true
}

// CancelByCustomer cancels at the customer's request. What is cancelled already
// stays as it is; what is complete can't be cancelled any more (errs.Conflict).
func (o *Order) CancelByCustomer(now time.Time) error {
	if o.status == Completed {
		return errs.New(errs.Conflict, "the order is complete and can't be cancelled any more")
	}
	o.Cancel(CustomerRequest, "", now)
	return nil
}

// RecordRefund notes that the customer got the charge back; the first time counts.
// The clocks of replicas differ: the order was not changed before it was changed
// before.
func (o *Order) RecordRefund(now time.Time) {
	if !o.refundedAt.IsZero() {
		return
	}
	o.refundedAt = now
	if now.After(o.updatedAt) {
		o.updatedAt = now
	}
}

// become reports whether the order could take the status, and takes it.
func (o *Order) become(next Status, now time.Time) bool {
	if !o.status.canBecome(next) {
		return false
	}
	o.status = next
	o.updatedAt = now
	return true
}

// BelongsTo reports whether the customer may see and cancel the order. The empty
// customer stands for whoever may see all.
func (o *Order) BelongsTo(customer string) bool { return customer == "" || customer == o.customerID }

// Observe adds a line to the order's timeline: an event of another service.
func (o *Order) Observe(seen Observation) { o.observed = append(o.observed, seen) }

// Recorded returns the events since the order was placed or restored.
func (o *Order) Recorded() []event.Event { return o.events.Recorded() }

// Observed returns the observations since the order was placed or restored.
func (o *Order) Observed() []Observation { return o.observed }

// Observation is an event of another service that concerns the order.
type Observation struct {
	EventID     string
	Type        string
	Source      string    // the publisher, "/payment"
	CausationID string    // the event that it followed from
	OccurredAt  time.Time // by the publisher's clock
	Attempts    int       // that it took; 0: the event doesn't say
}
