package audit

import (
	"slices"
	"strconv"
	"strings"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
)

// items holds what was ordered against what was reserved.
func (e *examination) items() {
	o, r := e.order, e.reservation
	if r == nil || slices.Equal(r.Items, o.Items) {
		return
	}
	// Cancelled before it was reserved: a tombstone. Nothing follows from one.
	if r.Status == released && len(r.Items) == 0 && !e.wasRequested() {
		return
	}
	e.since(o.UpdatedAt, r.UpdatedAt).wrong(contradiction, "ordered %s, but its reservation is of %s", textOf(o.Items), textOf(r.Items))
}

func textOf(items []contracts.Item) string {
	if len(items) == 0 {
		return "nothing"
	}
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = item.ProductID + " x" + strconv.Itoa(item.Quantity)
	}
	return strings.Join(lines, ", ")
}

// money holds the order's total against its payment and the gateway's ledger.
func (e *examination) money() {
	o, p := e.order, e.payment
	if p != nil && p.Amount != nil && *p.Amount != o.TotalAmount {
		e.since(o.UpdatedAt, p.CreatedAt).wrong(moneyByHand, "its total is %s, but its payment is of %s", o.TotalAmount, *p.Amount)
	}
	charges, refunds := e.charges(), e.refunds()
	if e.ledgerFits(len(charges), len(refunds)) && allEqual(charges, o.TotalAmount) && allEqual(refunds, o.TotalAmount) {
		return
	}
	at := e.since(o.UpdatedAt, e.booked())
	if p != nil {
		at = e.since(o.UpdatedAt, e.booked(), p.settled())
	}
	at.wrong(moneyByHand, "%s at %s, but charged %v and refunded %v", o.Status, o.TotalAmount, charges, refunds)
}

// ledgerFits tells whether so many charges and refunds fit the payment. Its
// call may be booked before its answer is.
func (e *examination) ledgerFits(charges, refunds int) bool {
	switch e.paymentStatus() {
	case "": // an order that is complete was charged; of any other, nothing is kept
		if e.order.Status == completed {
			return charges == 1 && refunds == 0
		}
		return charges == refunds && charges <= 1
	case pending:
		return charges <= 1 && refunds == 0
	case processed:
		return charges == 1 && refunds == 0
	case refunding:
		return charges == 1 && refunds <= 1
	case refunded:
		return charges == 1 && refunds == 1
	}
	return charges == 0 && refunds == 0
}

func allEqual(amounts []money.Amount, want money.Amount) bool {
	return !slices.ContainsFunc(amounts, func(a money.Amount) bool { return a != want })
}
