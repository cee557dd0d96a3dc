package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"orders.internal/shared-kernel/money"
)

type item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

// placement is the body of POST /api/orders.
type placement struct {
	CustomerID    string       `json:"customer_id"`
	Items         []item       `json:"items"`
	TotalAmount   money.Amount `json:"total_amount"`
	PaymentMethod string       `json:"payment_method,omitempty"`
}

func (p placement) body() []byte {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // it has no value that could fail
	}
	return body
}

// order is what the order service shows.
type order struct {
	ID                 string       `json:"id"`
	CustomerID         string       `json:"customer_id"`
	Items              []item       `json:"items"`
	TotalAmount        money.Amount `json:"total_amount"`
	Status             string       `json:"status"`
	CancellationReason string       `json:"cancellation_reason"`
	RefundedAt         *time.Time   `json:"refunded_at"`
	CreatedAt          time.Time    `json:"created_at"`
}

const (
	pending   = "PENDING"
	completed = "COMPLETED"
	cancelled = "CANCELLED"
)

// end is how an order ended, for the report: its status, or the reason why it
// was cancelled.
func (o order) end() string {
	if o.Status == cancelled {
		return o.CancellationReason
	}
	return o.Status
}

// intent is what a customer is after. Whatever it is, the order may also time
// out where there is a reason for that.
type intent struct {
	name   string
	weight int // in 100
	method string
	short  bool     // wants a product that is sold out
	leaves bool     // cancels soon
	ends   []string // how the order may end
}

const (
	outOfStock      = "INVENTORY_UNAVAILABLE"
	paymentFailed   = "PAYMENT_FAILED"
	timedOut        = "TIMEOUT"
	customerRequest = "CUSTOMER_REQUEST"
)

// probing is what recovery is measured with: nothing stands in its way.
var probing = intent{name: "probe", method: "sim_success", ends: []string{completed}}

// intents of the load. Without a method, an attempt to charge fails by chance.
var intents = []intent{
	{name: "buy", weight: 55, ends: []string{completed, paymentFailed}},
	{name: "buy what is sold out", weight: 8, short: true, ends: []string{outOfStock}},
	{name: "buy, and be declined", weight: 8, method: "sim_decline", ends: []string{paymentFailed}},
	{name: "buy while the gateway fails", weight: 5, method: "sim_unavailable", ends: []string{paymentFailed}},
	{name: "buy, and the gateway's answer is lost", weight: 7, method: "sim_timeout", ends: []string{completed}},
	{name: "buy, and cancel", weight: 17, leaves: true, ends: []string{completed, paymentFailed, customerRequest}},
}

func randomIntent(r *rand.Rand) intent {
	n := r.IntN(100)
	for _, i := range intents {
		if n -= i.weight; n < 0 {
			return i
		}
	}
	return intents[0]
}

// The products of a run: a shelf with plenty of each, and one that was sold out
// before the shop opened.
const (
	products    = 100
	stockedWith = 1_000_000 // of each
	mostLines   = 3         // of an order, what is sold out aside
	soldOut     = "product-C"
)

func product(n int) string { return fmt.Sprintf("faults-%03d", n) }

// place returns the order of a customer who is nobody else.
func (i intent) place(r *rand.Rand, customer string) placement {
	p := placement{CustomerID: customer, PaymentMethod: i.method, TotalAmount: money.Amount(100 + r.IntN(100_000))}
	for _, n := range r.Perm(products)[:1+r.IntN(mostLines)] {
		p.Items = append(p.Items, item{product(n), 1 + r.IntN(3)})
	}
	if i.short {
		p.Items = append(p.Items, item{soldOut, 1})
	}
	return p
}

// check returns what is wrong with an order that was placed with the intent.
func (i intent) check(p placement, o order) error {
	switch {
	case !slices.Equal(o.Items, p.Items) || o.TotalAmount != p.TotalAmount:
		return fmt.Errorf("order %s is not what was ordered: %+v instead of %+v", o.ID, o, p)
	case o.Status == pending:
		return fmt.Errorf("order %s, to %s, has not ended; it is from %s", o.ID, i.name, o.CreatedAt)
	case o.end() == timedOut: // checkTimeouts tells whether it may
	case !slices.Contains(i.ends, o.end()):
		return fmt.Errorf("order %s, to %s, ended as %s", o.ID, i.name, o.end())
	}
	return nil
}
