package postgres

import (
	"bytes"
	"context"
	"fmt"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// lookup is one call of PlacedUnder. They share queries: they come when the service
// has too much to do.
type lookup struct {
	key   keyID
	found *keyRow // nil: nothing was saved under the key
}

// PlacedUnder implements application.Orders.
func (r *Orders) PlacedUnder(ctx context.Context, key application.IdempotencyKey) (*domain.Order, error) {
	l := &lookup{key: keyID{key.Caller, key.Value}}
	if err := r.lookups.Do(ctx, l); err != nil {
		return nil, fmt.Errorf("look up idempotency key: %w", err)
	}
	switch {
	case l.found == nil:
		return nil, application.ErrKeyUnused
	case !bytes.Equal(l.found.Request, key.Request[:]):
		return nil, application.ErrKeyReused
	}
	return l.found.toDomain()
}

func lookUp(_ context.Context, tx *pgkit.Tx, lookups []*lookup) ([]error, error) {
	keys := make([]keyID, 0, len(lookups))
	for _, l := range lookups {
		keys = append(keys, l.key)
	}
	queueKeys(tx, keys, func(found map[keyID]*keyRow) {
		for _, l := range lookups {
			l.found = found[l.key]
		}
	})
	return make([]error, len(lookups)), nil
}
