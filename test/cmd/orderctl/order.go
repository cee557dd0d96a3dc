package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"orders.internal/shared-kernel/money"
)

// The statuses of an order.
const (
	pending   = "PENDING"
	completed = "COMPLETED"
	cancelled = "CANCELLED"
)

// order is what is shown of an order.
type order struct {
	ID                 string       `json:"id"`
	CustomerID         string       `json:"customer_id"`
	Items              []line       `json:"items"`
	TotalAmount        money.Amount `json:"total_amount"`
	Status             string       `json:"status"`
	CancellationReason *string      `json:"cancellation_reason"`
	RefundedAt         *time.Time   `json:"refunded_at"`
	CreatedAt          *time.Time   `json:"created_at"`
	UpdatedAt          *time.Time   `json:"updated_at"`
}

type line struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

func orderPath(id string) string { return "/api/orders/" + url.PathEscape(id) }

func (o order) ended() bool { return o.Status == completed || o.Status == cancelled }

// outcome is the status, and why it was cancelled.
func (o order) outcome() string {
	text := o.Status
	if o.CancellationReason != nil {
		text += " (" + *o.CancellationReason + ")"
	}
	if o.RefundedAt != nil {
		text += ", refunded"
	}
	return text
}

func (o order) lines() string {
	texts := make([]string, len(o.Items))
	for i, l := range o.Items {
		texts[i] = fmt.Sprintf("%s=%d", l.ProductID, l.Quantity)
	}
	return strings.Join(texts, " ")
}

// showOrder prints an order.
func (c *ctl) showOrder(o order, raw json.RawMessage) error {
	if c.json {
		return c.document(raw)
	}
	return c.showOrders([]order{o})
}

func (c *ctl) showOrders(all []order) error {
	rows := make([][]string, len(all))
	for i, o := range all {
		rows[i] = []string{o.ID, o.CustomerID, o.TotalAmount.String(), o.outcome(), moment(o.CreatedAt), o.lines()}
	}
	return table(c.out, []string{"ORDER", "CUSTOMER", "TOTAL", "STATUS", "PLACED", "ITEMS"}, rows)
}
