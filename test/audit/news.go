package audit

import (
	"time"

	"orders.internal/shared-kernel/contracts"
)

// What a person should do about notifications.
const (
	atTheNotifier = "the notification service keeps trying: look at its log and at the channel"
	missingNews   = "solve what else is wrong with the order first: until then the event can't be published again"
	falseNews     = "what was sent can't be taken back: tell the customer how things are"
)

// news holds what the customer was told against what happened. What nobody can
// tell without the payment is left to the report that it is missing.
func (e *examination) news() {
	o, p := e.order, e.payment
	e.told(contracts.TypeOrderConfirmed, o.Status == completed, o.UpdatedAt)
	e.told(contracts.TypeOrderCancelled, o.Status == cancelled, o.UpdatedAt)
	if p == nil {
		return
	}
	e.told(contracts.TypePaymentProcessed, p.isCharged(), p.settled())
	e.told(contracts.TypePaymentFailed, p.Status == failed, p.settled())
	e.told(contracts.TypePaymentRefunded, p.Status == refunded, p.settled())
}

// told checks the one notification of an event that happened at a time, or has
// not happened by then.
func (e *examination) told(eventType string, happened bool, at time.Time) {
	n := e.notification(eventType)
	switch {
	case happened && n == nil:
		e.since(at).lost(eventType, missingNews, "its customer was not told %s", eventType)
	case happened && n.DeliveredAt.IsZero():
		e.since(n.CreatedAt).wrong(atTheNotifier, "the notification of %s is not delivered", eventType)
	case !happened && n != nil:
		e.since(at, n.CreatedAt).wrong(falseNews, "its customer was told %s, which has not happened", eventType)
	}
}
