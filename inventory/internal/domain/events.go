package domain

import "orders.internal/shared-kernel/money"

// Shortage says of one product how many pieces were asked for and how many
// were available.
type Shortage struct {
	ProductID ProductID
	Requested int
	Available int
}

// The events of a reservation.
type (
	// InventoryReserved: every item of the order is set aside for it. It hands
	// on what the payment needs to know of the order.
	InventoryReserved struct {
		OrderID       OrderID
		CustomerID    string
		Items         []Item
		TotalAmount   money.Amount
		PaymentMethod string // empty when the order names none
	}
	// InventoryUnavailable: at least one product was short, so nothing is set
	// aside.
	InventoryUnavailable struct {
		OrderID   OrderID
		Shortages []Shortage
	}
	// InventoryReleased: what was set aside is available again.
	InventoryReleased struct {
		OrderID OrderID
		Items   []Item
	}
)

// EventType and Subject of each event.

func (InventoryReserved) EventType() string    { return "InventoryReserved" }
func (InventoryUnavailable) EventType() string { return "InventoryUnavailable" }
func (InventoryReleased) EventType() string    { return "InventoryReleased" }

func (e InventoryReserved) Subject() string    { return string(e.OrderID) }
func (e InventoryUnavailable) Subject() string { return string(e.OrderID) }
func (e InventoryReleased) Subject() string    { return string(e.OrderID) }
