package porttest

import (
	"errors"
	"testing"
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

var knownTests = map[string]func(*testing.T, Store){
	"what is known is changed":                             knownIsChanged,
	"what is known to be new is added":                     newIsAdded,
	"nobody's knowledge is changed":                        knowledgeStays,
	"old knowledge doesn't count":                          oldKnowledge,
	"what is believed to be new and exists is changed":     believedNew,
	"what is believed to exist and doesn't is new":         believedToExist,
	"a repetition of what is known changes nothing":        knownRepetition,
	"a repetition of what is only believed is asked about": believedRepetition,
	"a failure is that of what is stored":                  knownFailure,
}

// DoKnown applies the change to what the caller believes to be stored.
func (s Store) DoKnown(t *testing.T, known domain.Snapshot, change func(*domain.Payment) error) {
	t.Helper()
	if err := s.UpdateKnown(t.Context(), domain.Restore(known), change); err != nil {
		t.Fatal(err)
	}
}

func (s Store) wantStatus(t *testing.T, want domain.Status) {
	t.Helper()
	if got := s.read(t, "o-1").Status; got != want {
		t.Errorf("payment is %s, want %s", got, want)
	}
}

func knownIsChanged(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	var saved *domain.Payment
	s.DoKnown(t, s.read(t, "o-1"), func(p *domain.Payment) error {
		saved = p
		return Charge(p)
	})
	s.wantStatus(t, domain.Processed)
	if got := s.read(t, "o-1"); got != saved.Snapshot() {
		t.Errorf("the caller is left with\n     %+v\nread %+v", saved.Snapshot(), got)
	}
	s.wantOutbox(t, "PaymentProcessed")
	s.DoKnown(t, saved.Snapshot(), Cancel) // what was saved is known, too
	s.wantStatus(t, domain.Refunding)
}

func newIsAdded(t *testing.T, s Store) {
	s.DoKnown(t, domain.New("o-1").Snapshot(), Request)
	s.Do(t, "o-2", Request)
	want := s.read(t, "o-2")
	want.OrderID = "o-1"
	if got := s.read(t, "o-1"); got != want {
		t.Errorf("read\n got %+v\nwant %+v", got, want)
	}
}

func knowledgeStays(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	known := domain.Restore(s.read(t, "o-1"))
	before := known.Snapshot()
	if err := s.UpdateKnown(t.Context(), known, Charge); err != nil {
		t.Fatal(err)
	}
	if known.Snapshot() != before || len(known.Recorded()) != 0 {
		t.Errorf("what the caller knew has become %+v", known.Snapshot())
	}
}

// postpone changes whatever waits for a call.
func postpone(p *domain.Payment) error {
	p.Postpone(p.NextCall(), time.Hour, Now.Add(time.Minute))
	return nil
}

// Whatever has changed since the caller looked is noticed.
func oldKnowledge(t *testing.T, s Store) {
	s.Do(t, "o-1", Request, Charge, Cancel)
	for what, outdate := range map[string]func(*domain.Snapshot){
		"status":              func(k *domain.Snapshot) { k.Status = domain.Pending },
		"cancel requested":    func(k *domain.Snapshot) { k.CancelRequested = false },
		"claimed":             func(k *domain.Snapshot) { k.Claimed = !k.Claimed },
		"attempts":            func(k *domain.Snapshot) { k.Attempts++ },
		"postponed":           func(k *domain.Snapshot) { k.Postponed++ },
		"transaction":         func(k *domain.Snapshot) { k.TransactionID = "another" },
		"no transaction":      func(k *domain.Snapshot) { k.TransactionID = "" },
		"refund":              func(k *domain.Snapshot) { k.RefundID = "re" },
		"reason of a failure": func(k *domain.Snapshot) { k.FailureReason = domain.Declined },
		"next attempt":        func(k *domain.Snapshot) { k.DueAt = k.DueAt.Add(time.Microsecond) },
		"updated":             func(k *domain.Snapshot) { k.UpdatedAt = k.UpdatedAt.Add(-time.Microsecond) },
	} {
		stored := s.read(t, "o-1")
		known, want := stored, domain.Restore(stored)
		outdate(&known)
		if err := postpone(want); err != nil {
			t.Fatal(err)
		}
		var last domain.Snapshot
		s.DoKnown(t, known, func(p *domain.Payment) error {
			last = p.Snapshot()
			return postpone(p)
		})
		if last != stored {
			t.Errorf("%s: changed\n     %+v\nwant %+v", what, last, stored)
		}
		if got := s.read(t, "o-1"); got != want.Snapshot() {
			t.Errorf("%s: read\n got %+v\nwant %+v", what, got, want.Snapshot())
		}
	}
	s.wantOutbox(t, "PaymentProcessed")
}

func believedNew(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	s.DoKnown(t, domain.New("o-1").Snapshot(), Cancel)
	s.wantStatus(t, domain.Voided)
	if got := s.read(t, "o-1"); got.CustomerID != "customer-1" {
		t.Errorf("the payment has become a tombstone: %+v", got)
	}
}

func believedToExist(t *testing.T, s Store) {
	p := domain.New("o-1")
	if err := Request(p); err != nil {
		t.Fatal(err)
	}
	s.DoKnown(t, p.Snapshot(), Cancel)
	s.wantStatus(t, domain.Voided)
	if got := s.read(t, "o-1"); got.CustomerID != "" {
		t.Errorf("what nobody has saved is there: %+v", got)
	}
}

func knownRepetition(t *testing.T, s Store) {
	s.Do(t, "o-1", Request, Charge)
	before := s.read(t, "o-1")
	s.DoKnown(t, before, Charge)
	s.DoKnown(t, domain.New("o-1").Snapshot(), Request)
	if got := s.read(t, "o-1"); got != before {
		t.Errorf("repetitions changed the payment to %+v", got)
	}
	s.wantOutbox(t, "PaymentProcessed")
}

// What changes nothing of what is believed may change what is stored.
func believedRepetition(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	charged := domain.Restore(s.read(t, "o-1"))
	if err := Charge(charged); err != nil {
		t.Fatal(err)
	}
	s.DoKnown(t, charged.Snapshot(), Charge)
	s.wantStatus(t, domain.Processed)
	s.wantOutbox(t, "PaymentProcessed")
}

func knownFailure(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	voided := s.read(t, "o-1")
	voided.Status = domain.Voided
	s.DoKnown(t, voided, Charge) // of which a voided one would make a contradiction
	s.wantStatus(t, domain.Processed)

	before, refused := s.read(t, "o-1"), errors.New("refused")
	for _, known := range []*domain.Payment{domain.Restore(before), domain.New("o-1")} {
		err := s.UpdateKnown(t.Context(), known, func(p *domain.Payment) error { return errors.Join(Cancel(p), refused) })
		if !errors.Is(err, refused) || errs.Is(err, errs.Unavailable) {
			t.Errorf("error is %v, want the change's", err)
		}
	}
	if got := s.read(t, "o-1"); got != before {
		t.Errorf("payment is %+v", got)
	}
	s.wantOutbox(t, "PaymentProcessed")
}
