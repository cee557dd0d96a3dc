package http

import (
	"time"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

// product is how a product's stock is shown, in pieces.
type product struct {
	ProductID string    `json:"product_id"`
	Available int       `json:"available"`
	Reserved  int       `json:"reserved"`
	Sold      int       `json:"sold"`
	UpdatedAt time.Time `json:"updated_at"`
}

func toProduct(p *domain.Product) product {
	s := p.Snapshot()
	return product{
		ProductID: string(s.ID), Available: s.Available, Reserved: s.Reserved, Sold: s.Sold, UpdatedAt: s.UpdatedAt,
	}
}

// positionOfProduct has no time: products are listed by their ids alone.
func positionOfProduct(p *domain.Product) httpkit.Position {
	return httpkit.Position{ID: string(p.Snapshot().ID)}
}

// reservation is how a reservation is shown.
type reservation struct {
	OrderID   string    `json:"order_id"`
	Status    string    `json:"status"`
	Items     []item    `json:"items"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

func toReservation(r *domain.Reservation) reservation {
	s := r.Snapshot()
	shown := reservation{
		OrderID: string(s.OrderID), Status: string(s.Status), Items: make([]item, len(s.Items)),
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
	for i, line := range s.Items {
		shown.Items[i] = item{ProductID: string(line.ProductID), Quantity: line.Quantity}
	}
	return shown
}

func positionOfReservation(r *domain.Reservation) httpkit.Position {
	s := r.Snapshot()
	return httpkit.Position{At: s.CreatedAt, ID: string(s.OrderID)}
}
