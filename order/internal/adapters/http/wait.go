package http

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// awaited returns the order as it is when it has ended, or when the client
// doesn't prefer to wait any longer; at once, when the server stops, when the client
// has gone, or when too many wait already, over all or for the same customer. Waiting is
// a courtesy: when it is not possible, the order as it was has to do.
func (f *Following) awaited(c *fiber.Ctx, order *domain.Order) *domain.Order {
	preferred := preferredWait(c)
	if preferred == 0 {
		return order
	}
	if !order.Snapshot().Status.Terminal() {
		leave, entered := f.waits.enter(authkit.Customer(c))
		if !entered {
			return order
		}
		defer leave()
		id := order.Snapshot().ID
		ended, err := f.wait(c, id, c.Context().Time().Add(preferred))
		if err != nil {
			if left, yes := f.failed.Turn(); yes {
				f.log.WarnContext(c.UserContext(), "a client could not wait for its order", "order_id", id, "error", err, "more_before", left)
			}
			return order
		}
		order = ended
	}
	c.Set("Preference-Applied", fmt.Sprintf("wait=%d", int(preferred/time.Second)))
	return order
}

// wait is not bound by the deadline that other requests have.
func (f *Following) wait(c *fiber.Ctx, id domain.OrderID, until time.Time) (*domain.Order, error) {
	ctx, cancel := context.WithDeadline(context.WithoutCancel(c.UserContext()), until)
	defer cancel()
	defer context.AfterFunc(httpkit.Serving(c), cancel)()
	defer httpkit.OnGone(c, cancel)()
	return f.await.Do(ctx, id)
}
