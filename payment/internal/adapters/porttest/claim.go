package porttest

import (
	"fmt"
	"testing"
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
)

var claimTests = map[string]func(*testing.T, Store){
	"a claim returns what is due and marks it":                claimMarks,
	"a claim holds others back for the lease":                 claimHoldsOthersBack,
	"a claim passes over what needs no call":                  claimPassesOver,
	"a cancellation makes a claimed payment due at once":      cancellationIsDueAtOnce,
	"the longest due is claimed first":                        longestDueFirst,
	"a claimed payment that is cancelled is not voided blind": claimedIsAsked,
}

// ClaimAt claims what is due at the given time, with a lease of a minute, and returns
// the ids.
func (s Store) ClaimAt(t *testing.T, at time.Time, limit int) []domain.OrderID {
	t.Helper()
	due, err := s.Claim(t.Context(), at, at.Add(time.Minute), limit)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]domain.OrderID, len(due))
	for i, d := range due {
		ids[i] = d.Payment.OrderID()
	}
	return ids
}

func claimMarks(t *testing.T, s Store) {
	came := event.Origin{CorrelationID: "c-1", CausationID: "e-1", Traceparent: "tp", Tracestate: "ts"}
	if err := s.Update(event.WithOrigin(t.Context(), came), "o-1", Request); err != nil {
		t.Fatal(err)
	}
	if early := s.ClaimAt(t, Now.Add(-time.Microsecond), 9); len(early) != 0 {
		t.Errorf("claimed %v before it was due", early)
	}
	due, err := s.Claim(t.Context(), Now, Now.Add(time.Minute), 9)
	if err != nil || len(due) != 1 {
		t.Fatalf("claimed %v, %v", due, err)
	}
	if due[0].Origin != came {
		t.Errorf("origin is %+v, want %+v", due[0].Origin, came)
	}
	want := s.read(t, "o-1")
	if got := due[0].Payment.Snapshot(); got != want || !got.Claimed || !got.DueAt.Equal(Now.Add(time.Minute)) {
		t.Errorf("claimed\n got %+v\nwant %+v, claimed and due in a minute", got, want)
	}
}

func claimHoldsOthersBack(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {0, 0}, {time.Minute - time.Microsecond, 0}, {time.Minute, 1}} {
		if got := s.ClaimAt(t, Now.Add(step.after), 9); len(got) != step.want {
			t.Errorf("after %v: claimed %v, want %d", step.after, got, step.want)
		}
	}
}

func claimPassesOver(t *testing.T, s Store) {
	s.Do(t, "voided", Cancel)
	s.Do(t, "processed", Request, Charge)
	s.Do(t, "failed", Request, Decline)
	s.Do(t, "refunded", Request, Charge, Cancel, Refund)
	s.Do(t, "refunding", Request, Charge, Cancel)
	if got := s.ClaimAt(t, Now.Add(time.Hour), 9); fmt.Sprint(got) != "[refunding]" {
		t.Errorf("claimed %v, want the refund alone", got)
	}
}

func cancellationIsDueAtOnce(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	s.ClaimAt(t, Now, 1)
	cause := event.Origin{CausationID: "the cancellation"}
	if err := s.Update(event.WithOrigin(t.Context(), cause), "o-1", Cancel); err != nil {
		t.Fatal(err)
	}
	due, err := s.Claim(t.Context(), Now, Now, 1)
	if err != nil || len(due) != 1 || due[0].Payment.NextCall() != domain.CancelCall || due[0].Origin != cause {
		t.Errorf("claimed %v, %v", due, err)
	}
}

func longestDueFirst(t *testing.T, s Store) {
	for i := range 5 {
		at := Now.Add(-time.Duration(i) * time.Second)
		s.Do(t, domain.OrderID(fmt.Sprint("o-", i)), func(p *domain.Payment) error { return p.Request("c", 1, "", at) })
	}
	first := s.ClaimAt(t, Now, 2)
	if len(first) != 2 || first[0]+first[1] != "o-4o-3" && first[0]+first[1] != "o-3o-4" {
		t.Errorf("claimed %v, want o-4 and o-3", first)
	}
}

func claimedIsAsked(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	s.ClaimAt(t, Now, 1)
	s.Do(t, "o-1", Cancel)
	if got := s.read(t, "o-1"); got.Status != domain.Pending || !got.CancelRequested {
		t.Errorf("payment is %+v", got)
	}
}
