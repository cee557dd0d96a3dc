package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit"
)

// The kinds of operations.
const (
	charge  = "charge"
	decline = "decline"
	cancel  = "cancel"
	refund  = "refund"

	look = "look" // is not booked: it asks what was done under its key
)

// operation is what was done under an idempotency key, once and for ever.
type operation struct {
	Key       string
	OrderID   string
	Kind      string
	Amount    int64
	Reference string
}

const columns = `key, order_id, kind, amount_minor, reference`

// booking is an operation that somebody wants done, and what its key decided.
// done and first are the caller's to read once the transaction is committed.
type booking struct {
	wanted operation
	done   operation // zero after a look that found none
	first  bool      // done is what this booking wanted
}

// book does the operation, unless its key has one; it returns the one that was
// done, and whether that is this one.
func (s *Simulated) book(ctx context.Context, o operation) (done operation, first bool, err error) {
	b := &booking{wanted: o}
	if err := s.group.Do(ctx, b); err != nil {
		return operation{}, false, pgkit.Translate(fmt.Errorf("provider: %s: %w", o.Kind, err))
	}
	return b.done, b.first, nil
}

// transact makes the bookings of one transaction. Of those with the same key the
// first is tried, and all are told what came of it.
func transact(ctx context.Context, tx pgx.Tx, bookings []*booking) ([]error, error) {
	tried := firstOfEachKey(bookings)
	inserted, err := insert(ctx, tx, tried)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, b := range bookings {
		if !inserted[b.wanted.Key] {
			others = append(others, b.wanted.Key)
		}
	}
	done, err := find(ctx, tx, others)
	if err != nil {
		return nil, err
	}
	for _, b := range tried {
		if b.first = inserted[b.wanted.Key]; b.first {
			done[b.wanted.Key] = b.wanted
		}
	}
	for _, b := range bookings {
		b.done = done[b.wanted.Key]
	}
	return make([]error, len(bookings)), nil
}

// firstOfEachKey leaves out the looks. It sorts by key, so that transactions that
// insert the same keys wait for each other and never in a circle.
func firstOfEachKey(bookings []*booking) []*booking {
	sorted := slices.DeleteFunc(slices.Clone(bookings), func(b *booking) bool { return b.wanted.Kind == look })
	slices.SortStableFunc(sorted, func(a, b *booking) int { return strings.Compare(a.wanted.Key, b.wanted.Key) })
	return slices.CompactFunc(sorted, func(a, b *booking) bool { return a.wanted.Key == b.wanted.Key })
}

// Of operations with the same key that come at the same time, one is inserted;
// the others wait for it to be committed.
const insertOperations = `
INSERT INTO gateway.operations (` + columns + `)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
ON CONFLICT DO NOTHING
RETURNING key`

// insert returns the keys that had no operation before.
func insert(ctx context.Context, tx pgx.Tx, bookings []*booking) (inserted map[string]bool, err error) {
	inserted = map[string]bool{}
	if len(bookings) == 0 {
		return inserted, nil
	}
	var (
		keys, orders, kinds, references []string
		amounts                         []int64
	)
	for _, b := range bookings {
		keys = append(keys, b.wanted.Key)
		orders = append(orders, b.wanted.OrderID)
		kinds = append(kinds, b.wanted.Kind)
		amounts = append(amounts, b.wanted.Amount)
		references = append(references, b.wanted.Reference)
	}
	rows, err := tx.Query(ctx, insertOperations, keys, orders, kinds, amounts, references)
	if err != nil {
		return nil, err
	}
	won, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, key := range won {
		inserted[key] = true
	}
	return inserted, nil
}

const selectOperations = `SELECT ` + columns + ` FROM gateway.operations WHERE key = ANY($1)`

// find returns the operations that were done under the keys, by key.
func find(ctx context.Context, tx pgx.Tx, keys []string) (map[string]operation, error) {
	found := map[string]operation{}
	if len(keys) == 0 {
		return found, nil
	}
	rows, err := tx.Query(ctx, selectOperations, keys)
	if err != nil {
		return nil, err
	}
	operations, err := pgx.CollectRows(rows, pgx.RowToStructByPos[operation])
	if err != nil {
		return nil, err
	}
	for _, o := range operations {
		found[o.Key] = o
	}
	return found, nil
}

const selectCharge = `SELECT EXISTS (
	SELECT FROM gateway.operations WHERE order_id = $1 AND kind = 'charge' AND reference = $2 AND amount_minor = $3)`

func (s *Simulated) hasCharged(ctx context.Context, r application.Refund) (charged bool, err error) {
	err = s.pool.QueryRow(ctx, selectCharge, string(r.OrderID), r.TransactionID, int64(r.Amount)).Scan(&charged)
	if err != nil {
		return false, pgkit.Translate(fmt.Errorf("provider: refund: %w", err))
	}
	return charged, nil
}
