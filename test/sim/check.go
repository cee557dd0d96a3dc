package sim

import (
	"maps"
	"slices"

	"orders.internal/shared-kernel/outbox"
)

// check holds the system at rest to its promises.
func (r *run) check() {
	r.checkQueues()
	r.checkStock()
	sagas := r.sagas()
	for _, s := range sagas {
		r.checkEnd(s)
		r.checkMoney(s)
		r.checkNotifications(s)
		r.checkEvents(s)
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
	if !slices.Contains(reservation, s.reservation) {
		r.violate("reservation ends", "%s is %s, but its reservation is %q", o.ID, o.Status, s.reservation)
	}
	if !slices.Contains(payments, s.payment) {
		r.violate("payment ends", "%s is %s, but its payment is %q", o.ID, o.Status, s.payment)
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

// checkStock: no piece appears or vanishes, none stays reserved, and what is
// sold is what was sold to somebody.
func (r *run) checkStock() {
	sold := map[string]int{}
	for _, reservation := range r.inventory.Reservations() {
		if reservation.Status == "COMMITTED" {
			for product, pieces := range reservation.Items {
				sold[product] += pieces
			}
		}
	}
	for _, p := range r.inventory.Products() {
		if p.Available < 0 || p.Available+p.Reserved+p.Sold != p.Stocked {
			r.violate("stock", "of %s there are %d available, %d reserved, %d sold, but %d were stocked",
				p.ID, p.Available, p.Reserved, p.Sold, p.Stocked)
		}
		if p.Reserved != 0 {
			r.violate("reserved", "%d of %s are still reserved", p.Reserved, p.ID)
		}
		if p.Sold != sold[p.ID] {
			r.violate("sold", "%d of %s are sold, but to orders %d", p.Sold, p.ID, sold[p.ID])
		}
	}
}

// checkNotifications: the customer was told once of each thing that happened.
// Repeats are for crashes, outages and pauses between sending and recording.
func (r *run) checkNotifications(s *saga) {
	for _, kind := range []string{"OrderConfirmed", "OrderCancelled", "PaymentProcessed", "PaymentFailed", "PaymentRefunded"} {
		told, happened := s.notifications[kind], len(s.events[kind]) > 0
		if happened != (len(told) > 0) {
			r.violate("notified", "%s of %s: happened %t, told %t", kind, s.order.ID, happened, len(told) > 0)
		}
		for _, n := range told {
			if !n.Delivered || n.Sent < 1 || n.Recorded > 1 {
				r.violate("notified", "%s of %s: sent %d times, %d of them with nothing in between, delivered %t",
					kind, s.order.ID, n.Sent, n.Recorded, n.Delivered)
			}
		}
	}
}

// checkEvents: of each type an order has one event, whatever is redelivered; an
// end of each kind rules the other out; all of them are on its timeline, once.
func (r *run) checkEvents(s *saga) {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(s.events)) {
		ids := s.events[kind]
		if len(ids) > 1 {
			r.violate("events", "%s has %d events %s", s.order.ID, len(ids), kind)
		}
		all = append(all, ids...)
	}
	if len(s.events["OrderConfirmed"]) > 0 && len(s.events["OrderCancelled"]) > 0 {
		r.violate("events", "%s was both confirmed and cancelled", s.order.ID)
	}
	slices.Sort(all)
	if timeline := slices.Sorted(slices.Values(s.order.Timeline)); !slices.Equal(timeline, all) {
		r.violate("timeline", "%s has %v, but its events are %v", s.order.ID, timeline, all)
	}
	r.checkTimelineOrder(s)
}

// checkOrigins: every event names the one of its order that caused it and goes
// back to the same request, so that an order can be followed from end to end.
func (r *run) checkOrigins() {
	published := map[string]outbox.Message{}
	for _, m := range r.published {
		published[m.EventID] = m
	}
	for _, m := range r.published {
		if m.Origin.CausationID == "" {
			if m.Type != "OrderCreated" && m.Type != "OrderCancelled" {
				r.violate("origin", "%s %s has no cause", m.Type, m.EventID)
			}
			continue
		}
		cause, known := published[m.Origin.CausationID]
		if want := originOf(cause.EventID, cause.Subject, cause.Origin); !known || cause.Subject != m.Subject || m.Origin != want {
			r.violate("origin", "%s %s of %s has %+v, its cause's is %+v", m.Type, m.EventID, m.Subject, m.Origin, want)
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
