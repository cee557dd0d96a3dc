package domain

// Final reports whether nothing about the order can change any more. An order
// that was cancelled while its payment may have been under way can still get its
// refund recorded; the other reasons leave nothing to refund.
func (o *Order) Final() bool {
	switch {
	case o.status == Pending:
		return false
	case o.status == Completed || !o.refundedAt.IsZero():
		return true
	}
	return o.reason == InventoryUnavailable || o.reason == PaymentFailed
}
