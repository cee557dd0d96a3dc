package domain

import "slices"

// Status is where an order stands.
type Status string

// The statuses of an order.
const (
	Pending   Status = "PENDING"
	Completed Status = "COMPLETED"
	Cancelled Status = "CANCELLED"
)

// transitions is the whole status table.
var transitions = map[Status][]Status{
	Pending: {Completed, Cancelled},
}

func (s Status) canBecome(next Status) bool { return slices.Contains(transitions[s], next) }

// Terminal reports whether s is an end.
func (s Status) Terminal() bool { return s.Valid() && len(transitions[s]) == 0 }

// Valid reports whether s is one of the statuses.
func (s Status) Valid() bool { return s == Pending || s == Completed || s == Cancelled }

// CancellationReason says why an order ended without a sale.
type CancellationReason string

// The reasons.
const (
	InventoryUnavailable CancellationReason = "INVENTORY_UNAVAILABLE"
	PaymentFailed        CancellationReason = "PAYMENT_FAILED"
	TimedOut             CancellationReason = "TIMEOUT"
	CustomerRequest      CancellationReason = "CUSTOMER_REQUEST"
)

var reasons = []CancellationReason{InventoryUnavailable, PaymentFailed, TimedOut, CustomerRequest}

// Valid reports whether r is one of the reasons.
func (r CancellationReason) Valid() bool { return slices.Contains(reasons, r) }
