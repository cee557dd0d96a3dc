package domain

import (
	"time"

	"orders.internal/shared-kernel/money"
)

// Snapshot is a payment's state as stored and shown. Zero means absent.
type Snapshot struct {
	OrderID         OrderID
	CustomerID      string       // empty when the order was cancelled before its payment was requested
	Amount          money.Amount // 0 then, too
	Method          string       // empty: the customer's usual one
	Status          Status
	CancelRequested bool // the order was cancelled
	Claimed         bool // a worker has ever claimed it, so a charge may have been sent
	Attempts        int  // finished charge attempts
	Postponed       int  // calls in a row that were put off
	TransactionID   string
	RefundID        string
	FailureReason   FailureReason
	DueAt           time.Time // when a worker may claim it; zero when no call is due
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// Restore makes a payment from its stored state; nothing is checked or recorded.
func Restore(s Snapshot) *Payment {
	return &Payment{
		orderID: s.OrderID, customerID: s.CustomerID, amount: s.Amount, method: s.Method, status: s.Status,
		cancelRequested: s.CancelRequested, claimed: s.Claimed, attempts: s.Attempts, postponed: s.Postponed,
		transactionID: s.TransactionID, refundID: s.RefundID, failureReason: s.FailureReason,
		dueAt: s.DueAt, createdAt: s.CreatedAt, updatedAt: s.UpdatedAt,
	}
}

// Snapshot returns the payment's state.
func (p *Payment) Snapshot() Snapshot {
	return Snapshot{
		OrderID: p.orderID, CustomerID: p.customerID, Amount: p.amount, Method: p.method, Status: p.status,
		CancelRequested: p.cancelRequested, Claimed: p.claimed, Attempts: p.attempts, Postponed: p.postponed,
		TransactionID: p.transactionID, RefundID: p.refundID, FailureReason: p.failureReason,
		DueAt: p.DueAt(), CreatedAt: p.createdAt, UpdatedAt: p.updatedAt,
	}
}
