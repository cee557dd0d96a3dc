package domain

import "slices"

// Status is where a payment stands.
type Status string

// The statuses of a payment. None is a payment that has no row yet.
const (
	None      Status = ""
	Pending   Status = "PENDING"   // intended; not known to be charged
	Processed Status = "PROCESSED" // charged
	Failed    Status = "FAILED"    // not charged, and never will be
	Refunding Status = "REFUNDING" // charged for an order that was cancelled
	Refunded  Status = "REFUNDED"  // charged and given back
	Voided    Status = "VOIDED"    // the order was cancelled before it was charged
)

// transitions is the whole status table.
var transitions = map[Status][]Status{
	None:      {Pending, Voided},
	Pending:   {Processed, Failed, Voided},
	Processed: {Refunding},
	Refunding: {Refunded},
}

func (s Status) canBecome(next Status) bool { return slices.Contains(transitions[s], next) }

// isCharged reports whether the gateway has taken the amount, returned or not.
func (s Status) isCharged() bool { return s == Processed || s == Refunding || s == Refunded }
