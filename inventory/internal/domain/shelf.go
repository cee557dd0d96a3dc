package domain

import (
	"fmt"
	"time"
)

// Shelf is the products that change together with a reservation.
type Shelf struct {
	products map[ProductID]*Product
}

// NewShelf returns a shelf of the products.
func NewShelf(products ...*Product) Shelf {
	byID := make(map[ProductID]*Product, len(products))
	for _, p := range products {
		byID[p.id] = p
	}
	return Shelf{products: byID}
}

// shortages names every product of which there is less than the items ask for.
// Of a product that nobody has ever stocked there are none available.
func (s Shelf) shortages(items []Item) []Shortage {
	var short []Shortage
	for _, item := range summed(items) {
		available := 0
		if p, stocked := s.products[item.ProductID]; stocked {
			available = p.available
		}
		if available < item.Quantity {
			short = append(short, Shortage{ProductID: item.ProductID, Requested: item.Quantity, Available: available})
		}
	}
	return short
}

func (s Shelf) reserve(items []Item, now time.Time) error {
	return s.each(items, func(p *Product, pieces int) error { return p.move(-pieces, +pieces, 0, now) })
}

func (s Shelf) release(items []Item, now time.Time) error {
	return s.each(items, func(p *Product, pieces int) error { return p.move(+pieces, -pieces, 0, now) })
}

func (s Shelf) sell(items []Item, now time.Time) error {
	return s.each(items, func(p *Product, pieces int) error { return p.move(0, -pieces, +pieces, now) })
}

func (s Shelf) each(items []Item, move func(p *Product, pieces int) error) error {
	for _, item := range summed(items) {
		p, stocked := s.products[item.ProductID]
		if !stocked {
			return fmt.Errorf("product %q of a reservation has no stock row", item.ProductID)
		}
		if err := move(p, item.Quantity); err != nil {
			return err
		}
	}
	return nil
}
