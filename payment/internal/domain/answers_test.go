package domain

import (
	"reflect"
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

// The gateway's answers, as a worker records them.
var (
	failure = func(p *Payment, now time.Time) error { p.RecordFailedAttempt(now); return nil }
	charge  = func(p *Payment, now time.Time) error { return p.RecordCharge("tx", now) }
	already = func(p *Payment, now time.Time) error { return p.RecordAlreadyCharged("tx", now) }
	decline = (*Payment).RecordDecline
	closed  = (*Payment).RecordCancelled
	refund  = func(p *Payment, now time.Time) error { return p.RecordRefund("re", now) }
)

func processed(attempts int) event.Event {
	return PaymentProcessed{OrderID: order, CustomerID: customer, Amount: amount, TransactionID: "tx", Attempts: attempts}
}

func failed(reason FailureReason, attempts int) event.Event {
	return PaymentFailed{OrderID: order, CustomerID: customer, Amount: amount, Reason: reason, Attempts: attempts}
}

func refunded() event.Event {
	return PaymentRefunded{OrderID: order, CustomerID: customer, Amount: amount, RefundID: "re"}
}

func TestAnswers(t *testing.T) {
	tests := map[string]struct {
		payment *Payment
		answer  func(*Payment, time.Time) error
		status  Status
		events  []event.Event
	}{
		"charged at once":                       {payment(), charge, Processed, []event.Event{processed(1)}},
		"charged at the second attempt":         {payment(attempted(1)), charge, Processed, []event.Event{processed(2)}},
		"charged after all, by another worker":  {payment(attempted(3)), charge, Processed, []event.Event{processed(3)}},
		"charged, but cancelled meanwhile":      {payment(cancelled), charge, Refunding, []event.Event{processed(1)}},
		"cancel finds the charge":               {payment(attempted(3)), already, Processed, []event.Event{processed(3)}},
		"cancel finds an uncounted charge":      {payment(cancelled), already, Refunding, []event.Event{processed(1)}},
		"charged again":                         {payment(is(Processed)), charge, Processed, nil},
		"found again":                           {payment(is(Refunded)), already, Refunded, nil},
		"declined":                              {payment(), decline, Failed, []event.Event{failed(Declined, 1)}},
		"declined, though cancelled meanwhile":  {payment(cancelled), decline, Failed, []event.Event{failed(Declined, 1)}},
		"declined again":                        {payment(is(Failed)), decline, Failed, nil},
		"declined, recorded after the cancel":   {payment(is(Voided)), decline, Voided, nil},
		"cancelled after all attempts":          {payment(attempted(3)), closed, Failed, []event.Event{failed(AttemptsExhausted, 3)}},
		"cancelled for the order":               {payment(cancelled), closed, Voided, nil},
		"cancelled for both reasons":            {payment(cancelled, attempted(3)), closed, Voided, nil},
		"cancelled again":                       {payment(is(Voided), cancelled), closed, Voided, nil},
		"cancelled again after it failed":       {payment(is(Failed)), closed, Failed, nil},
		"refunded":                              {payment(is(Refunding)), refund, Refunded, []event.Event{refunded()}},
		"refunded again":                        {payment(is(Refunded)), refund, Refunded, nil},
		"an attempt failed":                     {payment(), failure, Pending, nil},
		"an attempt failed after it was voided": {payment(is(Voided)), failure, Voided, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := test.payment
			if err := test.answer(p, later); err != nil {
				t.Fatal(err)
			}
			if p.Status() != test.status {
				t.Errorf("payment is %s, want %s", p.Status(), test.status)
			}
			if !reflect.DeepEqual(p.Recorded(), test.events) {
				t.Errorf("published %+v, want %+v", p.Recorded(), test.events)
			}
		})
	}
}

func TestAnswersAreKept(t *testing.T) {
	p := payment()
	if err := p.RecordCharge("tx", later); err != nil {
		t.Fatal(err)
	}
	p.Cancel(later)
	if err := p.RecordRefund("re", later); err != nil {
		t.Fatal(err)
	}
	if s := p.Snapshot(); s.TransactionID != "tx" || s.RefundID != "re" || s.Attempts != 1 || s.UpdatedAt != later {
		t.Errorf("kept %+v", s)
	}
	p = payment(attempted(1))
	if err := p.RecordDecline(later); err != nil {
		t.Fatal(err)
	}
	if s := p.Snapshot(); s.FailureReason != Declined || s.Attempts != 2 {
		t.Errorf("kept %+v", s)
	}
}

func TestFailedAttemptsAreCountedUpToTheLimit(t *testing.T) {
	p := payment()
	for range MaxAttempts + 1 {
		p.RecordFailedAttempt(later)
	}
	if got := p.Snapshot().Attempts; got != MaxAttempts {
		t.Errorf("counted %d attempts, want %d", got, MaxAttempts)
	}
	if p.AttemptsLeft() != 0 {
		t.Errorf("%d attempts left, want none", p.AttemptsLeft())
	}
}

// A gateway that keeps its contract never gives these answers.
func TestContradictions(t *testing.T) {
	tests := map[string]struct {
		payment *Payment
		answer  func(*Payment, time.Time) error
	}{
		"charged under a cancelled key": {payment(is(Voided)), charge},
		"charged under a declined key":  {payment(is(Failed)), already},
		"charged what is not known":     {payment(none), charge},
		"declined after the charge":     {payment(is(Processed)), decline},
		"cancelled after the charge":    {payment(is(Refunding)), closed},
		"refunded without being asked":  {payment(is(Processed)), refund},
		"refunded what was not charged": {payment(), refund},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := test.payment.Snapshot()
			if err := test.answer(test.payment, later); !errs.Is(err, errs.Contradiction) {
				t.Errorf("error is %v, want errs.Contradiction", err)
			}
			if test.payment.Snapshot() != before || len(test.payment.Recorded()) != 0 {
				t.Errorf("the payment changed to %+v and published %v", test.payment.Snapshot(), test.payment.Recorded())
			}
		})
	}
}
