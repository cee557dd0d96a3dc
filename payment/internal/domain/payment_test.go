package domain

import (
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

const (
	order    = OrderID("order-1")
	customer = "customer-1"
	amount   = 15000
)

var (
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	later = start.Add(time.Minute)
)

// payment returns a requested payment that a worker has claimed, as each change
// then leaves it.
func payment(changes ...func(*Snapshot)) *Payment {
	s := Snapshot{
		OrderID: order, CustomerID: customer, Amount: amount, Method: "card", Status: Pending, Claimed: true,
		DueAt: start, CreatedAt: start, UpdatedAt: start,
	}
	for _, change := range changes {
		change(&s)
	}
	return Restore(s)
}

func is(status Status) func(*Snapshot)    { return func(s *Snapshot) { s.Status = status } }
func attempted(times int) func(*Snapshot) { return func(s *Snapshot) { s.Attempts = times } }
func unclaimed(s *Snapshot)               { s.Claimed = false }
func cancelled(s *Snapshot)               { s.CancelRequested = true }

// none makes the payment one that has no row.
func none(s *Snapshot) { *s = Snapshot{OrderID: order} }

func TestRequest(t *testing.T) {
	p := New(order)
	if err := p.Request(customer, amount, "card", start); err != nil {
		t.Fatal(err)
	}
	want := Snapshot{
		OrderID: order, CustomerID: customer, Amount: amount, Method: "card", Status: Pending,
		DueAt: start, CreatedAt: start, UpdatedAt: start,
	}
	if got := p.Snapshot(); got != want {
		t.Errorf("requested payment\n got %+v\nwant %+v", got, want)
	}
	if call := p.NextCall(); call != ChargeCall {
		t.Errorf("next call is %q, want a charge", call)
	}
	if events := p.Recorded(); len(events) != 0 {
		t.Errorf("the intent alone published %v", events)
	}
}

func TestRequestNeedsAnAmount(t *testing.T) {
	p := New(order)
	if err := p.Request(customer, 0, "", start); !errs.Is(err, errs.Invalid) {
		t.Errorf("error is %v, want errs.Invalid", err)
	}
	if p.Status() != None {
		t.Errorf("status is %q, want none", p.Status())
	}
}

func TestRequestDoesNothingTwice(t *testing.T) {
	for _, status := range []Status{Pending, Processed, Failed, Refunding, Refunded, Voided} {
		p := payment(is(status))
		before := p.Snapshot()
		if err := p.Request("somebody else", 1, "", later); err != nil {
			t.Errorf("%s: %v", status, err)
		}
		if p.Snapshot() != before {
			t.Errorf("%s: a second request changed the payment to %+v", status, p.Snapshot())
		}
	}
}

func TestCancel(t *testing.T) {
	tests := map[string]struct {
		payment  *Payment
		status   Status
		nextCall Call
	}{
		"before it was requested":  {payment(none), Voided, NoCall},
		"never claimed":            {payment(unclaimed), Voided, NoCall},
		"a charge may be sent":     {payment(), Pending, CancelCall},
		"charged":                  {payment(is(Processed)), Refunding, RefundCall},
		"failed":                   {payment(is(Failed)), Failed, NoCall},
		"being refunded already":   {payment(is(Refunding)), Refunding, RefundCall},
		"refunded already":         {payment(is(Refunded)), Refunded, NoCall},
		"voided already":           {payment(is(Voided)), Voided, NoCall},
		"marked as cancelled once": {payment(cancelled), Pending, CancelCall},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := test.payment
			p.Cancel(later)
			if p.Status() != test.status || p.NextCall() != test.nextCall {
				t.Errorf("payment is %s with next call %q, want %s and %q", p.Status(), p.NextCall(), test.status, test.nextCall)
			}
			if events := p.Recorded(); len(events) != 0 {
				t.Errorf("published %v, want nothing", events)
			}
		})
	}
}

func TestCancelMakesTheCallDueAtOnce(t *testing.T) {
	waiting := func(s *Snapshot) { s.DueAt, s.Postponed = start.Add(time.Hour), 4 }
	for _, p := range []*Payment{payment(waiting), payment(waiting, is(Processed))} {
		p.Cancel(later)
		if s := p.Snapshot(); s.DueAt != later || s.Postponed != 0 || s.UpdatedAt != later {
			t.Errorf("%s: due at %v after %d pauses, updated at %v; want at once", s.Status, s.DueAt, s.Postponed, s.UpdatedAt)
		}
	}
	p := payment(waiting, cancelled)
	p.Cancel(later)
	if p.DueAt() == later {
		t.Error("the same cancellation again cut the pause short")
	}
}

func TestTombstoneSwallowsALateRequest(t *testing.T) {
	p := New(order)
	p.Cancel(start)
	if err := p.Request(customer, amount, "", later); err != nil {
		t.Fatal(err)
	}
	want := Snapshot{OrderID: order, Status: Voided, CreatedAt: start, UpdatedAt: start}
	if got := p.Snapshot(); got != want {
		t.Errorf("tombstone\n got %+v\nwant %+v", got, want)
	}
}

func TestNextCall(t *testing.T) {
	tests := map[string]struct {
		payment *Payment
		want    Call
	}{
		"nothing known":           {payment(none), NoCall},
		"requested":               {payment(unclaimed), ChargeCall},
		"two attempts failed":     {payment(attempted(2)), ChargeCall},
		"all attempts failed":     {payment(attempted(MaxAttempts)), CancelCall},
		"cancelled while charged": {payment(cancelled), CancelCall},
		"charged":                 {payment(is(Processed)), NoCall},
		"to be refunded":          {payment(is(Refunding)), RefundCall},
		"refunded":                {payment(is(Refunded)), NoCall},
		"failed":                  {payment(is(Failed)), NoCall},
		"voided":                  {payment(is(Voided)), NoCall},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.payment.NextCall(); got != test.want {
				t.Errorf("next call is %q, want %q", got, test.want)
			}
			if due := !test.payment.DueAt().IsZero(); due != (test.want != NoCall) {
				t.Errorf("due at %v with next call %q", test.payment.DueAt(), test.want)
			}
		})
	}
}

func TestPostpone(t *testing.T) {
	p := payment()
	pauses := []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}
	for i, want := range pauses {
		p.Postpone(ChargeCall, 0, later)
		if got := p.DueAt().Sub(later); got != want*time.Millisecond {
			t.Errorf("pause %d is %v, want %v", i+1, got, want*time.Millisecond)
		}
	}
	p.RecordFailedAttempt(later)
	p.Postpone(ChargeCall, 2*time.Second, later)
	if got := p.DueAt().Sub(later); got != 2*time.Second {
		t.Errorf("pause after an answer is %v, want the 2s that were asked for", got)
	}
}

func TestPostponeLeavesAnotherCallAlone(t *testing.T) {
	tests := map[string]*Payment{
		"cancelled meanwhile": payment(cancelled),
		"charged meanwhile":   payment(is(Processed)),
		"nothing known":       payment(none),
	}
	for name, p := range tests {
		before := p.Snapshot()
		p.Postpone(ChargeCall, time.Hour, later)
		p.Postpone(NoCall, time.Hour, later)
		if p.Snapshot() != before {
			t.Errorf("%s: postponing the charge changed it to %+v", name, p.Snapshot())
		}
	}
}

func TestRestoreKeepsEverything(t *testing.T) {
	want := Snapshot{
		OrderID: order, CustomerID: customer, Amount: amount, Method: "card", Status: Refunding, CancelRequested: true,
		Claimed: true, Attempts: 2, Postponed: 3, TransactionID: "t", RefundID: "r", FailureReason: Declined,
		DueAt: later, CreatedAt: start, UpdatedAt: later,
	}
	p := Restore(want)
	if got := p.Snapshot(); got != want {
		t.Errorf("restored\n got %+v\nwant %+v", got, want)
	}
	if p.OrderID() != order {
		t.Errorf("order id is %q", p.OrderID())
	}
}

func TestKeysDiffer(t *testing.T) {
	p, other := New("a"), New("b")
	keys := map[string]bool{p.ChargeKey(): true, p.RefundKey(): true, other.ChargeKey(): true, other.RefundKey(): true}
	if len(keys) != 4 {
		t.Errorf("two orders' charges and refunds share a key: %v", keys)
	}
}

func TestEventsNameTheirOrder(t *testing.T) {
	for want, e := range map[string]event.Event{
		"PaymentProcessed": PaymentProcessed{OrderID: order},
		"PaymentFailed":    PaymentFailed{OrderID: order},
		"PaymentRefunded":  PaymentRefunded{OrderID: order},
	} {
		if e.EventType() != want || e.Subject() != string(order) {
			t.Errorf("%s is %q about %q", want, e.EventType(), e.Subject())
		}
	}
}
