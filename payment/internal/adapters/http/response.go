package http

import (
	"strconv"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/money"
)

// payment is how a payment is shown.
type payment struct {
	OrderID       string        `json:"order_id"`
	Status        string        `json:"status"`
	Amount        *money.Amount `json:"amount"` // null when the order was cancelled before it was known
	Attempts      int           `json:"attempts"`
	TransactionID *string       `json:"transaction_id"`
	RefundID      *string       `json:"refund_id"`
	FailureReason *string       `json:"failure_reason"`
	CreatedAt     time.Time     `json:"created_at"`
	UpdatedAt     time.Time     `json:"updated_at"`
}

func toPayment(p *domain.Payment) payment {
	s := p.Snapshot()
	return payment{
		OrderID: string(s.OrderID), Status: string(s.Status), Amount: orNull(s.Amount), Attempts: s.Attempts,
		TransactionID: orNull(s.TransactionID), RefundID: orNull(s.RefundID), FailureReason: orNull(string(s.FailureReason)),
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func positionOfPayment(p *domain.Payment) httpkit.Position {
	s := p.Snapshot()
	return httpkit.Position{At: s.CreatedAt, ID: string(s.OrderID)}
}

// entry is how a line of the gateway's ledger is shown.
type entry struct {
	OrderID   string        `json:"order_id"`
	Kind      string        `json:"kind"`
	Amount    *money.Amount `json:"amount"` // null for a cancel
	CreatedAt time.Time     `json:"created_at"`
}

func toEntry(e application.Entry) entry {
	return entry{OrderID: string(e.OrderID), Kind: e.Kind, Amount: orNull(e.Amount), CreatedAt: e.CreatedAt}
}

func positionOfEntry(e application.Entry) httpkit.Position {
	return httpkit.Position{At: e.CreatedAt, ID: strconv.FormatInt(e.Number, 10)}
}

// orNull maps the zero value, the domain's "absent", to null.
func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
