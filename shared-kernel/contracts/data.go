package contracts

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"orders.internal/shared-kernel/money"
)

// Data is the payload of one event type.
type Data interface {
	EventType() string
	Subject() string // the order's id
	validate() error
}

// Item is one line of an order.
type Item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

// Shortage says of one product how many were asked for and how many there were.
type Shortage struct {
	ProductID string `json:"product_id"`
	Requested int    `json:"requested"`
	Available int    `json:"available"`
}

// The nine events.
type (
	// OrderCreated: an order was placed.
	OrderCreated struct {
		OrderID       string       `json:"order_id"`
		CustomerID    string       `json:"customer_id"`
		Items         []Item       `json:"items"`
		TotalAmount   money.Amount `json:"total_amount"`
		PaymentMethod string       `json:"payment_method,omitempty"`
	}
	// OrderConfirmed: an order was paid for and is complete.
	OrderConfirmed struct {
		OrderID     string       `json:"order_id"`
		CustomerID  string       `json:"customer_id"`
		TotalAmount money.Amount `json:"total_amount"`
	}
	// OrderCancelled: an order ended without a sale.
	OrderCancelled struct {
		OrderID    string `json:"order_id"`
		CustomerID string `json:"customer_id"`
		Reason     string `json:"reason"`
		Detail     string `json:"detail,omitempty"`
	}
	// InventoryReserved: every line of an order is set aside for it.
	InventoryReserved struct {
		OrderID       string       `json:"order_id"`
		CustomerID    string       `json:"customer_id"`
		Items         []Item       `json:"items"`
		TotalAmount   money.Amount `json:"total_amount"`
		PaymentMethod string       `json:"payment_method,omitempty"`
	}
	// InventoryUnavailable: at least one line was short, so nothing is set aside.
	InventoryUnavailable struct {
		OrderID   string     `json:"order_id"`
		Shortages []Shortage `json:"shortages"`
	}
	// InventoryReleased: what was set aside is available again.
	InventoryReleased struct {
		OrderID string `json:"order_id"`
		Items   []Item `json:"items"`
	}
	// PaymentProcessed: the customer was charged.
	PaymentProcessed struct {
		OrderID       string       `json:"order_id"`
		CustomerID    string       `json:"customer_id"`
		Amount        money.Amount `json:"amount"`
		TransactionID string       `json:"transaction_id"`
		Attempts      int          `json:"attempts"`
	}
	// PaymentFailed: the customer was not charged, and never will be for this order.
	PaymentFailed struct {
		OrderID    string       `json:"order_id"`
		CustomerID string       `json:"customer_id"`
		Amount     money.Amount `json:"amount"`
		Reason     string       `json:"reason"`
		Attempts   int          `json:"attempts"`
	}
	// PaymentRefunded: a charge was given back.
	PaymentRefunded struct {
		OrderID    string       `json:"order_id"`
		CustomerID string       `json:"customer_id"`
		Amount     money.Amount `json:"amount"`
		RefundID   string       `json:"refund_id"`
	}
)

// EventType and Subject of each event.

func (OrderCreated) EventType() string         { return TypeOrderCreated }
func (OrderConfirmed) EventType() string       { return TypeOrderConfirmed }
func (OrderCancelled) EventType() string       { return TypeOrderCancelled }
func (InventoryReserved) EventType() string    { return TypeInventoryReserved }
func (InventoryUnavailable) EventType() string { return TypeInventoryUnavailable }
func (InventoryReleased) EventType() string    { return TypeInventoryReleased }
func (PaymentProcessed) EventType() string     { return TypePaymentProcessed }
func (PaymentFailed) EventType() string        { return TypePaymentFailed }
func (PaymentRefunded) EventType() string      { return TypePaymentRefunded }

func (d OrderCreated) Subject() string         { return d.OrderID }
func (d OrderConfirmed) Subject() string       { return d.OrderID }
func (d OrderCancelled) Subject() string       { return d.OrderID }
func (d InventoryReserved) Subject() string    { return d.OrderID }
func (d InventoryUnavailable) Subject() string { return d.OrderID }
func (d InventoryReleased) Subject() string    { return d.OrderID }
func (d PaymentProcessed) Subject() string     { return d.OrderID }
func (d PaymentFailed) Subject() string        { return d.OrderID }
func (d PaymentRefunded) Subject() string      { return d.OrderID }

func (d OrderCreated) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), items(d.Items),
		positive("total_amount", d.TotalAmount), optional("payment_method", d.PaymentMethod))
}

func (d OrderConfirmed) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), positive("total_amount", d.TotalAmount))
}

func (d OrderCancelled) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), id("reason", d.Reason), printable("detail", d.Detail))
}

func (d InventoryReserved) validate() error { return OrderCreated(d).validate() }

func (d InventoryUnavailable) validate() error {
	err := id("order_id", d.OrderID)
	for i, s := range d.Shortages {
		err = errors.Join(err, id(fmt.Sprintf("shortages[%d].product_id", i), s.ProductID))
	}
	return err
}

func (d InventoryReleased) validate() error {
	return errors.Join(id("order_id", d.OrderID), items(d.Items))
}

func (d PaymentProcessed) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), positive("amount", d.Amount), id("transaction_id", d.TransactionID))
}

func (d PaymentFailed) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), positive("amount", d.Amount), id("reason", d.Reason))
}

func (d PaymentRefunded) validate() error {
	return errors.Join(id("order_id", d.OrderID), id("customer_id", d.CustomerID), positive("amount", d.Amount), id("refund_id", d.RefundID))
}

// The limits that requests and events share.
const (
	MaxIDLength            = 128 // characters
	MaxLines               = 100
	MaxQuantity            = 10_000 // of one line
	MaxPaymentMethodLength = 64     // characters
)

// CheckID says what keeps s from being an id: 1 to 128 characters, none of them
// a control character. It returns "" when nothing does.
func CheckID(s string) string { return CheckText(s, MaxIDLength) }

// CheckText is CheckID for a text of 1 to most characters.
func CheckText(s string, most int) string {
	switch {
	case s == "":
		return "must not be empty"
	case !utf8.ValidString(s):
		return "must be valid UTF-8"
	case utf8.RuneCountInString(s) > most:
		return fmt.Sprintf("must have at most %d characters", most)
	case hasControl(s):
		return "must not contain control characters"
	}
	return ""
}

func id(field, value string) error {
	if problem := CheckID(value); problem != "" {
		return fmt.Errorf("%s %s", field, problem)
	}
	return nil
}

func optional(field, value string) error {
	if value == "" {
		return nil
	}
	if problem := CheckText(value, MaxPaymentMethodLength); problem != "" {
		return fmt.Errorf("%s %s", field, problem)
	}
	return nil
}

func printable(field, value string) error {
	if hasControl(value) {
		return fmt.Errorf("%s must not contain control characters", field)
	}
	return nil
}

func positive(field string, a money.Amount) error {
	if a <= 0 {
		return fmt.Errorf("%s must be greater than 0", field)
	}
	return nil
}

func items(lines []Item) error {
	if len(lines) == 0 || len(lines) > MaxLines {
		return fmt.Errorf("items must have 1 to %d lines", MaxLines)
	}
	for i, l := range lines {
		if problem := CheckID(l.ProductID); problem != "" {
			return fmt.Errorf("items[%d].product_id %s", i, problem)
		}
		if l.Quantity < 1 || l.Quantity > MaxQuantity*MaxLines {
			return fmt.Errorf("items[%d].quantity must be 1 to %d", i, MaxQuantity*MaxLines)
		}
	}
	return nil
}

// hasControl reports C0, DEL and C1 control characters (Unicode category Cc).
func hasControl(s string) bool {
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return true
		}
	}
	return false
}
