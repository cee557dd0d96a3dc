package porttest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

func (s Store) history(t *testing.T, id domain.OrderID) []application.Entry {
	t.Helper()
	entries, err := s.Journal.OfOrder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func entrySaysWhatHappened(t *testing.T, s Store) {
	id := s.add(t, NewOrder(t, "customer-1", Now))
	seen := domain.Observation{
		EventID: "e-1", Type: "PaymentProcessed", Source: "/payment", CausationID: "e-0", OccurredAt: Now.Add(-time.Second), Attempts: 2,
	}
	ctx := event.WithOrigin(t.Context(), event.Origin{CausationID: "e-1"})
	err := s.Update(ctx, id, func(o *domain.Order) error {
		o.Observe(seen)
		return confirm(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.history(t, id)
	if len(got) != 3 {
		t.Fatalf("journal = %+v, want three entries", got)
	}
	own := func(i int, typ, cause string) domain.Observation {
		return domain.Observation{ // its id and time are the encoder's
			EventID: got[i].Event.EventID, Type: typ, Source: "/order", CausationID: cause, OccurredAt: Now,
		}
	}
	want := []application.Entry{
		{Status: domain.Pending, Event: own(0, "OrderCreated", "")},
		{Status: domain.Completed, Event: seen},
		{Status: domain.Completed, Event: own(2, "OrderConfirmed", "e-1")},
	}
	for i := range want {
		want[i].Position, want[i].OrderID, want[i].CustomerID = got[i].Position, id, "customer-1"
		if got[i].Position < 1 || i > 0 && got[i].Position <= got[i-1].Position {
			t.Errorf("position %d is %d", i, got[i].Position)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("journal = %+v,\nwant      %+v", got, want)
	}
}

func journalIsOneSequence(t *testing.T, s Store) {
	if head, err := s.Journal.Head(t.Context()); err != nil || head != 0 {
		t.Errorf("the head of nothing is %d, %v", head, err)
	}
	var want []domain.OrderID
	for range 5 {
		want = append(want, s.add(t, NewOrder(t, "c", Now)))
	}
	if err := s.Update(t.Context(), want[1], confirm); err != nil {
		t.Fatal(err)
	}
	want = append(want, want[1])

	var got []domain.OrderID
	last := int64(0)
	for {
		page, err := s.Journal.After(t.Context(), last, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if e.Position <= last {
				t.Errorf("position %d after %d", e.Position, last)
			}
			last = e.Position
			got = append(got, e.OrderID)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the journal is about %v, want %v", got, want)
	}
	if head, err := s.Journal.Head(t.Context()); err != nil || head != last {
		t.Errorf("the head is %d, %v; want %d", head, err, last)
	}
}

func customersEntriesAreItsOwn(t *testing.T, s Store) {
	var own []domain.OrderID
	for i := range 3 {
		at := Now.Add(time.Duration(i) * someDays)
		own = append(own, s.add(t, NewOrder(t, "c-1", at)))
		s.add(t, NewOrder(t, "c-2", at))
	}
	if err := s.Update(t.Context(), own[0], confirm); err != nil {
		t.Fatal(err)
	}
	all, err := s.Journal.After(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(slices.Clone(all), func(e application.Entry) bool { return e.CustomerID != "c-1" })
	for _, c := range []struct {
		customer string
		position int64
		limit    int
		want     []application.Entry
	}{
		{"c-1", 0, 100, want}, {"c-1", 0, 2, want[:2]}, {"c-1", want[1].Position, 100, want[2:]},
		{"c-1", want[3].Position, 100, nil}, {"c-3", 0, 100, nil},
	} {
		got, err := s.Journal.OfCustomer(t.Context(), c.customer, c.position, c.limit)
		if err != nil || len(got)+len(c.want) > 0 && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d of %s after %d: %+v, %v", c.limit, c.customer, c.position, got, err)
		}
	}
}

func noJournalOfNoOrder(t *testing.T, s Store) {
	for _, id := range []domain.OrderID{domain.OrderID(uuid.NewString()), "no-uuid", ""} {
		if _, err := s.Journal.OfOrder(t.Context(), id); !errs.Is(err, errs.NotFound) {
			t.Errorf("OfOrder(%q): %v", id, err)
		}
	}
}
