package sim

import "slices"

// checkTimelineOrder: no event is shown before the one that caused it.
func (r *run) checkTimelineOrder(s *saga) {
	causes := map[string]string{}
	for _, m := range r.published {
		causes[m.EventID] = m.Origin.CausationID
	}
	for i, id := range s.order.Timeline {
		if slices.Contains(s.order.Timeline[i:], causes[id]) {
			r.violate("timeline", "%s shows %s before its cause %s: %v", s.order.ID, id, causes[id], s.order.Timeline)
		}
	}
}
