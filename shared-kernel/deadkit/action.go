package deadkit

import (
	"context"
	"fmt"
	"time"

	"orders.internal/shared-kernel/pgkit"
)

// Verb is what people do with a dead letter.
type Verb string

// The two verbs.
const (
	Replay  Verb = "replay"
	Discard Verb = "discard"
)

// Outcome is what became of it.
type Outcome string

// The outcomes. An action stays requested when the service or a connection was
// lost in the middle: then the message may wait still.
const (
	Requested Outcome = "requested"
	Done      Outcome = "done"
	Failed    Outcome = "failed" // the message waits still
)

// Action is the record of what somebody did with one message.
type Action struct {
	ID          string
	Verb        Verb
	Operator    string // who
	LetterID    string
	MessageID   string
	Type        string
	OrderID     string
	Reason      string // why it was a dead letter
	OriginalKey string
	Outcome     Outcome
	Detail      string // why it failed
	RequestedAt time.Time
	FinishedAt  *time.Time // nil while it is requested
}

func (k *Keeper) action(o Order, m message) Action {
	eventType, orderID := m.about()
	return Action{
		ID: k.newID(), Verb: o.Verb, Operator: clean(o.Operator), LetterID: m.id(), MessageID: clean(m.MessageId), Type: eventType,
		OrderID: orderID, Reason: m.reason(), OriginalKey: m.originalKey(), Outcome: Requested, RequestedAt: k.now(),
	}
}

func (a *Action) finish(at time.Time) { a.Outcome, a.FinishedAt = Done, &at }

func (a *Action) fail(at time.Time, reason error) {
	a.Outcome, a.Detail, a.FinishedAt = Failed, clean(reason.Error()), &at
}

// actionColumns are those of an Action, in the order of its fields.
const actionColumns = "id, action, operator, letter_id, message_id, type, order_id, reason, original_routing_key, outcome, detail, requested_at, finished_at"

// record inserts actions.
func (k *Keeper) record(ctx context.Context, actions []Action) error {
	return k.execute(ctx, "record what is asked for", func(tx *pgkit.Tx) {
		for _, a := range actions {
			tx.Queue("INSERT INTO dead_letter_actions ("+actionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
				a.ID, a.Verb, a.Operator, a.LetterID, a.MessageID, a.Type, a.OrderID, a.Reason, a.OriginalKey, a.Outcome, a.Detail, a.RequestedAt, a.FinishedAt)
		}
	})
}

// recordEnd updates those that have ended.
func (k *Keeper) recordEnd(ctx context.Context, actions []Action) error {
	return k.execute(ctx, "record what was done", func(tx *pgkit.Tx) {
		for _, a := range actions {
			if a.FinishedAt != nil {
				tx.Queue("UPDATE dead_letter_actions SET outcome = $2, detail = $3, finished_at = $4 WHERE id = $1", a.ID, a.Outcome, a.Detail, a.FinishedAt)
			}
		}
	})
}

// execute runs the statements that are queued in one transaction.
func (k *Keeper) execute(ctx context.Context, what string, queue func(*pgkit.Tx)) error {
	err := pgkit.InTx(ctx, k.pool, func(_ context.Context, tx *pgkit.Tx) error {
		queue(tx)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// ActionFilter says which actions are listed.
type ActionFilter struct {
	OrderID string // "" for all
	After   *ActionPosition
	Limit   int
}

// ActionPosition is where a page of actions ends.
type ActionPosition struct {
	RequestedAt time.Time
	ID          string
}

// Actions returns what people did, newest first.
func (k *Keeper) Actions(ctx context.Context, f ActionFilter) ([]Action, error) {
	listing := pgkit.NewestFirst(actionColumns, "dead_letter_actions", "requested_at", "id")
	pgkit.Equal(listing, "order_id", f.OrderID)
	if f.After != nil {
		listing.After(f.After.RequestedAt, f.After.ID)
	}
	return pgkit.List(ctx, k.pool, listing, f.Limit, func(a Action) (Action, error) {
		a.RequestedAt = a.RequestedAt.UTC()
		if a.FinishedAt != nil {
			*a.FinishedAt = a.FinishedAt.UTC()
		}
		return a, nil
	})
}
