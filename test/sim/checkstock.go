package sim

import "maps"

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

// checkItems: what is set aside for an order, and then sold, is what it asked
// for, all of it. Nothing is known of the items of one that was cancelled first.
func (r *run) checkItems(s *saga) {
	if s.reservation.Status == "RELEASED" && len(s.reservation.Items) == 0 {
		return
	}
	if !maps.Equal(s.reservation.Items, s.order.Items) {
		r.violate("items", "%s asks for %v, but its reservation, which is %s, is of %v",
			s.order.ID, s.order.Items, s.reservation.Status, s.reservation.Items)
	}
}
