package audit

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// skew is how far the services' clocks may be apart. Were they further, the
// orders in question are asked for one by one.
const skew = time.Minute

// join brings together what the services say about each order. All lists are
// read newest first and side by side, each as far as the orders have come: what
// a saga leaves anywhere is newer than its order. So only what is newer than
// the current order and not yet matched is in memory, however many orders there
// are.
type join struct {
	endpoints Endpoints
	views     map[string]*view
	reserved  func(reservation) // gets every reservation
	whole     func(view)        // gets every order, and at last what has none
}

func (j *join) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	orders := open[order](ctx, g, j.endpoints.Order+"/api/orders")
	reservations := open[reservation](ctx, g, j.endpoints.Inventory+"/api/reservations")
	payments := open[payment](ctx, g, j.endpoints.Payment+"/api/payments")
	ledger := open[entry](ctx, g, j.endpoints.Payment+"/api/gateway/ledger")
	notifications := open[notification](ctx, g, j.endpoints.Notification+"/api/notifications")

	until := func(t time.Time) {
		reservations.until(t, func(r reservation) {
			j.reserved(r)
			j.of(r.OrderID).reservation = &r
		})
		payments.until(t, func(p payment) { j.of(p.OrderID).payment = &p })
		ledger.until(t, func(e entry) {
			v := j.of(e.OrderID)
			v.ledger = append(v.ledger, e)
		})
		notifications.until(t, func(n notification) {
			v := j.of(n.OrderID)
			v.notifications = append(v.notifications, n)
		})
	}
	g.Go(func() error {
		orders.until(time.Time{}, func(o order) {
			until(o.CreatedAt.Add(-skew))
			v := j.of(o.ID)
			v.order = &o
			j.whole(*v)
			delete(j.views, o.ID)
		})
		until(time.Time{})
		for _, v := range j.views {
			j.whole(*v)
		}
		return nil
	})
	return g.Wait()
}

// of returns what there is about an order so far.
func (j *join) of(id string) *view {
	v, there := j.views[id]
	if !there {
		v = &view{id: id}
		j.views[id] = v
	}
	return v
}
