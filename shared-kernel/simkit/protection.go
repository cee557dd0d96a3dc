package simkit

// Protection is one of the things that the promises rest on. A simulation leaves
// one out to show that it would notice.
type Protection string

// The protections.
const (
	InventoryTombstone      Protection = "inventory-tombstone"      // of an order that is cancelled before it arrives
	PaymentTombstone        Protection = "payment-tombstone"        // of an order that is cancelled before its payment is requested
	ReservationOnce         Protection = "reservation-once"         // an order that has a reservation gets no other
	WholeOrder              Protection = "whole-order"              // every line of an order is set aside, or none
	ReleaseAnnounced        Protection = "release-announced"        // that pieces are available again is an event
	NotificationOnce        Protection = "notification-once"        // of an event type that was recorded nothing more is
	SentOnce                Protection = "sent-once"                // a worker sends what it claimed once
	GatewayKey              Protection = "gateway-key"              // one charge and one refund for a key
	GatewayCancel           Protection = "gateway-cancel"           // a cancelled key charges nothing
	AtomicOutbox            Protection = "atomic-outbox"            // state and events in one transaction
	AttemptsCounted         Protection = "attempts-counted"         // in the database, so that a crash doesn't start over
	ChargeAnnounced         Protection = "charge-announced"         // that of a cancelled order, too
	OrderTransitions        Protection = "order-transitions"        // an order ends once
	FirstReason             Protection = "first-reason"             // an order's cancellation keeps the reason it was published with
	OwnAbsence              Protection = "own-absence"              // no order is late for the order service's sake
	PaymentClaim            Protection = "payment-claim"            // whose charge may be under way is not voided unasked
	AcknowledgeAfterCommit  Protection = "acknowledge-after-commit" // a crash before it brings the message again
	DeleteAfterConfirmation Protection = "delete-after-confirm"     // what the broker hasn't taken is published again
)

// Protections lists them all.
var Protections = []Protection{
	InventoryTombstone, PaymentTombstone, ReservationOnce, WholeOrder, ReleaseAnnounced, NotificationOnce, SentOnce,
	GatewayKey, GatewayCancel, AttemptsCounted, ChargeAnnounced, AtomicOutbox, OrderTransitions, FirstReason, OwnAbsence,
	PaymentClaim, AcknowledgeAfterCommit, DeleteAfterConfirmation,
}
