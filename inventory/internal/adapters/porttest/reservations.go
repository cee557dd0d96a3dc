package porttest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

var reservationTests = map[string]func(*testing.T, Stores){
	"reservation, stock and event are saved together": savedTogether,
	"a short order takes nothing":                     shortOrderTakesNothing,
	"a reservation ends once":                         reservationEndsOnce,
	"a tombstone keeps a late order from reserving":   tombstoneKeepsLateOrder,
	"a contradiction leaves nothing behind":           contradictionLeavesNothing,
	"a failed change leaves nothing behind":           failedChangeLeavesNothing,
	"an event carries the origin of its message":      eventCarriesItsOrigin,
	"reservations page newest first":                  reservationsPage,
}

func savedTogether(t *testing.T, s Stores) {
	o := Order("o-1", domain.Item{ProductID: "product-B", Quantity: 1}, domain.Item{ProductID: "product-A", Quantity: 2},
		domain.Item{ProductID: "product-B", Quantity: 3})
	for range 3 { // the first delivery and two repetitions
		s.reserve(t, o)
	}
	want := domain.ReservationSnapshot{OrderID: "o-1", Status: domain.Reserved, Items: o.Items, CreatedAt: Now, UpdatedAt: Now}
	if got := s.reservation(t, "o-1"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	s.wantStock(t, "product-A", 8, 2, 0)
	s.wantStock(t, "product-B", 1, 4, 0)
	s.wantOutbox(t, "InventoryReserved")
}

func shortOrderTakesNothing(t *testing.T, s Stores) {
	s.reserve(t, Order("o-1", domain.Item{ProductID: "product-A", Quantity: 1}, domain.Item{ProductID: "never-stocked", Quantity: 1}))
	s.release(t, "o-1") // as the order service answers
	if got := s.reservation(t, "o-1"); got.Status != domain.Rejected {
		t.Errorf("reservation is %s", got.Status)
	}
	s.wantStock(t, "product-A", 10, 0, 0)
	s.wantOutbox(t, "InventoryUnavailable")
}

func reservationEndsOnce(t *testing.T, s Stores) {
	for _, id := range []string{"sold", "released"} {
		s.reserve(t, Order(id, domain.Item{ProductID: "product-A", Quantity: 2}))
	}
	for range 2 {
		s.commit(t, "sold")
		s.release(t, "released")
	}
	if sold, released := s.reservation(t, "sold").Status, s.reservation(t, "released").Status; sold != domain.Committed || released != domain.Released {
		t.Errorf("reservations are %s and %s", sold, released)
	}
	s.wantStock(t, "product-A", 8, 0, 2)
	s.wantOutbox(t, "InventoryReserved", "InventoryReserved", "InventoryReleased")
}

func tombstoneKeepsLateOrder(t *testing.T, s Stores) {
	s.release(t, "o-1")
	s.reserve(t, Order("o-1", domain.Item{ProductID: "product-A", Quantity: 2}))
	if got := s.reservation(t, "o-1"); got.Status != domain.Released || len(got.Items) > 0 {
		t.Errorf("got %+v, want a tombstone", got)
	}
	s.wantStock(t, "product-A", 10, 0, 0)
	s.wantOutbox(t)
}

func contradictionLeavesNothing(t *testing.T, s Stores) {
	err := application.NewCommitStock(s.Reservations, Clock).Do(t.Context(), "unheard-of")
	if !errs.Is(err, errs.Contradiction) {
		t.Errorf("got %v, want errs.Contradiction", err)
	}
	if found, err := s.Reservations.List(t.Context(), application.Filter{Limit: 1}); err != nil || len(found) > 0 {
		t.Errorf("%d reservations, %v", len(found), err)
	}
}

func failedChangeLeavesNothing(t *testing.T, s Stores) {
	refused := errors.New("refused")
	o := Order("o-1", domain.Item{ProductID: "product-A", Quantity: 2})
	err := s.Reservations.Update(t.Context(), o.ID, []domain.ProductID{"product-A"}, func(r *domain.Reservation, shelf domain.Shelf) error {
		return errors.Join(r.Reserve(o, shelf, Now), refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if found, err := s.Reservations.List(t.Context(), application.Filter{Limit: 1}); err != nil || len(found) > 0 {
		t.Errorf("%d reservations, %v", len(found), err)
	}
	s.wantStock(t, "product-A", 10, 0, 0)
	s.wantOutbox(t)
}

func eventCarriesItsOrigin(t *testing.T, s Stores) {
	origin := event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"}
	reserve := application.NewReserveStock(s.Reservations, Clock)
	if err := reserve.Do(event.WithOrigin(t.Context(), origin), Order("o-1", domain.Item{ProductID: "product-A", Quantity: 1})); err != nil {
		t.Fatal(err)
	}
	if got := s.Outbox(t); len(got) != 1 || got[0].Origin != origin {
		t.Errorf("outbox = %+v, want the origin %+v", got, origin)
	}
}

func reservationsPage(t *testing.T, s Stores) {
	ids := []string{"o-1", "o-2", "o-3", "o-4", "o-5", "o-6", "o-7"}
	for i, id := range ids {
		at := Now.Add(time.Duration(i/3) * time.Second) // three at a time
		later := application.NewReleaseStock(s.Reservations, func() time.Time { return at })
		if err := later.Do(t.Context(), domain.OrderID(id)); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	filter := application.Filter{Limit: 2}
	for {
		page, err := s.Reservations.List(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			last := r.Snapshot()
			seen = append(seen, string(last.OrderID))
			filter.After = &application.Position{CreatedAt: last.CreatedAt, OrderID: last.OrderID}
		}
	}
	slices.Reverse(ids)
	if !slices.Equal(seen, ids) {
		t.Errorf("listed %v, want %v", seen, ids)
	}
	after := &application.Position{CreatedAt: Now, OrderID: "o-3"}
	if found, err := s.Reservations.List(t.Context(), application.Filter{OrderID: "o-3", After: after, Limit: 2}); err != nil || len(found) > 0 {
		t.Errorf("after the only reservation come %d, %v", len(found), err)
	}
}
