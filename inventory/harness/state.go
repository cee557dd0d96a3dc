package harness

// Product is a product's stock in pieces.
type Product struct {
	ID        string
	Available int
	Reserved  int
	Sold      int
	Stocked   int // what all restocking came to
}

// Products returns all products in the order in which they were first stocked.
func (s *Store) Products() (all []Product) {
	for p := range s.productRows.All() {
		all = append(all, Product{
			ID: string(p.ID), Available: p.Available, Reserved: p.Reserved, Sold: p.Sold, Stocked: s.restocked[p.ID],
		})
	}
	return all
}

// Reservation is what there is to see of a reservation.
type Reservation struct {
	OrderID string
	Status  string
	Items   map[string]int // pieces of each product
}

// Reservations returns all reservations, oldest first.
func (s *Store) Reservations() (all []Reservation) {
	for r := range s.reservationRows.All() {
		items := map[string]int{}
		for _, item := range r.Items {
			items[string(item.ProductID)] += item.Quantity
		}
		all = append(all, Reservation{OrderID: string(r.OrderID), Status: string(r.Status), Items: items})
	}
	return all
}
