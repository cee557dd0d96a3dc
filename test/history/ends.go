package history

import "orders.internal/shared-kernel/contracts"

// end is how a saga ended, in the words of the services.
type end struct {
	share  int // of all orders, in 100
	events []string
	last   string // of the order itself

	order, reason string
	reservation   string
	payment       string
	failure       string
	operations    []string // at the gateway
	told          []string // the customer, of these events
}

var ends = []*end{
	{
		share: 85, order: "COMPLETED", reservation: "COMMITTED", payment: "PROCESSED", operations: []string{"charge"},
		events: []string{contracts.TypeOrderCreated, contracts.TypeInventoryReserved, contracts.TypePaymentProcessed, contracts.TypeOrderConfirmed},
		last:   contracts.TypeOrderConfirmed,
		told:   []string{contracts.TypePaymentProcessed, contracts.TypeOrderConfirmed},
	},
	{
		share: 5, order: "CANCELLED", reason: "INVENTORY_UNAVAILABLE", reservation: "REJECTED", payment: "VOIDED",
		events: []string{contracts.TypeOrderCreated, contracts.TypeInventoryUnavailable, contracts.TypeOrderCancelled},
		last:   contracts.TypeOrderCancelled,
		told:   []string{contracts.TypeOrderCancelled},
	},
	{
		share: 7, order: "CANCELLED", reason: "PAYMENT_FAILED", reservation: "RELEASED", payment: "FAILED", failure: "DECLINED",
		operations: []string{"decline"},
		events: []string{contracts.TypeOrderCreated, contracts.TypeInventoryReserved, contracts.TypePaymentFailed,
			contracts.TypeOrderCancelled, contracts.TypeInventoryReleased},
		last: contracts.TypeOrderCancelled,
		told: []string{contracts.TypePaymentFailed, contracts.TypeOrderCancelled},
	},
	{
		share: 3, order: "CANCELLED", reason: "CUSTOMER_REQUEST", reservation: "RELEASED", payment: "REFUNDED",
		operations: []string{"charge", "refund"},
		events: []string{contracts.TypeOrderCreated, contracts.TypeInventoryReserved, contracts.TypeOrderCancelled,
			contracts.TypePaymentProcessed, contracts.TypeInventoryReleased, contracts.TypePaymentRefunded},
		last: contracts.TypeOrderCancelled,
		told: []string{contracts.TypeOrderCancelled, contracts.TypePaymentProcessed, contracts.TypePaymentRefunded},
	},
}

// pick returns how the order with this number of 0 to 99 ended.
func pick(n int) *end {
	for _, e := range ends {
		if n -= e.share; n < 0 {
			return e
		}
	}
	return ends[0]
}

// voided tells that the payment never was requested.
func (e *end) voided() bool { return e.payment == "VOIDED" }
