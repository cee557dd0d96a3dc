// Package porttest is what every adapter of application.Notifications has to pass.
package porttest

import (
	"slices"
	"testing"
	"time"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

// Now is the time at which the tests happen.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// Run tests the stores that newStore returns, each of which is empty.
func Run(t *testing.T, newStore func(t *testing.T) application.Notifications) {
	for name, test := range map[string]func(*testing.T, store){
		"an added notification reads back the same":   addedReadsBack,
		"a second one of the same kind is not added":  secondIsNotAdded,
		"a claim takes what is due, for a lease":      claimTakesWhatIsDue,
		"a claim takes the longest due first":         claimTakesLongestDue,
		"an update saves the result":                  updateSaves,
		"an update doesn't believe what isn't so":     updateComparesWhatIsKnown,
		"there is no such notification":               thereIsNone,
		"lists page newest first through equal times": listPages,
		"lists show one customer's":                   listOfCustomer,
	} {
		t.Run(name, func(t *testing.T) { test(t, store{newStore(t)}) })
	}
}

// New returns a notification that was made at the given time.
func New(t *testing.T, eventID, order string, kind domain.Type, at time.Time) *domain.Notification {
	t.Helper()
	n, err := domain.New(domain.Occurrence{
		EventID: eventID, OrderID: domain.OrderID(order), CustomerID: "c", Type: kind, Amount: 15000, Reason: "TIMEOUT",
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

type store struct{ application.Notifications }

func (s store) add(t *testing.T, n *domain.Notification) domain.Snapshot {
	t.Helper()
	if added, err := s.Add(t.Context(), n); err != nil || !added {
		t.Fatalf("added: %v, %v", added, err)
	}
	return n.Snapshot()
}

func (s store) list(t *testing.T, filter application.Filter) []domain.Snapshot {
	t.Helper()
	found, err := s.List(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	var states []domain.Snapshot
	for _, n := range found {
		states = append(states, n.Snapshot())
	}
	return states
}

// claim claims what is due at the given time, with a lease of a minute, and
// returns the event ids.
func (s store) claim(t *testing.T, at time.Time, limit int) []string {
	t.Helper()
	due, err := s.Claim(t.Context(), at, at.Add(time.Minute), limit)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range due {
		ids = append(ids, d.Notification.Snapshot().EventID)
	}
	return ids
}

func (s store) wantClaimed(t *testing.T, at time.Time, limit int, want ...string) {
	t.Helper()
	if got := s.claim(t, at, limit); !slices.Equal(got, want) {
		t.Errorf("after %v: claimed %v, want %v", at.Sub(Now), got, want)
	}
}

func addedReadsBack(t *testing.T, s store) {
	want := s.add(t, New(t, "e-1", "o-1", domain.OrderConfirmed, Now))
	if got := s.list(t, application.Filter{Limit: 2}); !slices.Equal(got, []domain.Snapshot{want}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func secondIsNotAdded(t *testing.T, s store) {
	first := s.add(t, New(t, "e-1", "o-1", domain.OrderConfirmed, Now))
	if added, err := s.Add(t.Context(), New(t, "e-2", "o-1", domain.OrderConfirmed, Now.Add(time.Second))); err != nil || added {
		t.Errorf("the second was added: %v, %v", added, err)
	}
	other := s.add(t, New(t, "e-3", "o-1", domain.PaymentProcessed, Now.Add(time.Second)))
	if got, want := s.list(t, application.Filter{OrderID: "o-1", Limit: 5}), []domain.Snapshot{other, first}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func claimTakesWhatIsDue(t *testing.T, s store) {
	origin := event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"}
	due := New(t, "due", "o-1", domain.OrderConfirmed, Now)
	if _, err := s.Add(event.WithOrigin(t.Context(), origin), due); err != nil {
		t.Fatal(err)
	}
	s.add(t, New(t, "later", "o-2", domain.OrderConfirmed, Now.Add(time.Second)))

	claimed, err := s.Claim(t.Context(), Now, Now.Add(time.Minute), 10)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %d, %v; want the one that is due", len(claimed), err)
	}
	want := due.Snapshot()
	want.NextAttemptAt = Now.Add(time.Minute)
	if got := claimed[0]; got.Notification.Snapshot() != want || got.Origin != origin {
		t.Errorf("claimed %+v with %+v, want %+v with %+v", got.Notification.Snapshot(), got.Origin, want, origin)
	}
	s.wantClaimed(t, Now.Add(59*time.Second), 10, "later")
	s.wantClaimed(t, Now.Add(time.Minute), 10, "due")
}

func claimTakesLongestDue(t *testing.T, s store) {
	for i, id := range []string{"second", "third", "first"} {
		at := Now.Add([]time.Duration{2, 3, 1}[i] * time.Second)
		s.add(t, New(t, id, "order of "+id, domain.OrderConfirmed, at))
	}
	for _, want := range []string{"first", "second", "third"} {
		s.wantClaimed(t, Now.Add(3*time.Second), 1, want)
	}
}

func updateSaves(t *testing.T, s store) {
	n := New(t, "e-1", "o-1", domain.OrderConfirmed, Now)
	s.add(t, n)
	later := Now.Add(time.Hour)
	for _, step := range []func(*domain.Notification){
		func(n *domain.Notification) { n.Failed(n.Snapshot().NextAttemptAt, Now, 0) },
		func(n *domain.Notification) { n.Failed(n.Snapshot().NextAttemptAt, Now, 0) },
		func(n *domain.Notification) { n.Delivered(later) },
		func(n *domain.Notification) { n.Failed(n.Snapshot().NextAttemptAt, later, 0) }, // another worker's, too late
	} {
		if err := s.Update(t.Context(), n, step); err != nil {
			t.Fatal(err)
		}
		step(n)
	}
	if got := s.list(t, application.Filter{Limit: 1}); got[0] != n.Snapshot() || got[0].DeliveredAt != later || got[0].Attempts != 2 {
		t.Errorf("got %+v, want %+v", got, n.Snapshot())
	}
	s.wantClaimed(t, later.Add(time.Hour), 1) // what is delivered isn't due
}

// Somebody else has claimed, tried or delivered what the caller believes to know.
func updateComparesWhatIsKnown(t *testing.T, s store) {
	later := Now.Add(time.Hour)
	for name, meanwhile := range map[string]func(*domain.Notification){
		"tried":     func(n *domain.Notification) { n.Failed(n.Snapshot().NextAttemptAt, Now, 0) },
		"delivered": func(n *domain.Notification) { n.Delivered(Now) },
		"tried, and due when it was before": func(n *domain.Notification) {
			n.Failed(n.Snapshot().NextAttemptAt, Now.Add(-firstPause(t)), 0)
		},
	} {
		known := New(t, "e of "+name, "order that was "+name, domain.OrderConfirmed, Now)
		stored := domain.Restore(s.add(t, known))
		meanwhile(stored)
		if err := s.Update(t.Context(), known, meanwhile); err != nil {
			t.Fatal(err)
		}
		change := func(n *domain.Notification) { n.Delivered(later) }
		change(stored)
		if err := s.Update(t.Context(), known, change); err != nil {
			t.Fatal(err)
		}
		if got := s.list(t, application.Filter{OrderID: stored.Key().OrderID, Limit: 1}); got[0] != stored.Snapshot() {
			t.Errorf("%s meanwhile: got %+v, want %+v", name, got[0], stored.Snapshot())
		}
	}
	due := New(t, "e", "o", domain.OrderConfirmed, Now)
	s.add(t, due)
	s.wantClaimed(t, Now, 9, "e")
	if err := s.Update(t.Context(), due, func(n *domain.Notification) { n.Failed(Now, Now, 0) }); err != nil { // another worker's now
		t.Fatal(err)
	}
	s.wantClaimed(t, Now.Add(time.Minute), 9, "e")
}

// firstPause is how long the shortest pause after the first attempt is.
func firstPause(t *testing.T) time.Duration {
	n := New(t, "e", "o", domain.OrderConfirmed, Now)
	n.Failed(Now, Now, 0)
	return n.Snapshot().NextAttemptAt.Sub(Now)
}

func thereIsNone(t *testing.T, s store) {
	n := New(t, "e", "o", domain.OrderConfirmed, Now)
	err := s.Update(t.Context(), n, func(n *domain.Notification) { n.Delivered(Now) })
	if !errs.Is(err, errs.NotFound) {
		t.Errorf("got %v, want errs.NotFound", err)
	}
}

func listPages(t *testing.T, s store) {
	ids := []string{"e-1", "e-2", "e-3", "e-4", "e-5", "e-6", "e-7"}
	for i, id := range ids {
		s.add(t, New(t, id, "order of "+id, domain.OrderConfirmed, Now.Add(time.Duration(i/3)*time.Second)))
	}
	var seen []string
	filter := application.Filter{Limit: 2}
	for page := s.list(t, filter); len(page) > 0; page = s.list(t, filter) {
		for _, last := range page {
			seen = append(seen, last.EventID)
			filter.After = &application.Position{CreatedAt: last.CreatedAt, EventID: last.EventID}
		}
	}
	slices.Reverse(ids)
	if !slices.Equal(seen, ids) {
		t.Errorf("listed %v, want %v", seen, ids)
	}
	if got := s.list(t, application.Filter{OrderID: "order of e-3", Limit: 5}); len(got) != 1 || got[0].EventID != "e-3" {
		t.Errorf("of one order: %+v", got)
	}
}
