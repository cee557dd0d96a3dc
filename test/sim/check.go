package sim

import (
	"slices"

	order "orders.internal/order/harness"
)

// check holds the system at rest to its promises.
func (r *run) check() {
	r.checkQueues()
	r.checkStock()
	sagas := r.sagas()
	for _, s := range sagas {
		r.checkEnd(s)
		r.checkItems(s)
		r.checkMoney(s)
		r.checkAttempts(s)
		r.checkExpiry(s)
		r.checkNotifications(s)
		r.checkEvents(s)
		for _, m := range s.messages {
			r.checkContents(s, m)
		}
		r.count(s)
	}
	r.checkOrigins()
	r.checkAnswers(sagas)
	r.stats.Runs = 1
}

// checkEnd: every order has ended, and the services agree about how.
func (r *run) checkEnd(s *saga) {
	o := s.order
	reservation, payments := []string{"COMMITTED"}, []string{"PROCESSED"}
	switch o.Status {
	case "COMPLETED":
	case "CANCELLED":
		reservation, payments = []string{"RELEASED", "REJECTED"}, []string{"VOIDED", "FAILED", "REFUNDED"}
	default:
		r.violate("order ends", "%s is still %s", o.ID, o.Status)
		return
	}
	if !slices.Contains(reservation, s.reservation.Status) {
		r.violate("reservation ends", "%s is %s, but its reservation is %q", o.ID, o.Status, s.reservation.Status)
	}
	if !slices.Contains(payments, s.payment.Status) {
		r.violate("payment ends", "%s is %s, but its payment is %q", o.ID, o.Status, s.payment.Status)
	}
}

// checkExpiry: an order that took too long was given all of its time, and not
// by a process that wasn't there to see it end.
func (r *run) checkExpiry(s *saga) {
	e := s.order.Expiry
	if s.order.Reason == "TIMEOUT" && (e.Pending <= order.SagaTimeout || e.Running < order.SagaTimeout) {
		r.violate("timeout", "%s was pending for %s, and the process that cancelled it was running for %s",
			s.order.ID, e.Pending, e.Running)
	}
}

// checkMoney: a completed order was charged for once, a cancelled one keeps no
// charge, and its customer can see the refund.
func (r *run) checkMoney(s *saga) {
	o := s.order
	if len(s.charges) > 1 || len(s.refunds) > 1 {
		r.violate("charged once", "%s has %d charges and %d refunds", o.ID, len(s.charges), len(s.refunds))
	}
	kept, due := int64(0), int64(0)
	for _, e := range s.charges {
		kept += int64(e.Amount)
	}
	for _, e := range s.refunds {
		kept -= int64(e.Amount)
	}
	if o.Status == "COMPLETED" {
		due = int64(o.Total)
	}
	if kept != due {
		r.violate("money", "%s is %s with a total of %s, but charges less refunds are %d.%02d", o.ID, o.Status, o.Total, kept/100, kept%100)
	}
	if refunded := len(s.refunds) > 0; o.Refunded != refunded {
		r.violate("refunded_at", "of %s: set %t, refunded %t", o.ID, o.Refunded, refunded)
	}
}

// checkAttempts: a charge that fails is tried three times at most, whatever ends
// the process in between, and no failure is forgotten.
func (r *run) checkAttempts(s *saga) {
	const most = 3
	if p := s.payment; p.Excessive || p.Attempts > most || p.Attempts < p.Failures {
		r.violate("attempts", "to charge for %s: %d have failed, %d are counted, more asked for than were left: %t",
			s.order.ID, p.Failures, p.Attempts, p.Excessive)
	}
}

// checkNotifications: the customer was told once of each thing that happened,
// and again only for a crash, an outage or a pause between sending and recording.
func (r *run) checkNotifications(s *saga) {
	for _, kind := range []string{"OrderConfirmed", "OrderCancelled", "PaymentProcessed", "PaymentFailed", "PaymentRefunded"} {
		told, happened := s.notifications[kind], len(s.events[kind]) > 0
		if happened != (len(told) > 0) {
			r.violate("notified", "%s of %s: happened %t, told %t", kind, s.order.ID, happened, len(told) > 0)
		}
		for _, n := range told {
			if !n.Delivered || n.Sent < 1 || n.Sent > 1+n.Excused {
				r.violate("notified", "%s of %s: sent %d times, %d of them with a reason to send it again, delivered %t",
					kind, s.order.ID, n.Sent, n.Excused, n.Delivered)
			}
		}
	}
}

func (r *run) checkQueues() {
	for _, s := range r.services {
		for _, l := range s.queue.dead {
			r.violate("dead letter", "%s %s of %s in the dead queue of %s: %s", l.Type, l.EventID, l.Subject, s.name, l.reason)
		}
	}
}

// checkAnswers: what customers were told stays true.
func (r *run) checkAnswers(sagas []*saga) {
	status := map[string]string{}
	for _, s := range sagas {
		status[s.order.ID] = s.order.Status
	}
	for _, id := range r.customers.accepted {
		if status[id] == "" {
			r.violate("answers", "%s was accepted and is gone", id)
		}
	}
	r.checkTold(r.customers.cancelled, "CANCELLED", status)
	r.checkTold(r.customers.completed, "COMPLETED", status)
}

func (r *run) checkTold(orders []string, told string, status map[string]string) {
	for _, id := range orders {
		if status[id] != told {
			r.violate("answers", "a customer was told that %s is %s, but it is %s", id, told, status[id])
		}
	}
}

// count adds the order to what the run had in it.
func (r *run) count(s *saga) {
	switch s.order.Status {
	case "COMPLETED":
		r.stats.Completed++
	case "CANCELLED":
		r.stats.Cancelled[s.order.Reason]++
	}
	if s.order.Refunded {
		r.stats.Refunded++
	}
}
