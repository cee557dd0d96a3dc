package deadkit

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit"
)

// finishTimeout bounds recording how something ended, also when the request that
// asked for it has none left.
const finishTimeout = 5 * time.Second

// Order is what somebody wants done: with one message, or with a group.
type Order struct {
	Verb     Verb
	Operator string // who

	ID     string // one message, when not ""
	Reason string // else all that are there for this reason
	Type   string // and, when not "", are events of this type
}

// Result is what an order came to.
type Result struct {
	Actions []Action // one for each message, at most 100
	Done    int
	Failed  int // these wait still
	Left    int // messages of the group that are still to do
	Unseen  int // messages that were not looked at
}

// Do replays or discards. Which messages are in Left or Unseen is for the next
// call. With an error the actions that are recorded as requested may have been
// done or not; a message that waits still can be replayed again without harm.
func (k *Keeper) Do(ctx context.Context, o Order) (Result, error) {
	var r Result
	err := k.hold(ctx, func(held *rabbitkit.Held) error {
		chosen, err := k.choose(ctx, held, o, &r)
		if err != nil || len(chosen) == 0 {
			return err
		}
		return k.carryOut(ctx, held, chosen, &r)
	})
	if err == nil && o.ID != "" && len(r.Actions) == 0 {
		err = notWaiting(o.ID)
	}
	return r, err
}

// choose goes through the queue, and adds an action for each chosen message.
func (k *Keeper) choose(ctx context.Context, held *rabbitkit.Held, o Order, r *Result) ([]amqp.Delivery, error) {
	var chosen []amqp.Delivery
	seen, group := 0, Filter{Reason: o.Reason, Type: o.Type}
	err := each(ctx, held, func(m message) bool {
		seen++
		switch {
		case o.ID != "" && o.ID != m.id(), o.ID == "" && !group.fits(m):
		case len(chosen) == mostActedOn:
			r.Left++
		default:
			chosen = append(chosen, m.Delivery)
			r.Actions = append(r.Actions, k.action(o, m))
		}
		return o.ID == "" || len(chosen) == 0
	})
	r.Unseen = held.Waiting - seen
	return chosen, err
}

// carryOut keeps to the order that loses nothing: record, publish, remove,
// record.
func (k *Keeper) carryOut(ctx context.Context, held *rabbitkit.Held, chosen []amqp.Delivery, r *Result) error {
	if err := k.record(ctx, r.Actions); err != nil {
		return err
	}
	failures := k.attempt(ctx, chosen, r.Actions[0].Verb)
	var ready []amqp.Delivery
	for i, failure := range failures {
		if failure == nil {
			ready = append(ready, chosen[i])
		}
	}
	unclear := held.Remove(ready...)
	for i, failure := range failures {
		switch {
		case failure != nil:
			r.Actions[i].fail(k.now(), failure)
			r.Failed++
		case unclear == nil:
			r.Actions[i].finish(k.now())
			r.Done++
		}
	}
	r.Left += r.Failed

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	unrecorded := k.recordEnd(ctx, r.Actions)
	k.tell(ctx, r.Actions)
	return errors.Join(unclear, unrecorded, r.outage(failures))
}

// outage is the error of a call that an outage kept from doing anything.
func (r *Result) outage(failures []error) error {
	if r.Done > 0 {
		return nil
	}
	for _, failure := range failures {
		if errs.Is(failure, errs.Unavailable) {
			return failure
		}
	}
	return nil
}

// attempt does what comes before a message may be removed, and returns for each
// one why it may not.
func (k *Keeper) attempt(ctx context.Context, chosen []amqp.Delivery, verb Verb) []error {
	if verb == Discard {
		return make([]error, len(chosen))
	}
	batch := make([]rabbitkit.Message, len(chosen))
	for i, d := range chosen {
		batch[i] = rabbitkit.Replay(k.service, d)
	}
	return k.publish(ctx, batch)
}

// tell logs and counts.
func (k *Keeper) tell(ctx context.Context, actions []Action) {
	for _, a := range actions {
		log := k.log.With("action", a.Verb, "operator", a.Operator, "letter_id", a.LetterID, "message_id", a.MessageID,
			"order_id", a.OrderID, "type", a.Type, "reason", a.Reason)
		switch a.Outcome {
		case Done:
			k.metrics.actedOn[a.Verb].Inc()
			log.InfoContext(ctx, "dead letter taken care of")
		case Failed:
			log.WarnContext(ctx, "dead letter waits still", "error", a.Detail)
		default:
			log.WarnContext(ctx, "it is not known whether the dead letter waits still")
		}
	}
}
