package sim

import (
	"maps"
	"slices"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/outbox"
)

// checkEvents: what happened to an order was published, once, and nothing else
// was, whatever is redelivered; all of it is on the order's timeline, once.
func (r *run) checkEvents(s *saga) {
	published := slices.Sorted(maps.Keys(s.events))
	if happened := s.happened(); !slices.Equal(published, happened) {
		r.violate("events", "to %s happened %v, but published were %v", s.order.ID, happened, published)
	}
	var all []string
	for _, kind := range published {
		ids := s.events[kind]
		if len(ids) > 1 {
			r.violate("events", "%s has %d events %s", s.order.ID, len(ids), kind)
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	if timeline := slices.Sorted(slices.Values(s.order.Timeline)); !slices.Equal(timeline, all) {
		r.violate("timeline", "%s has %v, but its events are %v", s.order.ID, timeline, all)
	}
	r.checkTimelineOrder(s)
}

// happened are the types of the events that follow from what the services and
// the gateway have of the order, sorted.
func (s *saga) happened() []string {
	types := []string{contracts.TypeOrderCreated}
	add := func(eventType string, happened bool) {
		if happened {
			types = append(types, eventType)
		}
	}
	add(contracts.TypeOrderConfirmed, s.order.Status == "COMPLETED")
	add(contracts.TypeOrderCancelled, s.order.Status == "CANCELLED")
	released := s.reservation.Status == "RELEASED" && len(s.reservation.Items) > 0
	add(contracts.TypeInventoryReserved, released || s.reservation.Status == "COMMITTED")
	add(contracts.TypeInventoryUnavailable, s.reservation.Status == "REJECTED")
	add(contracts.TypeInventoryReleased, released)
	add(contracts.TypePaymentProcessed, len(s.charges) > 0)
	add(contracts.TypePaymentFailed, s.payment.Status == "FAILED")
	add(contracts.TypePaymentRefunded, len(s.refunds) > 0)
	slices.Sort(types)
	return types
}

// checkContents: an event says of the order what the services have of it.
func (r *run) checkContents(s *saga, m outbox.Message) {
	decoded, err := contracts.Decode(m.Body)
	if err != nil {
		r.violate("contents", "%s %s: %v", m.Type, m.EventID, err)
		return
	}
	o, p := s.order, s.payment
	agrees := true
	switch data := decoded.Data.(type) {
	case contracts.OrderCreated:
		agrees = maps.Equal(pieces(data.Items), o.Items) && data.TotalAmount == o.Total
	case contracts.OrderConfirmed:
		agrees = data.TotalAmount == o.Total
	case contracts.OrderCancelled:
		agrees = data.Reason == o.Reason
	case contracts.InventoryReserved:
		agrees = maps.Equal(pieces(data.Items), o.Items) && data.TotalAmount == o.Total
	case contracts.InventoryReleased:
		agrees = maps.Equal(pieces(data.Items), o.Items)
	case contracts.PaymentProcessed:
		agrees = data.Amount == o.Total && data.Attempts == p.Attempts
	case contracts.PaymentFailed:
		agrees = data.Amount == o.Total && data.Attempts == p.Attempts
	case contracts.PaymentRefunded:
		agrees = data.Amount == o.Total
	}
	if !agrees {
		r.violate("contents", "%s %s is %+v, but there are %+v and %+v", m.Type, m.EventID, decoded.Data, o, p)
	}
}

func pieces(items []contracts.Item) map[string]int {
	pieces := map[string]int{}
	for _, item := range items {
		pieces[item.ProductID] += item.Quantity
	}
	return pieces
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
