package postgres

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// writes collects what a transaction writes, to do it with one statement a table.
type writes struct {
	inserted []row
	updated  map[uuid.UUID]domain.Snapshot // the last state of each
	timeline []line
	observed map[lineID]bool // in the timeline so far
	messages []outbox.Message
}

// line is an event in an order's timeline.
type line struct {
	order  uuid.UUID
	status domain.Status // of the order after the event
	own    bool          // the order has made it just now, so it isn't there yet
	domain.Observation
}

// lineID identifies a line among those of all orders.
type lineID struct {
	order uuid.UUID
	event string
}

const source = "/order"

func (w *writes) update(id uuid.UUID, s domain.Snapshot) {
	if w.updated == nil {
		w.updated = map[uuid.UUID]domain.Snapshot{}
	}
	w.updated[id] = s
}

// happened adds what an order has observed and the events it made itself, which
// have left it in the given status.
func (w *writes) happened(order uuid.UUID, status domain.Status, observed []domain.Observation, own []outbox.Message) {
	for _, seen := range observed {
		if w.isNew(order, seen.EventID) {
			w.timeline = append(w.timeline, line{order, status, false, seen})
		}
	}
	for _, m := range own {
		w.timeline = append(w.timeline, line{order, status, true, domain.Observation{
			EventID: m.EventID, Type: m.Type, Source: source, CausationID: m.Origin.CausationID, OccurredAt: m.OccurredAt,
		}})
	}
	w.messages = append(w.messages, own...)
}

// isNew reports whether it is the first time that it is asked about the event.
func (w *writes) isNew(order uuid.UUID, event string) bool {
	if w.observed == nil {
		w.observed = map[lineID]bool{}
	}
	id := lineID{order, event}
	known := w.observed[id]
	w.observed[id] = true
	return !known
}

func (w *writes) queue(tx *pgkit.Tx) {
	w.queueInserts(tx)
	w.queueUpdates(tx)
	outbox.Queue(tx, w.messages)
	w.queueTimeline(tx)
}

const insertOrders = `
INSERT INTO orders (` + columns + `)
SELECT id, customer_id, items::jsonb, total_minor, payment_method, status, NULL, NULL, created_at, updated_at
FROM unnest($1::new_order[])`

func (w *writes) queueInserts(tx *pgkit.Tx) {
	if len(w.inserted) > 0 {
		tx.Queue(insertOrders, pgkit.Rows(w.inserted, row.writeNew))
	}
}

func (r row) writeNew(to *pgkit.Row) {
	to.UUID(r.ID)
	to.Text(r.CustomerID)
	to.Text(string(r.Items))
	to.Int(r.Total)
	to.Text(r.PaymentMethod)
	to.Text(r.Status)
	to.Time(r.CreatedAt)
	to.Time(r.UpdatedAt)
}

const updateOrders = `
UPDATE orders
SET status = new.status, cancellation_reason = new.reason, refunded_at = new.refunded_at, updated_at = new.updated_at
FROM unnest($1::order_change[]) AS new
WHERE orders.id = new.id`

func (w *writes) queueUpdates(tx *pgkit.Tx) {
	if len(w.updated) > 0 {
		tx.Queue(updateOrders, pgkit.Rows(slices.Collect(maps.Keys(w.updated)), func(id uuid.UUID, to *pgkit.Row) {
			s := w.updated[id]
			to.UUID(id)
			to.Text(string(s.Status))
			to.TextOrNull(orNull(string(s.Reason)))
			to.TimeOrNull(orNull(s.RefundedAt))
			to.Time(s.UpdatedAt)
		}))
	}
}

// A redelivered event has its line already. Nobody else can add one meanwhile: the
// transaction holds the lock of the order's row, or has inserted it. (NOT EXISTS
// would be planned as one reading of the whole table, as long as that is small.)
//
// A trigger makes the transactions of all replicas take turns from here to their
// commit (migrations/order/00002_feed.sql). So this is the last statement: after
// it a transaction must wait for nothing, or it could deadlock, and everybody
// waits for what it still does.
const insertTimeline = `
INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at, status, attempts)
SELECT order_id, event_id, type, source, causation_id, occurred_at, status, attempts
FROM unnest($1::timeline_line[]) AS new
WHERE own OR (
	SELECT old.event_id FROM timeline AS old WHERE old.order_id = new.order_id AND old.event_id = new.event_id) IS NULL`

func (w *writes) queueTimeline(tx *pgkit.Tx) {
	if len(w.timeline) > 0 {
		tx.Queue(insertTimeline, pgkit.Rows(w.timeline, line.write))
	}
}

func (l line) write(to *pgkit.Row) {
	to.UUID(l.order)
	to.Text(l.EventID)
	to.Text(l.Type)
	to.Text(l.Source)
	to.Text(l.CausationID)
	to.Time(l.OccurredAt)
	to.Text(string(l.status))
	to.IntOrNull(orNull(int64(l.Attempts)))
	to.Bool(l.own)
}
