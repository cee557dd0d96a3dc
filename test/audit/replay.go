package audit

import (
	"slices"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
)

// replays says of the events that are worth publishing again when that is safe,
// and what they say. Everybody who consumes the type gets the event, so it has
// to be harmless at each of them, and to stay so whatever happens until it
// arrives. Handlers ignore what comes twice or late as long as the row is there
// that tells them; what has to be checked is that no such row was deleted, and
// that nobody finds a contradiction in the event.
var replays = map[string]struct {
	safe    func(view, differences) bool
	message func(view) contracts.Message
}{
	contracts.TypeOrderCreated:         {view.canCreate, view.orderCreated},
	contracts.TypeOrderConfirmed:       {view.canConfirm, view.orderConfirmed},
	contracts.TypeOrderCancelled:       {view.canCancel, view.orderCancelled},
	contracts.TypeInventoryReserved:    {view.canReserve, view.inventoryReserved},
	contracts.TypeInventoryUnavailable: {view.canReject, view.inventoryUnavailable},
	contracts.TypePaymentProcessed:     {view.canProcess, view.paymentProcessed},
	contracts.TypePaymentFailed:        {view.canFail, view.paymentFailed},
	contracts.TypePaymentRefunded:      {view.canRefund, view.paymentRefunded},
}

// replay returns the event of the type, and whether it may be published again.
func (v view) replay(eventType string, d differences) (contracts.Message, bool) {
	r, known := replays[eventType]
	if !known || v.order == nil || !r.safe(v, d) {
		return contracts.Message{}, false
	}
	return r.message(v), true
}

// canCreate: inventory would reserve. A reservation that was made and deleted
// must not be made again, and it looks like one that was never made, but for
// two things: what followed from it, and the stock. Pieces are set aside in the
// transaction that writes the row, so a deleted row leaves more of them
// reserved than the reservations account for.
func (v view) canCreate(d differences) bool {
	return v.order.Status == pending && v.neverReserved(d) && v.payment == nil && len(v.notifications) == 0
}

func (v view) neverReserved(d differences) bool {
	return v.reservation == nil && !v.wasRequested() && !d.touch(v.order.Items)
}

// canConfirm: inventory sells. With nothing to sell, and nothing sold before, it
// finds a contradiction in the event.
func (v view) canConfirm(differences) bool {
	return v.order.Status == completed && slices.Contains([]string{reserved, committed}, v.reservationStatus())
}

// canCancel: it releases, voids or refunds what there is, each once. Where
// there is no row, inventory and payment write a tombstone, which must not
// cover up a row that was deleted.
func (v view) canCancel(d differences) bool {
	if v.order.Status != cancelled || v.reservationStatus() == committed {
		return false
	}
	byInventory, byPayment := v.order.Reason == inventoryUnavailable, v.order.Reason == paymentFailed
	if v.reservation == nil && (byInventory || byPayment || !v.neverReserved(d)) {
		return false
	}
	return v.payment != nil || !byPayment && !v.wasRequested()
}

// canReserve: payment would charge. Nothing shows that it was asked to before;
// and should its row have been deleted before the charge was booked, the
// idempotency key, made from the order's id, keeps that from being made twice.
func (v view) canReserve(differences) bool {
	return v.order.Status == pending && v.payment == nil && !v.wasRequested() &&
		v.reservationStatus() == reserved && slices.Equal(v.reservation.Items, v.order.Items)
}

// canReject: the order is cancelled. A rejected reservation stays one, and
// nothing was taken for it.
func (v view) canReject(differences) bool {
	return v.order.Status == pending && v.payment == nil && !v.wasRequested() && v.reservationStatus() == rejected
}

// canProcess: a pending order is completed, and then its reservation sold, so
// that has to be there, and the money to be taken and kept.
func (v view) canProcess(differences) bool {
	if v.payment == nil || !v.payment.isCharged() || !v.hasCharges(1) {
		return false
	}
	return v.order.Status != pending ||
		v.payment.Status == processed && len(v.refunds()) == 0 && v.reservationStatus() == reserved
}

// canFail: a pending order is cancelled, and then its reservation released. Who
// has a complete order must not be told that its payment failed.
func (v view) canFail(differences) bool {
	return v.paymentStatus() == failed && v.hasCharges(0) &&
		(v.order.Status == cancelled || v.order.Status == pending && v.reservationStatus() == reserved)
}

// canRefund: the order notes when its customer got the money back.
func (v view) canRefund(differences) bool {
	return v.order.Status == cancelled && v.paymentStatus() == refunded && v.hasCharges(1) && len(v.refunds()) == 1
}

// hasCharges reports whether the ledger has so many charges, each of the
// order's total, and the payment that amount, too.
func (v view) hasCharges(n int) bool {
	total := v.order.TotalAmount
	return v.payment.Amount != nil && *v.payment.Amount == total &&
		slices.Equal(v.charges(), slices.Repeat([]money.Amount{total}, n))
}
