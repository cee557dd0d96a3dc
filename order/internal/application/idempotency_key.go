package application

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/money"
)

// IdempotencyKey names a request, so that it can be sent again without harm
// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
type IdempotencyKey struct {
	Caller  string            // whose key it is; callers don't share theirs. Empty: anonymous
	Value   string            // the caller's choice
	Request [sha256.Size]byte // what is asked, see fingerprint
}

// ErrKeyReused is the error for a key that stands for another request already.
var ErrKeyReused = errs.InvalidFields(errs.Field{Name: "Idempotency-Key", Detail: "was used for another order before"})

// ErrKeyUnused is the error for a key under which no order was placed.
var ErrKeyUnused = errs.New(errs.NotFound, "no order was placed under the key")

// asked is what the fingerprint is made of. Keys outlive a deployment, so a field
// that is added here is left out of the text while it is empty.
type asked struct {
	CustomerID    string
	Items         []domain.Item
	Total         money.Amount
	PaymentMethod *string
}

// fingerprint returns a hash that two placements share when they ask for the
// same, however that was written.
func fingerprint(p domain.Placement) [sha256.Size]byte {
	text, err := json.Marshal(asked(p)) // the same fields in the same order each time
	if err != nil {
		panic(fmt.Sprintf("a placement is text and numbers: %v", err))
	}
	return sha256.Sum256(text)
}
