package postgres

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// request is the part of an operation that adds its order under a key.
type request struct {
	application.IdempotencyKey
	order *domain.Order // what the key stands for, once the transaction has run
}

// keyID identifies a key among those of all callers.
type keyID struct{ caller, value string }

func (r *request) id() keyID { return keyID{r.Caller, r.Value} }

// holder is who had a key first.
type holder struct {
	order   *domain.Order
	request []byte
}

// addOnce adds the order, unless its key stands for another one or for another
// request. err fails the transaction, because the key is in it already.
func (r *Orders) addOnce(w *writes, holders map[keyID]holder, op *operation) (outcome, err error) {
	first := holders[op.once.id()]
	if !bytes.Equal(first.request, op.once.Request[:]) {
		return application.ErrKeyReused, nil
	}
	op.once.order = first.order
	if first.order != op.add {
		return nil, nil
	}
	return nil, r.add(w, op)
}

// claims are the keys of one transaction's operations.
type claims struct {
	firsts   map[keyID]*operation // the first that has each
	inserted map[uuid.UUID]bool   // the orders of those that nobody had before, once the insert is sent
}

// Inserted in one order by everybody, so that transactions wait for each other and
// never in a circle.
const insertKey = `
INSERT INTO idempotency_keys (caller, key, request, order_id, created_at)
SELECT caller, key, request, order_id, created_at FROM unnest($1::new_idempotency_key[])
ON CONFLICT DO NOTHING
RETURNING order_id`

// claim queues the insert of the operations' keys. It waits for transactions that are
// about to save an order under one of them.
func claim(tx *pgkit.Tx, operations []*operation) claims {
	c := claims{map[keyID]*operation{}, map[uuid.UUID]bool{}}
	for _, op := range operations {
		if op.once != nil && c.firsts[op.once.id()] == nil {
			c.firsts[op.once.id()] = op
		}
	}
	if len(c.firsts) == 0 {
		return c
	}
	keys := pgkit.Rows(slices.SortedFunc(maps.Values(c.firsts), byKey), writeKey)
	tx.Queue(insertKey, keys).Query(func(rows pgx.Rows) error {
		inserted, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		for _, id := range inserted {
			c.inserted[id] = true
		}
		return err
	})
	return c
}

func writeKey(op *operation, to *pgkit.Row) {
	to.Text(op.once.Caller)
	to.Text(op.once.Value)
	to.Bytes(op.once.Request[:])
	to.UUID(op.id)
	to.Time(op.add.Snapshot().CreatedAt)
}

func byKey(a, b *operation) int {
	return cmp.Or(cmp.Compare(a.once.Caller, b.once.Caller), cmp.Compare(a.once.Value, b.once.Value))
}

// holders returns who holds each key, once the insert is sent: the first operation
// that has it, or an order that was saved before.
func (c claims) holders(ctx context.Context, tx *pgkit.Tx) (map[keyID]holder, error) {
	holders := make(map[keyID]holder, len(c.firsts))
	var earlier []keyID
	for id, op := range c.firsts {
		if c.inserted[op.id] {
			holders[id] = holder{op.add, op.once.Request[:]}
		} else {
			earlier = append(earlier, id)
		}
	}
	if len(earlier) == 0 {
		return holders, nil
	}
	return holders, readKeys(ctx, tx, earlier, holders)
}

// keyRow is a key with its order.
type keyRow struct {
	Caller, Value string
	Request       []byte
	row
}

const selectKeys = `
SELECT caller, key, request, o.*
FROM unnest($1::text[], $2::text[]) AS wanted (caller, key)
JOIN idempotency_keys USING (caller, key)
JOIN LATERAL (SELECT ` + columns + ` FROM orders WHERE id = order_id) o ON true`

// queueKeys queues the reading of those of the keys that orders were saved under, and
// hands them to take.
func queueKeys(tx *pgkit.Tx, keys []keyID, take func(found map[keyID]*keyRow)) {
	var callers, values []string
	for _, id := range keys {
		callers = append(callers, id.caller)
		values = append(values, id.value)
	}
	tx.Queue(selectKeys, callers, values).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[keyRow])
		found := make(map[keyID]*keyRow, len(all))
		for _, k := range all {
			found[keyID{k.Caller, k.Value}] = k
		}
		take(found)
		return err
	})
}

// readKeys puts the orders that were saved under these keys into holders.
func readKeys(ctx context.Context, tx *pgkit.Tx, earlier []keyID, holders map[keyID]holder) error {
	var saved map[keyID]*keyRow
	queueKeys(tx, earlier, func(found map[keyID]*keyRow) { saved = found })
	if err := tx.Send(ctx); err != nil {
		return fmt.Errorf("read idempotency keys: %w", err)
	}
	if len(saved) < len(earlier) {
		return pgkit.ErrRetry // one has just been deleted for its age
	}
	for id, k := range saved {
		order, err := k.toDomain()
		if err != nil {
			return err
		}
		holders[id] = holder{order, k.Request}
	}
	return nil
}
