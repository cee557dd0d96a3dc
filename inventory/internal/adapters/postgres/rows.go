package postgres

import (
	"encoding/json"
	"fmt"
	"time"

	"orders.internal/inventory/internal/domain"
)

// reservationColumns are those of reservationRow, in its order.
const reservationColumns = `order_id, status, items, created_at, updated_at`

// reservationRow is a reservation as the table has it.
type reservationRow struct {
	OrderID   string
	Status    string
	Items     []byte
	CreatedAt time.Time
	UpdatedAt time.Time
}

// item is a line as the column items has it.
type item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

func toReservationRow(s domain.ReservationSnapshot) (reservationRow, error) {
	items := make([]item, len(s.Items))
	for i, line := range s.Items {
		items[i] = item{ProductID: string(line.ProductID), Quantity: line.Quantity}
	}
	encoded, err := json.Marshal(items)
	if err != nil {
		return reservationRow{}, fmt.Errorf("encode items: %w", err)
	}
	return reservationRow{
		OrderID: string(s.OrderID), Status: string(s.Status), Items: encoded,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}, nil
}

func (r reservationRow) toSnapshot() (domain.ReservationSnapshot, error) {
	var stored []item
	if err := json.Unmarshal(r.Items, &stored); err != nil {
		return domain.ReservationSnapshot{}, fmt.Errorf("decode items of the reservation of order %q: %w", r.OrderID, err)
	}
	items := make([]domain.Item, len(stored))
	for i, line := range stored {
		items[i] = domain.Item{ProductID: domain.ProductID(line.ProductID), Quantity: line.Quantity}
	}
	return domain.ReservationSnapshot{
		OrderID: domain.OrderID(r.OrderID), Status: domain.Status(r.Status), Items: items,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

func (r reservationRow) toDomain() (*domain.Reservation, error) {
	s, err := r.toSnapshot()
	return domain.RestoreReservation(s), err
}

// productColumns are those of productRow, in its order.
const productColumns = `product_id, available, reserved, sold, updated_at`

// productRow is a product as the table has it.
type productRow struct {
	ID        string
	Available int
	Reserved  int
	Sold      int
	UpdatedAt time.Time
}

func (r productRow) toSnapshot() domain.ProductSnapshot {
	return domain.ProductSnapshot{
		ID: domain.ProductID(r.ID), Available: r.Available, Reserved: r.Reserved, Sold: r.Sold, UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r productRow) toDomain() *domain.Product { return domain.RestoreProduct(r.toSnapshot()) }
