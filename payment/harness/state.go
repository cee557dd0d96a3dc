package harness

import "orders.internal/shared-kernel/money"

// Payment is what there is to see of a payment.
type Payment struct {
	OrderID  string
	Status   string
	Attempts int // as the service counts them
	// Failures is how many attempts failed for a worker that had the payment
	// to itself, and was told that the failure is counted.
	Failures int
	// Excessive tells that a worker set out to try more often than was left.
	Excessive bool
}

// Payments returns all payments, oldest first.
func (s *Store) Payments() (all []Payment) {
	for r := range s.payments.All() {
		all = append(all, Payment{
			OrderID: string(r.OrderID), Status: string(r.Status),
			Attempts: r.Attempts, Failures: s.failures[r.OrderID], Excessive: s.excessive[r.OrderID],
		})
	}
	return all
}

// Busy reports whether a payment waits for a call to the gateway.
func (s *Store) Busy() bool {
	for r := range s.payments.All() {
		if !r.DueAt.IsZero() {
			return true
		}
	}
	return false
}

// Entry is one line of the provider's ledger.
type Entry struct {
	OrderID string
	Kind    string // charge, refund, cancel or decline
	Amount  money.Amount
}

// Ledger returns what the provider has done, oldest first.
func (g *Gateway) Ledger() (entries []Entry) {
	for _, o := range g.books.done {
		entries = append(entries, Entry{OrderID: string(o.orderID), Kind: o.kind, Amount: o.amount})
	}
	return entries
}
