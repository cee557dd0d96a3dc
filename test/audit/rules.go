package audit

import (
	"slices"
	"strings"
	"time"

	"orders.internal/shared-kernel/contracts"
)

// What a person should do about what no event can put right.
const (
	deletedReservation = "the reservation was deleted: restore its row from a backup; reserving again would take the pieces twice"
	deletedPayment     = "the payment was deleted: restore its row from a backup, by the gateway's ledger; asking again could charge twice"
	deletedOrder       = "restore the order from a backup; if it never was, somebody else published: refund by hand what was charged"
	contradiction      = "no event leads here: look for a restored backup or a foreign publisher, and in the dead queues"
	atTheGateway       = "the payment service keeps trying: look at its log and at the payment gateway"
	moneyByHand        = "compare with the gateway's own books, and charge or refund by hand"
)

// unknown: the order was deleted, or never was.
func (e *examination) unknown() {
	var traces []string
	times := []time.Time{e.booked()}
	if r := e.reservation; r != nil {
		traces, times = append(traces, "a reservation that is "+r.Status), append(times, r.UpdatedAt)
	}
	if p := e.payment; p != nil {
		traces, times = append(traces, "a payment that is "+p.Status), append(times, p.settled())
	}
	for _, entry := range e.ledger {
		traces = append(traces, "a "+entry.Kind+" at the gateway")
	}
	for _, n := range e.notifications {
		traces, times = append(traces, "a notification of "+n.Type), append(times, n.CreatedAt)
	}
	slices.Sort(traces)
	if len(traces) > 0 {
		e.since(times...).wrong(deletedOrder, "unknown to the order service, but there is %s", strings.Join(traces, ", "))
	}
}

// pending names the first step that the saga didn't take.
func (e *examination) pending() {
	o, r := e.order, e.reservation
	switch e.reservationStatus() {
	case "":
		e.since(o.UpdatedAt).lost(contracts.TypeOrderCreated, deletedReservation, "PENDING, and nothing is reserved")
	case rejected:
		e.since(o.UpdatedAt, r.UpdatedAt).lost(contracts.TypeInventoryUnavailable, contradiction, "PENDING, but its reservation is REJECTED")
	case reserved:
		e.pendingReserved()
	default:
		e.since(o.UpdatedAt, r.UpdatedAt).wrong(contradiction, "PENDING, but its reservation is %s", r.Status)
	}
}

func (e *examination) pendingReserved() {
	o, r, p := e.order, e.reservation, e.payment
	if p == nil {
		e.since(o.UpdatedAt, r.UpdatedAt, e.booked()).lost(contracts.TypeInventoryReserved, deletedPayment, "PENDING and reserved, but has no payment")
		return
	}
	at := e.since(o.UpdatedAt, r.UpdatedAt, p.settled())
	switch p.Status {
	case pending:
		at.wrong(atTheGateway, "PENDING, waiting for its payment")
	case processed:
		at.lost(contracts.TypePaymentProcessed, moneyByHand, "PENDING, but its payment is PROCESSED")
	case failed:
		at.lost(contracts.TypePaymentFailed, moneyByHand, "PENDING, but its payment is FAILED")
	default:
		at.wrong(contradiction, "PENDING, but its payment is %s", p.Status)
	}
}

func (e *examination) completed() {
	o, r, p := e.order, e.reservation, e.payment
	switch e.reservationStatus() {
	case committed:
	case "":
		e.since(o.UpdatedAt).wrong(deletedReservation, "COMPLETED, but has no reservation")
	default:
		e.since(o.UpdatedAt, r.UpdatedAt).lost(contracts.TypeOrderConfirmed, contradiction, "COMPLETED, but its reservation is %s", r.Status)
	}
	switch e.paymentStatus() {
	case processed:
	case "":
		e.since(o.UpdatedAt).wrong(deletedPayment, "COMPLETED, but has no payment")
	default:
		e.since(o.UpdatedAt, p.settled()).wrong(contradiction, "COMPLETED, but its payment is %s", p.Status)
	}
}

// ends are where a cancelled order's reservation and payment come to rest, by
// the reason. A saga that was broken off may have got anywhere.
var (
	ends = map[string]struct{ reservation, payment []string }{
		inventoryUnavailable: {[]string{rejected}, []string{voided}},
		paymentFailed:        {[]string{released}, []string{failed}},
	}
	anyEnd = struct{ reservation, payment []string }{[]string{released, rejected}, []string{voided, failed, refunded}}
)

func (e *examination) cancelled() {
	end, listed := ends[e.order.Reason]
	if !listed {
		end = anyEnd
	}
	if !slices.Contains(end.reservation, e.reservationStatus()) {
		e.cancelledReservation()
	}
	if !slices.Contains(end.payment, e.paymentStatus()) {
		e.cancelledPayment()
	}
}

func (e *examination) cancelledReservation() {
	o, r := e.order, e.reservation
	switch e.reservationStatus() {
	case "":
		e.since(o.UpdatedAt).lost(contracts.TypeOrderCancelled, deletedReservation, "CANCELLED (%s), but has no reservation", o.Reason)
	case reserved:
		e.since(o.UpdatedAt, r.UpdatedAt).lost(contracts.TypeOrderCancelled, contradiction, "CANCELLED (%s), but its reservation is RESERVED", o.Reason)
	default:
		e.since(o.UpdatedAt, r.UpdatedAt).wrong(contradiction, "CANCELLED (%s), but its reservation is %s", o.Reason, r.Status)
	}
}

func (e *examination) cancelledPayment() {
	o, p := e.order, e.payment
	switch e.paymentStatus() {
	case "":
		e.since(o.UpdatedAt, e.booked()).lost(contracts.TypeOrderCancelled, deletedPayment, "CANCELLED (%s), but has no payment", o.Reason)
	case pending, processed:
		e.since(o.UpdatedAt, p.settled()).lost(contracts.TypeOrderCancelled, contradiction, "CANCELLED (%s), but its payment is %s", o.Reason, p.Status)
	case refunding: // each try touches it, so the charge's time has to do
		e.since(o.UpdatedAt, e.booked()).wrong(atTheGateway, "CANCELLED (%s), and its refund is still due", o.Reason)
	default:
		e.since(o.UpdatedAt, p.settled()).wrong(contradiction, "CANCELLED (%s), but its payment is %s", o.Reason, p.Status)
	}
}

// refund holds the order's refund against the payment's, whatever became of the
// order: only what is cancelled is ever given back.
func (e *examination) refund() {
	o, p := e.order, e.payment
	made, shown := e.paymentStatus() == refunded, !o.RefundedAt.IsZero()
	switch {
	case made && !shown && o.Status == cancelled:
		e.since(o.UpdatedAt, p.UpdatedAt).lost(contracts.TypePaymentRefunded, moneyByHand, "its payment is REFUNDED, but the order doesn't show it")
	case shown && p == nil:
		e.since(o.UpdatedAt, e.booked()).wrong(moneyByHand, "shown as refunded, but it has no payment")
	case shown && !made:
		e.since(o.UpdatedAt, p.settled()).wrong(moneyByHand, "shown as refunded, but its payment is %s", p.Status)
	}
}
