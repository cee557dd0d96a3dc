package postgres

import (
	"time"

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
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
	AS new (id, customer_id, items, total_minor, payment_method, status, created_at, updated_at)`

func (w *writes) queueInserts(tx *pgkit.Tx) {
	if len(w.inserted) == 0 {
		return
	}
	var (
		ids                                 []uuid.UUID
		customers, items, methods, statuses []string
		totals                              []int64
		created, updated                    []time.Time
	)
	for _, row := range w.inserted {
		ids = append(ids, row.ID)
		customers = append(customers, row.CustomerID)
		items = append(items, string(row.Items))
		totals = append(totals, row.Total)
		methods = append(methods, row.PaymentMethod)
		statuses = append(statuses, row.Status)
		created = append(created, row.CreatedAt)
		updated = append(updated, row.UpdatedAt)
	}
	tx.Queue(insertOrders, ids, customers, items, totals, methods, statuses, created, updated)
}

const updateOrders = `
UPDATE orders
SET status = new.status, cancellation_reason = new.reason, refunded_at = new.refunded_at, updated_at = new.updated_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
	AS new (id, status, reason, refunded_at, updated_at)
WHERE orders.id = new.id`

func (w *writes) queueUpdates(tx *pgkit.Tx) {
	if len(w.updated) == 0 {
		return
	}
	var (
		ids      []uuid.UUID
		statuses []string
		reasons  []*string
		refunded []*time.Time
		updated  []time.Time
	)
	for id, s := range w.updated {
		ids = append(ids, id)
		statuses = append(statuses, string(s.Status))
		reasons = append(reasons, orNull(string(s.Reason)))
		refunded = append(refunded, orNull(s.RefundedAt))
		updated = append(updated, s.UpdatedAt)
	}
	tx.Queue(updateOrders, ids, statuses, reasons, refunded, updated)
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
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bigint[], $9::boolean[])
	AS new (order_id, event_id, type, source, causation_id, occurred_at, status, attempts, own)
WHERE own OR (
	SELECT old.event_id FROM timeline AS old WHERE old.order_id = new.order_id AND old.event_id = new.event_id) IS NULL`

func (w *writes) queueTimeline(tx *pgkit.Tx) {
	if len(w.timeline) == 0 {
		return
	}
	var (
		orders                                    []uuid.UUID
		ids, types, sources, causations, statuses []string
		times                                     []time.Time
		attempts                                  []*int
		own                                       []bool
	)
	for _, l := range w.timeline {
		orders = append(orders, l.order)
		ids = append(ids, l.EventID)
		types = append(types, l.Type)
		sources = append(sources, l.Source)
		causations = append(causations, l.CausationID)
		times = append(times, l.OccurredAt)
		statuses = append(statuses, string(l.status))
		attempts = append(attempts, orNull(l.Attempts))
		own = append(own, l.own)
	}
	tx.Queue(insertTimeline, orders, ids, types, sources, causations, times, statuses, attempts, own)
}
