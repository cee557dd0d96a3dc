package audit

import (
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
)

// The statuses, in the words of the services.
const (
	pending   = "PENDING" // of an order and of a payment
	completed = "COMPLETED"
	cancelled = "CANCELLED"

	reserved  = "RESERVED"
	rejected  = "REJECTED"
	committed = "COMMITTED"
	released  = "RELEASED"

	processed = "PROCESSED"
	failed    = "FAILED"
	refunding = "REFUNDING"
	refunded  = "REFUNDED"
	voided    = "VOIDED"
)

// Why orders are cancelled.
const (
	inventoryUnavailable = "INVENTORY_UNAVAILABLE"
	paymentFailed        = "PAYMENT_FAILED"
)

// What the services show. Null is the zero value.
type (
	order struct {
		ID            string           `json:"id"`
		CustomerID    string           `json:"customer_id"`
		Items         []contracts.Item `json:"items"`
		TotalAmount   money.Amount     `json:"total_amount"`
		PaymentMethod string           `json:"payment_method"`
		Status        string           `json:"status"`
		Reason        string           `json:"cancellation_reason"`
		RefundedAt    time.Time        `json:"refunded_at"`
		CreatedAt     time.Time        `json:"created_at"`
		UpdatedAt     time.Time        `json:"updated_at"`
	}
	reservation struct {
		OrderID   string           `json:"order_id"`
		Status    string           `json:"status"`
		Items     []contracts.Item `json:"items"` // none: a tombstone
		CreatedAt time.Time        `json:"created_at"`
		UpdatedAt time.Time        `json:"updated_at"`
	}
	payment struct {
		OrderID       string        `json:"order_id"`
		Status        string        `json:"status"`
		Amount        *money.Amount `json:"amount"` // nil: a tombstone
		Attempts      int           `json:"attempts"`
		TransactionID string        `json:"transaction_id"`
		RefundID      string        `json:"refund_id"`
		FailureReason string        `json:"failure_reason"`
		CreatedAt     time.Time     `json:"created_at"`
		UpdatedAt     time.Time     `json:"updated_at"`
	}
	entry struct { // of the gateway's ledger
		OrderID   string        `json:"order_id"`
		Kind      string        `json:"kind"`   // charge, refund or cancel
		Amount    *money.Amount `json:"amount"` // nil: a cancel
		CreatedAt time.Time     `json:"created_at"`
	}
	notification struct {
		OrderID     string    `json:"order_id"`
		Type        string    `json:"type"`
		CreatedAt   time.Time `json:"created_at"`
		DeliveredAt time.Time `json:"delivered_at"` // zero: not yet
	}
	product struct {
		ID        string    `json:"product_id"`
		Available int       `json:"available"`
		Reserved  int       `json:"reserved"`
		Sold      int       `json:"sold"`
		UpdatedAt time.Time `json:"updated_at"`
	}
)

// created makes each of them a record that a feed can read by age.

func (o order) created() time.Time        { return o.CreatedAt }
func (r reservation) created() time.Time  { return r.CreatedAt }
func (p payment) created() time.Time      { return p.CreatedAt }
func (e entry) created() time.Time        { return e.CreatedAt }
func (n notification) created() time.Time { return n.CreatedAt }

// settled is since when the payment has had its status. One that waits for the
// gateway is touched by every call that is put off, so only its creation counts.
func (p payment) settled() time.Time {
	if p.Status == pending {
		return p.CreatedAt
	}
	return p.UpdatedAt
}

func (p payment) isCharged() bool {
	return p.Status == processed || p.Status == refunding || p.Status == refunded
}
