package application

import "context"

// ReadLedger shows what the payment provider really did.
type ReadLedger struct {
	ledger Ledger
}

// NewReadLedger returns the use case.
func NewReadLedger(ledger Ledger) *ReadLedger { return &ReadLedger{ledger: ledger} }

// Do returns the entries that match, newest first.
func (uc *ReadLedger) Do(ctx context.Context, f LedgerFilter) ([]Entry, error) {
	return uc.ledger.Entries(ctx, f)
}
