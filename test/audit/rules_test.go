package audit

import (
	"slices"
	"testing"
	"time"
)

func TestEveryEndOfASagaIsClean(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"sold":                   soldOrder(),
		"short":                  shortOrder(),
		"declined":               declinedOrder(),
		"refunded":               refundedOrder(),
		"cancelled at once":      abandonedOrder(),
		"given up after 3 tries": declinedOrder().withEntry("cancel", nil, chargedAt),
		"timed out, and then declined": ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(failed).
			told("OrderCancelled", "PaymentFailed"),
		"timed out, and then short": ordered(cancelled, "TIMEOUT").withReservation(rejected).withPaymentTombstone().
			told("OrderCancelled"),
		"voided before it was requested": ordered(cancelled, "TIMEOUT").withReservation(released).withPaymentTombstone().
			told("OrderCancelled"),
		"voided by the gateway's word": ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(voided).
			withEntry("cancel", nil, chargedAt).told("OrderCancelled"),
		"cancelled for a reason that is new": ordered(cancelled, "FRAUD").withReservation(released).withPayment(voided).
			told("OrderCancelled"),
		"nothing is there": {id: "o-1"},
	} {
		if found := examine(v, nil); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// disagreement is what a finding says, less the advice.
type disagreement struct {
	problem string
	lost    string // event type, "" when nothing may be published
	since   time.Time
}

func TestDisagreements(t *testing.T) {
	t.Parallel()
	started := func() view { return ordered(pending, "") }
	for name, c := range map[string]struct {
		view view
		want []disagreement
	}{
		"OrderCreated is lost": {started(), []disagreement{
			{"PENDING, and nothing is reserved", "OrderCreated", placedAt}}},
		"InventoryUnavailable is lost": {started().withReservation(rejected), []disagreement{
			{"PENDING, but its reservation is REJECTED", "InventoryUnavailable", reservedAt}}},
		"InventoryReserved is lost": {started().withReservation(reserved), []disagreement{
			{"PENDING and reserved, but has no payment", "InventoryReserved", reservedAt}}},
		"the gateway doesn't answer": {started().withReservation(reserved).withPayment(pending), []disagreement{
			{"PENDING, waiting for its payment", "", reservedAt}}},
		"PaymentProcessed is lost": {started().withReservation(reserved).withPayment(processed).withCharge(), []disagreement{
			{"PENDING, but its payment is PROCESSED", "PaymentProcessed", chargedAt},
			{"its customer was not told PaymentProcessed", "PaymentProcessed", chargedAt}}},
		"PaymentFailed is lost": {started().withReservation(reserved).withPayment(failed), []disagreement{
			{"PENDING, but its payment is FAILED", "PaymentFailed", chargedAt},
			{"its customer was not told PaymentFailed", "PaymentFailed", chargedAt}}},
		"pending order was cancelled elsewhere": {started().withReservation(released).withPayment(voided), []disagreement{
			{"PENDING, but its reservation is RELEASED", "", settledAt}}},
		"pending order was voided elsewhere": {started().withReservation(reserved).withPayment(voided), []disagreement{
			{"PENDING, but its payment is VOIDED", "", chargedAt}}},

		"OrderConfirmed is lost": {
			ordered(completed, "").withReservation(reserved).withPayment(processed).withCharge().told("PaymentProcessed"), []disagreement{
				{"COMPLETED, but its reservation is RESERVED", "OrderConfirmed", endedAt},
				{"its customer was not told OrderConfirmed", "OrderConfirmed", endedAt}}},
		"reservation of a completed order is deleted": {
			soldOrder().but(func(v *view) { v.reservation = nil }), []disagreement{
				{"COMPLETED, but has no reservation", "", endedAt}}},
		"reservation and notification of a completed order are deleted": {
			soldOrder().but(func(v *view) { v.reservation, v.notifications = nil, v.notifications[1:] }), []disagreement{
				{"COMPLETED, but has no reservation", "", endedAt},
				{"its customer was not told OrderConfirmed", "", endedAt}}},
		"reservation of a completed order is released": {soldOrder().withReservation(released), []disagreement{
			{"COMPLETED, but its reservation is RELEASED", "", settledAt}}},
		"payment of a completed order is deleted": {
			soldOrder().but(func(v *view) { v.payment = nil }), []disagreement{
				{"COMPLETED, but has no payment", "", endedAt}}},
		"payment of a completed order is refunded": {
			soldOrder().withPayment(refunded).withRefund().told("PaymentRefunded"), []disagreement{
				{"COMPLETED, but its payment is REFUNDED", "", refundedAt}}},
		"payment of a completed order failed": {
			ordered(completed, "").withReservation(committed).withPayment(failed).told("OrderConfirmed"), []disagreement{
				{"COMPLETED, but its payment is FAILED", "", endedAt},
				{"its customer was not told PaymentFailed", "", chargedAt}}},

		"OrderCancelled is lost": {
			ordered(cancelled, "TIMEOUT").withReservation(reserved).withPayment(processed).withCharge().told("PaymentProcessed"), []disagreement{
				{"CANCELLED (TIMEOUT), but its reservation is RESERVED", "OrderCancelled", endedAt},
				{"CANCELLED (TIMEOUT), but its payment is PROCESSED", "OrderCancelled", endedAt},
				{"its customer was not told OrderCancelled", "OrderCancelled", endedAt}}},
		"OrderCancelled is lost before anything was done": {ordered(cancelled, "TIMEOUT"), []disagreement{
			{"CANCELLED (TIMEOUT), but has no reservation", "OrderCancelled", endedAt},
			{"CANCELLED (TIMEOUT), but has no payment", "OrderCancelled", endedAt},
			{"its customer was not told OrderCancelled", "OrderCancelled", endedAt}}},
		"OrderCancelled doesn't reach the payment": {
			ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(pending).told("OrderCancelled"), []disagreement{
				{"CANCELLED (TIMEOUT), but its payment is PENDING", "OrderCancelled", endedAt}}},
		"reservation of a cancelled order is deleted": {
			refundedOrder().but(func(v *view) { v.reservation = nil }), []disagreement{
				{"CANCELLED (TIMEOUT), but has no reservation", "", refundedAt}}},
		"rejected reservation is deleted": {
			shortOrder().but(func(v *view) { v.reservation = nil }), []disagreement{
				{"CANCELLED (INVENTORY_UNAVAILABLE), but has no reservation", "", endedAt}}},
		"cancelled order was sold": {abandonedOrder().withReservation(committed), []disagreement{
			{"CANCELLED (CUSTOMER_REQUEST), but its reservation is COMMITTED", "", settledAt}}},
		"charged payment of a cancelled order is deleted": {
			ordered(cancelled, "TIMEOUT").withReservation(released).withCharge().told("OrderCancelled", "PaymentProcessed"), []disagreement{
				{"CANCELLED (TIMEOUT), but has no payment", "", endedAt},
				{"CANCELLED at 99.90, but charged [99.90] and refunded []", "", endedAt}}},
		"failed payment of a cancelled order is deleted": {
			declinedOrder().but(func(v *view) { v.payment = nil }), []disagreement{
				{"CANCELLED (PAYMENT_FAILED), but has no payment", "", endedAt}}},
		"voided payment of a short order is deleted": {
			shortOrder().but(func(v *view) { v.payment = nil }), []disagreement{
				{"CANCELLED (INVENTORY_UNAVAILABLE), but has no payment", "OrderCancelled", endedAt}}},
		"the refund is not answered": {
			ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(refunding).withCharge().
				told("OrderCancelled", "PaymentProcessed"), []disagreement{
				{"CANCELLED (TIMEOUT), and its refund is still due", "", endedAt}}},
		"payment failed, but a charge was refunded": {
			declinedOrder().withPayment(refunded).withCharge().withRefund().refundShown().
				but(func(v *view) { v.notifications = nil }).told("OrderCancelled", "PaymentProcessed", "PaymentRefunded"), []disagreement{
				{"CANCELLED (PAYMENT_FAILED), but its payment is REFUNDED", "", refundedAt}}},
		"PaymentRefunded is lost": {
			ordered(cancelled, "TIMEOUT").withReservation(released).withPayment(refunded).withCharge().withRefund().
				told("OrderCancelled", "PaymentProcessed"), []disagreement{
				{"its payment is REFUNDED, but the order doesn't show it", "PaymentRefunded", refundedAt},
				{"its customer was not told PaymentRefunded", "PaymentRefunded", refundedAt}}},
		"shown as refunded, but complete": {soldOrder().refundShown(), []disagreement{
			{"shown as refunded, but its payment is PROCESSED", "", refundedAt}}},
		"shown as refunded, but pending": {started().withReservation(reserved).withPayment(pending).refundShown(), []disagreement{
			{"PENDING, waiting for its payment", "", refundedAt},
			{"shown as refunded, but its payment is PENDING", "", refundedAt}}},
		"shown as refunded, but never reserved": {started().refundShown(), []disagreement{
			{"PENDING, and nothing is reserved", "", refundedAt},
			{"shown as refunded, but it has no payment", "", refundedAt}}},
		"refunded payment of a cancelled order is deleted": {
			refundedOrder().but(func(v *view) { v.payment, v.ledger, v.notifications = nil, nil, v.notifications[:1] }), []disagreement{
				{"CANCELLED (TIMEOUT), but has no payment", "", refundedAt},
				{"shown as refunded, but it has no payment", "", refundedAt}}},
		"shown as refunded without a refund": {abandonedOrder().refundShown(), []disagreement{
			{"shown as refunded, but its payment is VOIDED", "", refundedAt},
			{"ordered product-A x2, product-B x1, but its reservation is of nothing", "", refundedAt}}},

		"reserved what was not ordered": {
			soldOrder().but(func(v *view) { v.reservation.Items = v.reservation.Items[:1] }), []disagreement{
				{"ordered product-A x2, product-B x1, but its reservation is of product-A x2", "", settledAt}}},
		"tombstone in place of a reservation": {refundedOrder().withReservationTombstone(), []disagreement{
			{"ordered product-A x2, product-B x1, but its reservation is of nothing", "", refundedAt}}},
		"payment of another amount": {
			soldOrder().but(func(v *view) { v.payment.Amount = amount(total + 1) }), []disagreement{
				{"its total is 99.90, but its payment is of 99.91", "", endedAt}}},
		"charge of another amount": {
			soldOrder().but(func(v *view) { v.ledger = nil }).withEntry("charge", amount(1), chargedAt), []disagreement{
				{"COMPLETED at 99.90, but charged [0.01] and refunded []", "", endedAt}}},
		"charged twice": {soldOrder().withEntry("charge", amount(total), settledAt), []disagreement{
			{"COMPLETED at 99.90, but charged [99.90 99.90] and refunded []", "", settledAt}}},
		"not charged": {soldOrder().but(func(v *view) { v.ledger = nil }), []disagreement{
			{"COMPLETED at 99.90, but charged [] and refunded []", "", endedAt}}},
		"charged although it failed": {declinedOrder().withCharge(), []disagreement{
			{"CANCELLED at 99.90, but charged [99.90] and refunded []", "", endedAt}}},
		"refund is missing at the gateway": {
			refundedOrder().but(func(v *view) { v.ledger = v.ledger[1:] }), []disagreement{
				{"CANCELLED at 99.90, but charged [99.90] and refunded []", "", refundedAt}}},
		"completed, and paid, but the money is not there": {
			soldOrder().but(func(v *view) { v.ledger, v.notifications = nil, v.notifications[:1] }), []disagreement{
				{"COMPLETED at 99.90, but charged [] and refunded []", "", endedAt},
				{"its customer was not told PaymentProcessed", "", chargedAt}}},

		"notification is deleted": {
			soldOrder().but(func(v *view) { v.notifications = v.notifications[:1] }), []disagreement{
				{"its customer was not told PaymentProcessed", "PaymentProcessed", chargedAt}}},
		"notification waits": {
			soldOrder().but(func(v *view) { v.notifications[0].DeliveredAt = time.Time{} }), []disagreement{
				{"the notification of OrderConfirmed is not delivered", "", settledAt}}},
		"told what has not happened": {soldOrder().told("PaymentFailed"), []disagreement{
			{"its customer was told PaymentFailed, which has not happened", "", settledAt}}},

		"the order is deleted": {refundedOrder().but(func(v *view) { v.order, v.notifications = nil, v.notifications[:1] }), []disagreement{
			{"unknown to the order service, but there is a charge at the gateway, a notification of OrderCancelled, " +
				"a payment that is REFUNDED, a refund at the gateway, a reservation that is RELEASED", "", refundedAt}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []disagreement
			for _, f := range examine(c.view, nil) {
				got = append(got, disagreement{f.Problem, f.LostEvent, f.Since})
				if f.OrderID != "o-1" || (f.Advice == "") != (f.LostEvent != "") {
					t.Errorf("incomplete: %+v", f)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%v\nwant\n%v", got, c.want)
			}
		})
	}
}

func TestWhatIsYoungIsNotReported(t *testing.T) {
	t.Parallel()
	v := ordered(completed, "").withReservation(reserved).withPayment(processed).withCharge().told("PaymentProcessed")
	for name, c := range map[string]struct {
		cutoff time.Time
		want   int
	}{
		"just completed":      {endedAt, 0},
		"completed long ago":  {endedAt.Add(time.Microsecond), 2},
		"reserved since then": {reservedAt, 0},
	} {
		if got := before(c.cutoff, examine(v, nil)); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
