package http

import (
	"time"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/money"
)

// order is how an order is shown.
type order struct {
	ID                 string       `json:"id"`
	CustomerID         string       `json:"customer_id"`
	Items              []item       `json:"items"`
	TotalAmount        money.Amount `json:"total_amount"`
	PaymentMethod      string       `json:"payment_method,omitempty"`
	Status             string       `json:"status"`
	CancellationReason *string      `json:"cancellation_reason"`
	RefundedAt         *time.Time   `json:"refunded_at"`
	CreatedAt          time.Time    `json:"created_at"`
	UpdatedAt          time.Time    `json:"updated_at"`
}

type item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

func toOrder(o *domain.Order) order {
	s := o.Snapshot()
	shown := order{
		ID: string(s.ID), CustomerID: s.CustomerID, Items: make([]item, len(s.Items)), TotalAmount: s.Total,
		PaymentMethod: s.PaymentMethod, Status: string(s.Status), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
	for i, line := range s.Items {
		shown.Items[i] = item(line)
	}
	if s.Reason != "" {
		reason := string(s.Reason)
		shown.CancellationReason = &reason
	}
	if !s.RefundedAt.IsZero() {
		shown.RefundedAt = &s.RefundedAt
	}
	return shown
}

func positionOf(o *domain.Order) httpkit.Position {
	s := o.Snapshot()
	return httpkit.Position{At: s.CreatedAt, ID: string(s.ID)}
}
