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
	first  bool      // the key has had no operation before
	done   operation // wanted if it was the first, what was found by a look, or zero
}

// book does the operation, unless its key has one; it returns the one that was
// done, and whether that is this one.
func (s *Simulated) book(ctx context.Context, o operation) (done operation, first bool, err error) {
	b := &booking{wanted: o}
	if err := s.group.Do(ctx, b); err != nil {
		return operation{}, false, pgkit.Translate(fmt.Errorf("provider: %s: %w", o.Kind, err))
	}
	if b.first || o.Kind == look {
		return b.done, b.first, nil
	}
	return s.book(ctx, operation{Key: o.Key, Kind: look}) // for whoever was first is committed, too
}

// transact makes the bookings of one transaction in one round trip. Of those with
// the same key the first is tried.
func transact(_ context.Context, tx *pgkit.Tx, bookings []*booking) ([]error, error) {
	queueInsert(tx, firstOfEachKey(bookings))
	queueLooks(tx, slices.DeleteFunc(slices.Clone(bookings), func(b *booking) bool { return b.wanted.Kind != look }))
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
SELECT ` + columns + ` FROM unnest($1::gateway.new_operation[])
ON CONFLICT DO NOTHING
RETURNING key`

// queueInsert notes which bookings were the first of their keys.
func queueInsert(tx *pgkit.Tx, bookings []*booking) {
	if len(bookings) == 0 {
		return
	}
	rows := pgkit.Rows(bookings, func(b *booking, to *pgkit.Row) {
		to.Text(b.wanted.Key)
		to.Text(b.wanted.OrderID)
		to.Text(b.wanted.Kind)
		to.Int(b.wanted.Amount)
		to.Text(b.wanted.Reference)
	})
	tx.Queue(insertOperations, rows).Query(func(rows pgx.Rows) error {
		inserted := make(map[string]bool, len(bookings))
		var key string
		_, err := pgx.ForEachRow(rows, []any{&key}, func() error {
			inserted[key] = true
			return nil
		})
		for _, b := range bookings {
			if b.first = inserted[b.wanted.Key]; b.first {
				b.done = b.wanted
			}
		}
		return err
	})
}

const selectOperations = `SELECT ` + columns + ` FROM gateway.operations WHERE key = ANY($1)`

// queueLooks notes what was done under the keys.
func queueLooks(tx *pgkit.Tx, bookings []*booking) {
	if len(bookings) == 0 {
		return
	}
	keys := make([]string, len(bookings))
	for i, b := range bookings {
		keys[i] = b.wanted.Key
	}
	tx.Queue(selectOperations, keys).Query(func(rows pgx.Rows) error {
		operations, err := pgx.CollectRows(rows, pgx.RowToStructByPos[operation])
		found := make(map[string]operation, len(operations))
		for _, o := range operations {
			found[o.Key] = o
		}
		for _, b := range bookings {
			b.done = found[b.wanted.Key]
		}
		return err
	})
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
