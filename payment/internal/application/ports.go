// Package application holds what the payment service can do, one use case a
// file, and the ports through which it reaches the outside.
package application

//go:generate go tool mockgen -source=ports.go -destination=mocks_test.go -package=application

import (
	"context"
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// Payments keeps the payments. Every method's error has the code
// errs.Unavailable while the store can't be reached.
type Payments interface {
	// Update locks the order's payment, applies change, and saves its state and
	// events in one transaction. When there is none, change gets a payment with
	// the status None, which is saved if it leaves that status. change does no
	// I/O and may run again; its error rolls back and is returned.
	Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error
	// UpdateKnown is Update for a caller who believes that known is what is stored
	// (domain.New: that there is none). As long as that is so, nothing has to be
	// read: change gets a copy of known. Otherwise it runs again, on what is
	// stored, and that alone counts.
	UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error
	// Claim returns, of the payments whose next call is due at now, those that
	// have been so the longest, at most limit. It has made each of them, durably,
	// claimed for ever and due again at until: no other claim returns it before
	// that, and a payment that was never claimed was never charged.
	Claim(ctx context.Context, now, until time.Time, limit int) ([]Claimed, error)
	// ByID returns the payment of an order, or errs.NotFound.
	ByID(ctx context.Context, id domain.OrderID) (*domain.Payment, error)
	// List returns the payments that match the filter, newest first.
	List(ctx context.Context, f Filter) ([]*domain.Payment, error)
}

// Claimed is a payment in a worker's hands, and what made its call due.
type Claimed struct {
	Payment *domain.Payment
	Origin  event.Origin
}

// Hands settle payments beside whoever has one for them.
type Hands interface {
	// Take takes a hand, if one is free. Give or Return it afterwards.
	Take() bool
	// Give has it settle a payment, and doesn't wait for that.
	Give(c Claimed)
	// Return gives it back.
	Return()
}

// Filter selects payments. Its zero fields select everything.
type Filter struct {
	OrderID    domain.OrderID
	CustomerID string
	After      *Position // only what comes after this in the list
	Limit      int
}

// Position is a payment's place in the list.
type Position struct {
	CreatedAt time.Time
	OrderID   domain.OrderID
}

// Gateway is the provider that takes the money. Its calls are idempotent under
// their key. An error that isn't named here means that the call's outcome is
// unknown, or that it never reached the gateway: the same call, made later,
// settles it.
type Gateway interface {
	// Charge takes the amount, once for the key, and returns the transaction's
	// id. It fails with ErrDeclined, ErrKeyCancelled or ErrAttemptsExhausted, and
	// with a *HeldBackError when the call was not made.
	Charge(ctx context.Context, c Charge, a Attempts) (transactionID string, err error)
	// Cancel closes the key of a charge: afterwards nothing is ever charged under
	// it. If it has been charged already, Cancel changes nothing and returns the
	// transaction's id, otherwise "".
	Cancel(ctx context.Context, key string, id domain.OrderID) (transactionID string, err error)
	// Refund gives a charge back, once for the key, and returns the refund's id.
	Refund(ctx context.Context, r Refund) (refundID string, err error)
}

// Charge says what is to be taken.
type Charge struct {
	Key     string
	OrderID domain.OrderID
	Amount  money.Amount
	Method  string
}

// Attempts bounds how often one Charge is tried.
type Attempts struct {
	Left int
	// Failed counts an attempt that was answered with a failure or timed out. It
	// is called before the next one; its error ends the charge and is returned.
	Failed func(ctx context.Context) error
}

// Refund says what is to be given back.
type Refund struct {
	Key           string
	OrderID       domain.OrderID
	TransactionID string // of the charge
	Amount        money.Amount
}

// Ledger is the provider's own record of what it did.
type Ledger interface {
	// Entries returns the entries that match the filter, newest first. Its error
	// has the code errs.Unavailable while the provider can't be reached.
	Entries(ctx context.Context, f LedgerFilter) ([]Entry, error)
}

// LedgerFilter selects entries. Its zero fields select everything.
type LedgerFilter struct {
	OrderID domain.OrderID
	After   *LedgerPosition // only what comes after this in the ledger
	Limit   int
}

// LedgerPosition is an entry's place in the ledger.
type LedgerPosition struct {
	CreatedAt time.Time
	Number    int64
}

// Entry is one line of the ledger.
type Entry struct {
	Number    int64 // tells apart what has the same time
	OrderID   domain.OrderID
	Kind      string       // charge, refund or cancel
	Amount    money.Amount // 0 for a cancel
	CreatedAt time.Time
}
