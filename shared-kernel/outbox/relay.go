package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
)

const (
	batchSize = 500
	// pollEvery finds what no Wake told of: rows of a process that died between
	// its commit and its Wake, and those that another relay let go again.
	pollEvery  = time.Second
	firstPause = 100 * time.Millisecond
	lastPause  = time.Second
)

// Publisher hands messages to the broker. It returns one result for each, nil
// only for those that the broker has confirmed, and never waits for ever.
type Publisher interface {
	Publish(ctx context.Context, batch []rabbitkit.Message) []error
}

// Relay publishes what stands in the outbox and deletes what was confirmed.
// Several relays may work on one table.
//
// A claim is a row lock held until the confirmations are there: it needs no
// lease to tune, and it is gone the moment its process is. What is confirmed
// but not yet deleted when a process dies is published again, under the same id.
type Relay struct {
	pool      *pgxpool.Pool
	publisher Publisher
	log       *slog.Logger
	wake      chan struct{}
}

// NewRelay returns a relay that does nothing until it is run.
func NewRelay(pool *pgxpool.Pool, publisher Publisher, log *slog.Logger) *Relay {
	return &Relay{pool: pool, publisher: publisher, log: log, wake: make(chan struct{}, 1)}
}

// Wake says that something was committed to the outbox. It never blocks.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // a wake-up is pending already; it will see this row too
	}
}

// Run publishes until ctx ends. While the database or the broker is away it
// tries again, with pauses that grow to one second, for as long as it takes.
func (r *Relay) Run(ctx context.Context) {
	pause, failures := firstPause, 0
	for {
		more, err := r.publishBatch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if failures++; failures&(failures-1) == 0 { // the 1st, 2nd, 4th, 8th...: outages may last for days
				r.log.WarnContext(ctx, "outbox relay waits", "error", err, "failures", failures)
			}
			if !sleep(ctx, pause) {
				return
			}
			pause = min(2*pause, lastPause)
			continue
		}
		pause, failures = firstPause, 0
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-time.After(pollEvery):
		}
	}
}

// Drain publishes until the outbox is empty or ctx ends: the last thing a
// service does before it leaves. What it doesn't get to stays for the next start.
func (r *Relay) Drain(ctx context.Context) error {
	for {
		more, err := r.publishBatch(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// publishBatch reports whether there may be more to publish at once.
func (r *Relay) publishBatch(ctx context.Context) (more bool, err error) {
	var refused error
	err = pgkit.InTx(ctx, r.pool, func(tx pgx.Tx) error {
		batch, err := claim(ctx, tx, batchSize)
		if err != nil || len(batch) == 0 {
			more = false
			return err
		}
		more = len(batch) == batchSize
		var confirmed []int64
		confirmed, refused = r.publish(ctx, batch)
		if len(confirmed) == 0 {
			return nil
		}
		return remove(ctx, tx, confirmed)
	})
	return more, errors.Join(err, refused)
}

// publish returns the ids of the rows that the broker has taken, and why it
// didn't take the others.
func (r *Relay) publish(ctx context.Context, batch []claimed) (confirmed []int64, err error) {
	messages := make([]rabbitkit.Message, len(batch))
	for i, c := range batch {
		messages[i] = toBroker(c.message)
	}
	failed := 0
	for i, result := range r.publisher.Publish(ctx, messages) {
		if result != nil {
			failed++
			err = result
			continue
		}
		confirmed = append(confirmed, batch[i].id)
	}
	if failed > 0 {
		err = fmt.Errorf("%d of %d messages not confirmed, the last because: %w", failed, len(batch), err)
	}
	return confirmed, err
}

func toBroker(m Message) rabbitkit.Message {
	headers := map[string]any{}
	if m.Origin.Traceparent != "" {
		headers["traceparent"] = m.Origin.Traceparent
	}
	if m.Origin.Tracestate != "" {
		headers["tracestate"] = m.Origin.Tracestate
	}
	return rabbitkit.Message{
		Exchange:      rabbitkit.EventsExchange,
		RoutingKey:    m.RoutingKey,
		ID:            m.EventID,
		Type:          m.Type,
		CorrelationID: m.Subject,
		Timestamp:     m.OccurredAt,
		ContentType:   contracts.ContentType,
		Headers:       headers,
		Body:          m.Body,
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
