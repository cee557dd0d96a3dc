package harness

import (
	"fmt"
	"slices"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/money"
	"orders.internal/shared-kernel/simkit"
)

// The kinds of operations.
const (
	charge  = "charge"
	decline = "decline"
	cancel  = "cancel"
	refund  = "refund"
)

// operation is what was done under an idempotency key, once and for ever.
type operation struct {
	key       string
	orderID   domain.OrderID
	kind      string
	amount    money.Amount
	reference string
}

// books are what the provider has done.
type books struct {
	world   simkit.World
	missing simkit.Protection
	done    []operation
}

// find returns what was done under the key. A provider without keys remembers nothing.
func (b *books) find(key string) (operation, bool) {
	i := slices.IndexFunc(b.done, func(o operation) bool { return o.key == key })
	if i < 0 || b.missing == simkit.GatewayKey || b.missing == simkit.GatewayCancel && b.done[i].kind == cancel {
		return operation{}, false
	}
	return b.done[i], true
}

// book does the operation, unless its key has one; it returns the one that was
// done.
func (b *books) book(o operation) operation {
	if done, found := b.find(o.key); found {
		b.world.Note("it was done before:", done.kind, done.reference)
		return done
	}
	b.done = append(b.done, o)
	b.world.Note("books", o.kind, o.reference)
	return o
}

func (b *books) charge(c application.Charge) (string, error) {
	return answer(b.book(operation{key: c.Key, orderID: c.OrderID, kind: charge, amount: c.Amount, reference: b.world.NewID("tx")}))
}

func (b *books) decline(c application.Charge) (string, error) {
	return answer(b.book(operation{key: c.Key, orderID: c.OrderID, kind: decline, amount: c.Amount}))
}

// answer is what a charge under the operation's key is told.
func answer(done operation) (string, error) {
	switch done.kind {
	case charge:
		return done.reference, nil
	case decline:
		return "", application.ErrDeclined
	default:
		return "", application.ErrKeyCancelled
	}
}

func (b *books) cancel(key string, id domain.OrderID) (transactionID string) {
	if done := b.book(operation{key: key, orderID: id, kind: cancel}); done.kind == charge {
		return done.reference
	}
	return ""
}

func (b *books) refund(r application.Refund) (string, error) {
	charged := slices.ContainsFunc(b.done, func(o operation) bool {
		return o.kind == charge && o.orderID == r.OrderID && o.reference == r.TransactionID && o.amount == r.Amount
	})
	if !charged {
		return "", fmt.Errorf("refund: there is no charge %s of %s", r.TransactionID, r.Amount)
	}
	return b.book(operation{key: r.Key, orderID: r.OrderID, kind: refund, amount: r.Amount, reference: b.world.NewID("refund")}).reference, nil
}
