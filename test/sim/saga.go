package sim

import (
	"slices"

	inventory "orders.internal/inventory/harness"
	notification "orders.internal/notification/harness"
	order "orders.internal/order/harness"
	payment "orders.internal/payment/harness"
	"orders.internal/shared-kernel/outbox"
)

// saga is everything that there is about one order when the system rests.
type saga struct {
	order         order.Order
	reservation   inventory.Reservation // with no status when there is none
	payment       payment.Payment       // likewise
	charges       []payment.Entry
	refunds       []payment.Entry
	notifications map[string][]notification.Notification // by event type
	events        map[string][]string                    // ids of the published events by type
	messages      []outbox.Message                       // each of them once
}

// sagas collects what the services, the gateway and the broker have of each order.
func (r *run) sagas() (sagas []*saga) {
	byOrder := map[string]*saga{}
	of := func(id string) *saga {
		if byOrder[id] == nil {
			r.violate("unknown order", "there is something about %s, which is no order", id)
			byOrder[id] = &saga{events: map[string][]string{}, notifications: map[string][]notification.Notification{}}
		}
		return byOrder[id]
	}
	for _, o := range r.orders.Orders() {
		s := &saga{order: o, events: map[string][]string{}, notifications: map[string][]notification.Notification{}}
		byOrder[o.ID], sagas = s, append(sagas, s)
	}
	for _, reservation := range r.inventory.Reservations() {
		of(reservation.OrderID).reservation = reservation
	}
	for _, p := range r.payments.Payments() {
		of(p.OrderID).payment = p
	}
	for _, e := range r.gateway.Ledger() {
		switch s := of(e.OrderID); e.Kind {
		case "charge":
			s.charges = append(s.charges, e)
		case "refund":
			s.refunds = append(s.refunds, e)
		}
	}
	for _, n := range r.notifications.Notifications(r.mailbox) {
		s := of(n.OrderID)
		s.notifications[n.Type] = append(s.notifications[n.Type], n)
	}
	for _, m := range r.published {
		s := of(m.Subject)
		if !slices.Contains(s.events[m.Type], m.EventID) {
			s.events[m.Type] = append(s.events[m.Type], m.EventID)
			s.messages = append(s.messages, m)
		}
	}
	return sagas
}
