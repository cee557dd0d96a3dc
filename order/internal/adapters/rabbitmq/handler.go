// Package rabbitmq connects the order service to the saga: messages of other
// services become use cases, its own events become messages.
package rabbitmq

import (
	"context"
	"fmt"
	"strings"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/rabbitkit"
)

// UseCases are what messages lead to.
type UseCases struct {
	Confirm *application.ConfirmOrder
	Fail    *application.FailOrder
	Refund  *application.RecordRefund
	Observe *application.ObserveEvent
}

// NewHandler returns the handler of the queue order.events. Events that the
// order service has no interest in are acknowledged without effect.
func NewHandler(do UseCases) rabbitkit.Handler {
	return func(ctx context.Context, m contracts.Message) error {
		id, seen := domain.OrderID(m.Data.Subject()), observation(m)
		switch data := m.Data.(type) {
		case contracts.InventoryReserved, contracts.InventoryReleased:
			return do.Observe.Do(ctx, id, seen)
		case contracts.InventoryUnavailable:
			return do.Fail.Do(ctx, id, seen, domain.InventoryUnavailable, describe(data.Shortages))
		case contracts.PaymentProcessed:
			return do.Confirm.Do(ctx, id, seen)
		case contracts.PaymentFailed:
			return do.Fail.Do(ctx, id, seen, domain.PaymentFailed, data.Reason)
		case contracts.PaymentRefunded:
			return do.Refund.Do(ctx, id, seen)
		}
		return nil
	}
}

func observation(m contracts.Message) domain.Observation {
	if route, known := contracts.RouteOf(m.Data.EventType()); known && m.Source == "" {
		m.Source = "/" + route.Publisher // a foreign publisher may leave it out
	}
	return domain.Observation{
		EventID:     m.ID,
		Type:        m.Data.EventType(),
		Source:      m.Source,
		CausationID: m.Origin.CausationID,
		OccurredAt:  m.Time,
		Attempts:    attempts(m.Data),
	}
}

// attempts are those of the payment. What the other events took, nobody counts.
func attempts(data contracts.Data) int {
	switch d := data.(type) {
	case contracts.PaymentProcessed:
		return d.Attempts
	case contracts.PaymentFailed:
		return d.Attempts
	}
	return 0
}

func describe(shortages []contracts.Shortage) string {
	texts := make([]string, len(shortages))
	for i, s := range shortages {
		texts[i] = fmt.Sprintf("%s: %d requested, %d available", s.ProductID, s.Requested, s.Available)
	}
	return strings.Join(texts, "; ")
}
