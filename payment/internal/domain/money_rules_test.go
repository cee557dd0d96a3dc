package domain

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"orders.internal/shared-kernel/event"
)

// TestMoneyRules lets events, three workers and the gateway meet in every
// order, with duplicates, lost answers and workers that sleep in between, and
// holds the payment to the money rules after each step.
func TestMoneyRules(t *testing.T) {
	const never = 1 << 30
	for _, cancelFrom := range []int{0, 2, 4, 6, 8, 10, 15, 20, never} {
		t.Run(fmt.Sprintf("cancelled from step %d", cancelFrom), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { live(t, &world{stored: Snapshot{OrderID: order}, cancelFrom: cancelFrom}) })
		})
	}
}

func live(t *rapid.T, w *world) {
	t.Repeat(map[string]func(*rapid.T){
		"order reserved":  w.reserve,
		"order cancelled": w.cancel,
		"worker claims":   func(t *rapid.T) { w.claim(w.anyWorker(t)) },
		"worker calls":    func(t *rapid.T) { w.call(t, w.anyWorker(t)) },
		"worker records":  func(t *rapid.T) { w.record(t, w.anyWorker(t)) },
		"worker works":    func(t *rapid.T) { w.work(t, w.anyWorker(t)) },
		"worker dies":     func(t *rapid.T) { *w.anyWorker(t) = worker{} },
		"":                w.checkAlways,
	})
	w.finish(t)
	w.checkEnd(t)
}

// world is one stored payment and everything that acts on it.
type world struct {
	stored    Snapshot
	published []event.Event
	workers   [3]worker

	steps, cancelFrom int
	cancelled         bool

	key      string // what closed the charge's key: "", charge, decline or cancel
	charges  int
	refunded bool
	refunds  int
}

// worker holds what it claimed, and the gateway's answer once it has one.
type worker struct {
	due    Call
	answer func(*Payment) error
}

func (w *world) anyWorker(t *rapid.T) *worker {
	return &w.workers[rapid.IntRange(0, len(w.workers)-1).Draw(t, "worker")]
}

// update does what the repository does.
func (w *world) update(t *rapid.T, change func(*Payment) error) {
	p := Restore(w.stored)
	if err := change(p); err != nil {
		t.Fatalf("a gateway that keeps its contract was contradicted: %v", err)
	}
	w.stored = p.Snapshot()
	w.published = append(w.published, p.Recorded()...)
}

func (w *world) reserve(t *rapid.T) {
	w.update(t, func(p *Payment) error { return p.Request(customer, amount, "", start) })
}

func (w *world) cancel(t *rapid.T) {
	if w.steps < w.cancelFrom {
		t.Skip("not cancelled yet")
	}
	w.cancelled = true
	w.update(t, func(p *Payment) error { p.Cancel(start); return nil })
}

func (w *world) claim(by *worker) {
	if due := Restore(w.stored).NextCall(); due != NoCall {
		w.stored.Claimed = true
		*by = worker{due: due}
	}
}

// work does at one go what a worker does that nothing disturbs.
func (w *world) work(t *rapid.T, by *worker) {
	w.claim(by)
	w.call(t, by)
	w.record(t, by)
}

// call makes the call that was due when the worker claimed, however long ago.
func (w *world) call(t *rapid.T, by *worker) {
	switch by.due {
	case ChargeCall:
		by.answer = w.charge(rapid.SampledFrom([]string{"charge", "decline", "fail", "time out before", "time out after", "hold back"}).Draw(t, "outcome"))
	case CancelCall:
		by.answer = w.close()
	case RefundCall:
		by.answer = w.refund()
	}
}

func (w *world) charge(outcome string) func(*Payment) error {
	if w.key == "" && (outcome == "charge" || outcome == "time out after") {
		w.key = "charge"
		w.charges++
	}
	if w.key == "" && outcome == "decline" {
		w.key = "decline"
	}
	switch {
	case outcome == "hold back":
		return func(p *Payment) error { p.Postpone(ChargeCall, 0, start); return nil }
	case outcome == "time out before", outcome == "time out after", w.key == "":
		return func(p *Payment) error { p.RecordFailedAttempt(start); return nil }
	case w.key == "charge":
		return func(p *Payment) error { return p.RecordCharge("tx", start) }
	case w.key == "decline":
		return func(p *Payment) error { return p.RecordDecline(start) }
	default:
		return func(p *Payment) error { return p.RecordCancelled(start) }
	}
}

func (w *world) close() func(*Payment) error {
	if w.key == "charge" {
		return func(p *Payment) error { return p.RecordAlreadyCharged("tx", start) }
	}
	if w.key == "" {
		w.key = "cancel"
	}
	return func(p *Payment) error { return p.RecordCancelled(start) }
}

func (w *world) refund() func(*Payment) error {
	if !w.refunded {
		w.refunded = true
		w.refunds++
	}
	return func(p *Payment) error { return p.RecordRefund("re", start) }
}

func (w *world) record(t *rapid.T, by *worker) {
	if by.answer != nil {
		w.update(t, by.answer)
		*by = worker{}
	}
}

// finish delivers the answers that are still out, and lets one worker work until
// nothing is due.
func (w *world) finish(t *rapid.T) {
	for i := range w.workers {
		w.record(t, &w.workers[i])
	}
	for range 1000 {
		if Restore(w.stored).NextCall() == NoCall {
			return
		}
		w.work(t, &worker{})
	}
	t.Fatalf("the payment never comes to rest: %+v", w.stored)
}

func (w *world) count(eventType string) (n int) {
	for _, e := range w.published {
		if e.EventType() == eventType {
			n++
		}
	}
	return n
}

func (w *world) checkAlways(t *rapid.T) {
	w.steps++
	s := w.stored
	switch {
	case w.charges > 1, w.refunds > w.charges:
		t.Fatalf("%d charges and %d refunds", w.charges, w.refunds)
	case s.Status == Failed && w.key != "decline" && w.key != "cancel":
		t.Fatalf("failed while the key can still be charged (%q)", w.key)
	case s.Status == Voided && s.Claimed && w.key == "":
		t.Fatal("voided while a charge may be on its way")
	case s.Status == Voided && w.charges > 0:
		t.Fatal("voided in spite of a charge")
	case s.Status.isCharged() != (w.count("PaymentProcessed") == 1):
		t.Fatalf("payment is %s with events %v", s.Status, w.published)
	case (s.Status == Failed) != (w.count("PaymentFailed") == 1):
		t.Fatalf("payment is %s with events %v", s.Status, w.published)
	case (s.Status == Refunded) != (w.count("PaymentRefunded") == 1):
		t.Fatalf("payment is %s with events %v", s.Status, w.published)
	case s.Status == Voided && len(w.published) > 0:
		t.Fatalf("voided and published %v", w.published)
	case s.Attempts > MaxAttempts:
		t.Fatalf("%d attempts counted", s.Attempts)
	}
}

func (w *world) checkEnd(t *rapid.T) {
	w.checkAlways(t)
	s := w.stored
	kept := w.charges - w.refunds
	switch {
	case w.cancelled && kept != 0:
		t.Fatalf("the cancelled order keeps a charge; payment is %s", s.Status)
	case w.cancelled && s.Status == None, w.cancelled && s.Status == Processed:
		t.Fatalf("the order was cancelled and its payment is %q", s.Status)
	case !w.cancelled && (s.Status == Processed) != (kept == 1):
		t.Fatalf("payment is %q with %d charges kept", s.Status, kept)
	case !w.cancelled && (s.Status == Voided || s.Status == Refunded):
		t.Fatalf("payment is %q of an order that was never cancelled", s.Status)
	}
}
