package audit

import (
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
)

// The life of an order, minute by minute.
var (
	placedAt   = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	reservedAt = placedAt.Add(1 * time.Minute)
	chargedAt  = placedAt.Add(2 * time.Minute)
	endedAt    = placedAt.Add(3 * time.Minute)
	settledAt  = placedAt.Add(4 * time.Minute) // what follows the end
	refundedAt = placedAt.Add(5 * time.Minute)
)

const total = money.Amount(9990)

func lines() []contracts.Item {
	return []contracts.Item{{ProductID: "product-A", Quantity: 2}, {ProductID: "product-B", Quantity: 1}}
}

func amount(a money.Amount) *money.Amount { return &a }

// The builders of examples: an order, and what the services did.

func ordered(status, reason string) view {
	o := &order{
		ID: "o-1", CustomerID: "customer-1", Items: lines(), TotalAmount: total, PaymentMethod: "card",
		Status: status, Reason: reason, CreatedAt: placedAt, UpdatedAt: placedAt,
	}
	if status != pending {
		o.UpdatedAt = endedAt
	}
	return view{id: "o-1", order: o}
}

func (v view) withReservation(status string) view {
	r := &reservation{OrderID: "o-1", Status: status, Items: lines(), CreatedAt: reservedAt, UpdatedAt: reservedAt}
	if status == committed || status == released {
		r.UpdatedAt = settledAt
	}
	v.reservation = r
	return v
}

func (v view) withReservationTombstone() view {
	v.reservation = &reservation{OrderID: "o-1", Status: released, CreatedAt: settledAt, UpdatedAt: settledAt}
	return v
}

func (v view) withPayment(status string) view {
	p := &payment{OrderID: "o-1", Status: status, Amount: amount(total), Attempts: 1, CreatedAt: reservedAt, UpdatedAt: chargedAt}
	switch status {
	case processed, refunding:
		p.TransactionID = "tx-1"
	case refunded:
		p.TransactionID, p.RefundID, p.UpdatedAt = "tx-1", "re-1", refundedAt
	case failed:
		p.FailureReason = "DECLINED"
	}
	v.payment = p
	return v
}

func (v view) withPaymentTombstone() view {
	v.payment = &payment{OrderID: "o-1", Status: voided, CreatedAt: settledAt, UpdatedAt: settledAt}
	return v
}

func (v view) withCharge() view { return v.withEntry("charge", amount(total), chargedAt) }
func (v view) withRefund() view { return v.withEntry("refund", amount(total), refundedAt) }

func (v view) withEntry(kind string, a *money.Amount, at time.Time) view {
	v.ledger = append([]entry{{OrderID: "o-1", Kind: kind, Amount: a, CreatedAt: at}}, v.ledger...)
	return v
}

func (v view) told(types ...string) view {
	for _, t := range types {
		v.notifications = append(v.notifications, notification{OrderID: "o-1", Type: t, CreatedAt: settledAt, DeliveredAt: settledAt})
	}
	return v
}

func (v view) refundShown() view {
	v.order.RefundedAt, v.order.UpdatedAt = refundedAt, refundedAt
	return v
}

// but changes an example.
func (v view) but(change func(*view)) view {
	change(&v)
	return v
}

// How sagas end.

func soldOrder() view {
	return ordered(completed, "").withReservation(committed).withPayment(processed).withCharge().
		told("OrderConfirmed", "PaymentProcessed")
}

func shortOrder() view {
	return ordered(cancelled, inventoryUnavailable).withReservation(rejected).withPaymentTombstone().told("OrderCancelled")
}

func declinedOrder() view {
	return ordered(cancelled, paymentFailed).withReservation(released).withPayment(failed).told("OrderCancelled", "PaymentFailed")
}

func refundedOrder() view {
	return ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(refunded).withCharge().withRefund().refundShown().
		told("OrderCancelled", "PaymentProcessed", "PaymentRefunded")
}

// abandonedOrder was cancelled before anything was done for it.
func abandonedOrder() view {
	return ordered(cancelled, "CUSTOMER_REQUEST").withReservationTombstone().withPaymentTombstone().told("OrderCancelled")
}
