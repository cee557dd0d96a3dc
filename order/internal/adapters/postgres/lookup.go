package postgres

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
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
		return nil, errs.New(errs.NotFound, "no order was placed under the key")
	case !bytes.Equal(l.found.Request, key.Request[:]):
		return nil, application.ErrKeyReused
	}
	return l.found.toDomain()
}

func lookUp(_ context.Context, tx *pgkit.Tx, lookups []*lookup) ([]error, error) {
	var callers, values []string
	for _, l := range lookups {
		callers = append(callers, l.key.caller)
		values = append(values, l.key.value)
	}
	tx.Queue(selectKeys, callers, values).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[keyRow])
		rowOf := make(map[keyID]*keyRow, len(found))
		for _, k := range found {
			rowOf[keyID{k.Caller, k.Value}] = k
		}
		for _, l := range lookups {
			l.found = rowOf[l.key]
		}
		return err
	})
	return make([]error, len(lookups)), nil
}
