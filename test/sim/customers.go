package sim

import (
	"context"
	"strconv"

	inventory "orders.internal/inventory/harness"
	order "orders.internal/order/harness"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// maxOrders is how many orders a run has at most.
const maxOrders = 4

// customers are who uses the system, and what they were told by it.
type customers struct {
	toPlace   int
	placed    int
	accepted  []string
	cancelled []string // told that it is
	completed []string // told that it can't be cancelled any more
}

var products = []string{"product-A", "product-B"}

// levels of stock to choose from, in pieces.
var levels = []int{10, 3, 1, 0}

// stock fills the shelves before anything happens.
func (r *run) stock() {
	p := r.byName[contracts.ServiceInventory].processes[0].running.(*inventory.Participant)
	for _, product := range products {
		level := levels[r.choices.seldom(len(levels), 0.4)]
		r.say("", "stocks", strconv.Itoa(level), "of", product)
		if err := p.SetStock(context.Background(), product, level); err != nil {
			r.violate("setup", "%v", err)
		}
	}
}

func (r *run) restock() {
	p := r.anyProcess(r.byName[contracts.ServiceInventory])
	if p == nil {
		return
	}
	product, level := products[r.choices.any(len(products))], levels[r.choices.any(len(levels))]
	r.stats.Restocks++
	r.begin(p, func(ctx context.Context) {
		r.say("", "is asked for", strconv.Itoa(level), "of", product)
		// An error means that it may or may not have been done: nobody relies on it.
		_ = p.running.(*inventory.Participant).SetStock(ctx, product, level)
	})
}

func (r *run) placeOrder() {
	p := r.anyProcess(r.byName[contracts.ServiceOrder])
	r.customers.placed++
	wanted := order.Placement{
		CustomerID: "customer-" + strconv.Itoa(r.customers.placed),
		Total:      money.Amount(1000 * r.customers.placed),
	}
	for range 1 + r.choices.any(2) {
		wanted.Items = append(wanted.Items, contracts.Item{ProductID: products[r.choices.any(len(products))], Quantity: 1 + r.choices.any(2)})
	}
	r.begin(p, func(ctx context.Context) {
		ctx = r.request(ctx)
		id, err := p.running.(*order.Participant).Place(ctx, wanted)
		if err == nil {
			r.say("", "answers 201 for", id)
			r.customers.accepted = append(r.customers.accepted, id)
		}
	})
}

// cancelOrder: a customer cancels whatever order there is.
func (r *run) cancelOrder() {
	orders := r.orders.Orders()
	p := r.anyProcess(r.byName[contracts.ServiceOrder])
	if p == nil || len(orders) == 0 {
		return
	}
	id := orders[r.choices.any(len(orders))].ID
	r.stats.Cancels++
	r.begin(p, func(ctx context.Context) {
		r.say("!", "is asked to cancel", id)
		err := p.running.(*order.Participant).Cancel(r.request(ctx), id)
		switch {
		case err == nil:
			r.say("", "answers 200 for the cancellation of", id)
			r.customers.cancelled = append(r.customers.cancelled, id)
		case errs.Is(err, errs.Conflict):
			r.say("", "answers 409 for the cancellation of", id)
			r.customers.completed = append(r.customers.completed, id)
		case !errs.Is(err, errs.Unavailable):
			r.violate("answers", "cancelling %s: %v", id, err)
		}
	})
}

// request returns the context of a new request, which has its correlation id.
func (r *run) request(ctx context.Context) context.Context {
	return event.WithOrigin(ctx, event.Origin{CorrelationID: r.NewID("request")})
}
