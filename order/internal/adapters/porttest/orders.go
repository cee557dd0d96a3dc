// Package porttest is what every adapter of application.Orders and
// application.Journal has to pass.
package porttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
)

// Now is the time at which the tests happen.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// Store is an adapter, and a look at what it keeps beside the orders.
type Store struct {
	application.Orders
	Keys application.Keys
	// Outbox returns what waits to be published, oldest first; the bodies may be absent.
	Outbox func(t *testing.T) []outbox.Message
	// Journal has what happened to the orders.
	Journal application.Journal
}

// Run tests the stores that newStore returns, each of which is empty.
func Run(t *testing.T, newStore func(t *testing.T) Store) {
	for name, test := range map[string]func(*testing.T, Store){
		"an added order reads back the same":            addedOrderReadsBackTheSame,
		"an event carries the origin of its request":    eventCarriesItsOrigin,
		"state, events and timeline are saved together": updateSavesEverything,
		"a failed change leaves nothing behind":         failedChangeLeavesNothing,
		"a cancelled order keeps reason and refund":     cancelledOrderKeepsReasonAndRefund,
		"there is no such order":                        thereIsNoSuchOrder,
		"lists page newest first through equal times":   listPages,
		"lists are filtered":                            listFilters,
		"lists are filtered by time and reason":         listFiltersTimeAndReason,
		"pages stay where they are while orders come":   pagesAreStable,
		"a request sent again gets its first order":     requestSentAgain,
		"a key belongs to its caller and its request":   keyBelongsToCallerAndRequest,
		"a known key is looked up":                      knownKeyIsLookedUp,
		"keys are forgotten by age":                     keysAreForgotten,
		"overdue are the oldest pending orders":         overdueFindsTheOldest,
		"an entry says what happened to whom":           entrySaysWhatHappened,
		"the journal is one sequence":                   journalIsOneSequence,
		"a customer's entries are its own":              customersEntriesAreItsOwn,
		"there is no journal of no order":               noJournalOfNoOrder,
	} {
		t.Run(name, func(t *testing.T) { test(t, newStore(t)) })
	}
}

// NewOrder returns an order that was placed at the given time.
func NewOrder(t *testing.T, customer string, at time.Time) *domain.Order {
	t.Helper()
	o, err := domain.Place(domain.OrderID(uuid.NewString()), domain.Placement{
		CustomerID: customer, Items: []domain.Item{{ProductID: "product-A", Quantity: 2}, {ProductID: "product-B", Quantity: 1}}, Total: 15000,
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (s Store) add(t *testing.T, o *domain.Order) domain.OrderID {
	t.Helper()
	if err := s.Add(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.Snapshot().ID
}

func (s Store) read(t *testing.T, id domain.OrderID) domain.Snapshot {
	t.Helper()
	o, err := s.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o.Snapshot()
}

func (s Store) wantOutbox(t *testing.T, want ...string) {
	t.Helper()
	var types []string
	for _, m := range s.Outbox(t) {
		types = append(types, m.Type)
	}
	if !slices.Equal(types, want) {
		t.Errorf("outbox = %v, want %v", types, want)
	}
}

func confirm(o *domain.Order) error {
	o.Confirm(Now.Add(time.Second))
	return nil
}

func addedOrderReadsBackTheSame(t *testing.T, s Store) {
	o := NewOrder(t, "customer-1", Now)
	if got := s.read(t, s.add(t, o)); !reflect.DeepEqual(got, o.Snapshot()) {
		t.Errorf("read %+v, added %+v", got, o.Snapshot())
	}
	s.wantOutbox(t, "OrderCreated")
}

func eventCarriesItsOrigin(t *testing.T, s Store) {
	origin := event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"}
	if err := s.Add(event.WithOrigin(t.Context(), origin), NewOrder(t, "customer-1", Now)); err != nil {
		t.Fatal(err)
	}
	if got := s.Outbox(t); len(got) != 1 || got[0].Origin != origin {
		t.Errorf("outbox = %+v, want the origin %+v", got, origin)
	}
}

type update func(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error

func (s Store) updates() []update { return []update{s.UpdateSoon, s.Update} }

func updateSavesEverything(t *testing.T, s Store) {
	id := s.add(t, NewOrder(t, "customer-1", Now))
	seen := domain.Observation{EventID: "e-1", Type: "PaymentProcessed", Source: "/payment", OccurredAt: Now.Add(-time.Second)}
	for _, update := range append(s.updates(), s.UpdateSoon) { // the first delivery and two repetitions
		err := update(t.Context(), id, func(o *domain.Order) error {
			o.Observe(seen)
			return confirm(o)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := s.read(t, id); got.Status != domain.Completed || !got.UpdatedAt.Equal(Now.Add(time.Second)) {
		t.Errorf("order = %+v", got)
	}
	s.wantOutbox(t, "OrderCreated", "OrderConfirmed")
	want := []string{"/order OrderCreated", "/payment PaymentProcessed", "/order OrderConfirmed"}
	var got []string
	for _, e := range s.history(t, id) {
		got = append(got, e.Event.Source+" "+e.Event.Type)
	}
	if !slices.Equal(got, want) {
		t.Errorf("journal = %v, want %v", got, want)
	}
}

func failedChangeLeavesNothing(t *testing.T, s Store) {
	id := s.add(t, NewOrder(t, "customer-1", Now))
	refused := errors.New("refused")
	err := s.Update(t.Context(), id, func(o *domain.Order) error {
		o.Cancel(domain.TimedOut, "", Now)
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("err = %v", err)
	}
	s.wantOutbox(t, "OrderCreated")
	if got := s.read(t, id).Status; got != domain.Pending {
		t.Errorf("status = %s", got)
	}
}

func cancelledOrderKeepsReasonAndRefund(t *testing.T, s Store) {
	id := s.add(t, NewOrder(t, "customer-1", Now))
	for _, change := range []func(*domain.Order){
		func(o *domain.Order) { o.Cancel(domain.CustomerRequest, "", Now) },
		func(o *domain.Order) { o.RecordRefund(Now.Add(time.Minute)) },
	} {
		err := s.Update(t.Context(), id, func(o *domain.Order) error {
			change(o)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := s.read(t, id); got.Reason != domain.CustomerRequest || !got.RefundedAt.Equal(Now.Add(time.Minute)) {
		t.Errorf("order = %+v", got)
	}
}

func thereIsNoSuchOrder(t *testing.T, s Store) {
	stored := NewOrder(t, "c", Now)
	s.add(t, stored)
	other := stored.Snapshot().ID // in other forms than the canonical one it is nobody's
	for _, id := range []domain.OrderID{
		domain.OrderID(uuid.NewString()), "no-uuid", "", "{" + other + "}", "x" + other + "y", "urn:uuid:" + other,
		domain.OrderID(strings.ToUpper(string(other))), domain.OrderID(strings.ReplaceAll(string(other), "-", "")),
	} {
		if _, err := s.ByID(t.Context(), id); !errs.Is(err, errs.NotFound) {
			t.Errorf("ByID(%q): %v", id, err)
		}
		for _, update := range s.updates() {
			err := update(t.Context(), id, func(*domain.Order) error { return errors.New("change ran") })
			if !errs.Is(err, errs.NotFound) {
				t.Errorf("Update(%q): %v", id, err)
			}
		}
	}
}

func listPages(t *testing.T, s Store) {
	var want []domain.Snapshot
	for i := range 7 {
		o := NewOrder(t, "c", Now.Add(time.Duration(i/3)*time.Second)) // three at a time
		s.add(t, o)
		want = append(want, o.Snapshot())
	}
	slices.SortFunc(want, func(a, b domain.Snapshot) int { return -comparePlace(a, b) })
	var got []domain.Snapshot
	filter := application.Filter{Limit: 2}
	for {
		page, err := s.List(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			last := o.Snapshot()
			got = append(got, last)
			filter.After = &application.Position{CreatedAt: last.CreatedAt, ID: last.ID}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

func comparePlace(a, b domain.Snapshot) int {
	if byTime := a.CreatedAt.Compare(b.CreatedAt); byTime != 0 {
		return byTime
	}
	return cmp.Compare(a.ID, b.ID)
}

func listFilters(t *testing.T, s Store) {
	for i := range 7 {
		id := s.add(t, NewOrder(t, fmt.Sprintf("customer-%d", i%2), Now))
		if i > 0 {
			continue
		}
		if err := s.Update(t.Context(), id, confirm); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		filter application.Filter
		want   int
	}{
		"customer":                {application.Filter{CustomerID: "customer-1", Limit: 10}, 3},
		"status":                  {application.Filter{Status: domain.Completed, Limit: 10}, 1},
		"pending of one customer": {application.Filter{CustomerID: "customer-0", Status: domain.Pending, Limit: 10}, 3},
		"nobody":                  {application.Filter{CustomerID: "nobody", Limit: 10}, 0},
	} {
		if found, err := s.List(t.Context(), c.filter); err != nil || len(found) != c.want {
			t.Errorf("%s: %d orders, %v; want %d", name, len(found), err, c.want)
		}
	}
}

func overdueFindsTheOldest(t *testing.T, s Store) {
	placed := make([]domain.OrderID, 5)
	for _, i := range []int{3, 0, 1, 4, 2} {
		placed[i] = s.add(t, NewOrder(t, "c", Now.Add(time.Duration(i)*time.Second)))
	}
	if err := s.Update(t.Context(), placed[1], confirm); err != nil {
		t.Fatal(err)
	}
	got, err := s.Overdue(t.Context(), Now.Add(4*time.Second), 2)
	if want := []domain.OrderID{placed[0], placed[2]}; err != nil || !slices.Equal(got, want) {
		t.Errorf("overdue = %v, %v; want %v", got, err, want)
	}
}
