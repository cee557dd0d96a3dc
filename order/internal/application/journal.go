package application

import (
	"cmp"

	"orders.internal/order/internal/domain"
)

// Entry is one event of an order in the journal.
type Entry struct {
	Position   int64 // above 0; grows, not always by one
	OrderID    domain.OrderID
	CustomerID string
	Status     domain.Status // of the order after the event
	Event      domain.Observation
}

// Selection selects entries. Its zero fields select everything.
type Selection struct {
	OrderID    domain.OrderID
	CustomerID string
	Status     domain.Status
	VisibleTo  string // the customer who asks and sees only what is his own
}

// customer returns whose orders alone can be selected, "" when it is not one
// customer's.
func (s Selection) customer() string { return cmp.Or(s.VisibleTo, s.CustomerID) }

// Matches reports whether e is selected.
func (s Selection) Matches(e *Entry) bool {
	return (s.OrderID == "" || e.OrderID == s.OrderID) &&
		(s.CustomerID == "" || e.CustomerID == s.CustomerID) &&
		(s.Status == "" || e.Status == s.Status) &&
		(s.VisibleTo == "" || e.CustomerID == s.VisibleTo)
}
