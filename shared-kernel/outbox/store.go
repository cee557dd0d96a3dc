package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

// The table stands in each service's migrations:
//
//	CREATE TABLE outbox (
//	    event_id       text COLLATE "C" PRIMARY KEY,
//	    type           text NOT NULL,
//	    routing_key    text NOT NULL,
//	    subject        text NOT NULL,
//	    correlation_id text NOT NULL,
//	    causation_id   text NOT NULL,
//	    traceparent    text NOT NULL,
//	    tracestate     text NOT NULL,
//	    occurred_at    timestamptz NOT NULL,
//	    body           bytea NOT NULL
//	);
//
// So does outbox_message, a composite type with the same columns, for messages to travel as.

const columnNames = `event_id, type, routing_key, subject, correlation_id, causation_id, traceparent, tracestate, occurred_at, body`

const insertMessages = `
INSERT INTO outbox (` + columnNames + `)
SELECT ` + columnNames + ` FROM unnest($1::outbox_message[])`

// Queue stores messages in the transaction that saves the state they speak of. Hand
// them to the relay after the commit (HandAll).
func Queue(tx *pgkit.Tx, messages []Message) {
	if len(messages) > 0 {
		tx.Queue(insertMessages, pgkit.Rows(messages, Message.write))
	}
}

func (m Message) write(to *pgkit.Row) {
	to.Text(m.EventID)
	to.Text(m.Type)
	to.Text(m.RoutingKey)
	to.Text(m.Subject)
	to.Text(m.Origin.CorrelationID)
	to.Text(m.Origin.CausationID)
	to.Text(m.Origin.Traceparent)
	to.Text(m.Origin.Tracestate)
	to.Time(m.OccurredAt)
	to.Bytes(m.Body)
}

// Rows that another relay holds are skipped, so any number of relays share the
// table without waiting for each other. Ids grow with time, so the oldest come
// first, more or less.
const claimMessages = `
SELECT ` + columnNames + `
FROM outbox WHERE $2::timestamptz IS NULL OR occurred_at < $2
ORDER BY event_id LIMIT $1 FOR UPDATE SKIP LOCKED`

// claim locks rows from before the given time, of any when it is zero.
func claim(ctx context.Context, tx *pgkit.Tx, before time.Time, limit int) (batch []Message, err error) {
	var bound *time.Time
	if !before.IsZero() {
		bound = &before
	}
	tx.Queue(claimMessages, limit, bound).Query(func(rows pgx.Rows) (err error) {
		batch, err = pgx.CollectRows(rows, toMessage)
		return err
	})
	if err := tx.Send(ctx); err != nil {
		return nil, fmt.Errorf("claim from outbox: %w", err)
	}
	return batch, nil
}

// By the index, as countMessages is.
const findLeft = `
SELECT EXISTS (SELECT FROM (SELECT occurred_at FROM outbox ORDER BY event_id) AS waiting WHERE occurred_at < $1)`

// hasRows tells whether there are rows from before the given time, held or not.
func hasRows(ctx context.Context, pool *pgxpool.Pool, before time.Time) (left bool, err error) {
	if err := pool.QueryRow(ctx, findLeft, before).Scan(&left); err != nil {
		return false, pgkit.Translate(fmt.Errorf("look into outbox: %w", err))
	}
	return left, nil
}

func toMessage(row pgx.CollectableRow) (m Message, err error) {
	o := &m.Origin
	err = row.Scan(&m.EventID, &m.Type, &m.RoutingKey, &m.Subject,
		&o.CorrelationID, &o.CausationID, &o.Traceparent, &o.Tracestate, &m.OccurredAt, &m.Body)
	return m, err
}

const deleteMessages = `DELETE FROM outbox WHERE event_id = ANY($1)`

// Backlog is what waits to be published.
type Backlog struct {
	Rows   int64
	Oldest time.Duration // age of the oldest row; 0 when there is none
}

// By the index, from which the relay's looks have cleared away most of what was
// deleted: the table itself is little else than deleted rows.
const countMessages = `
SELECT count(*), coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8
FROM (SELECT occurred_at FROM outbox ORDER BY event_id) AS waiting`

// ReadBacklog counts the rows of the outbox.
func ReadBacklog(ctx context.Context, pool *pgxpool.Pool) (Backlog, error) {
	var b Backlog
	var seconds float64
	err := pool.QueryRow(ctx, countMessages).Scan(&b.Rows, &seconds)
	if err != nil {
		return Backlog{}, pgkit.Translate(fmt.Errorf("read outbox backlog: %w", err))
	}
	b.Oldest = max(0, time.Duration(seconds*float64(time.Second)))
	return b, nil
}
