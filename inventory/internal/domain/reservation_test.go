package domain

import (
	"reflect"
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

func stocked(available ...ProductSnapshot) ([]*Product, Shelf) {
	products := make([]*Product, len(available))
	for i, s := range available {
		products[i] = RestoreProduct(s)
	}
	return products, NewShelf(products...)
}

func TestReserveSetsEveryItemAside(t *testing.T) {
	products, shelf := stocked(ProductSnapshot{ID: "A", Available: 10}, ProductSnapshot{ID: "B", Available: 5, Reserved: 1, Sold: 2})
	order := Order{
		ID: "o", CustomerID: "c", Items: []Item{{"A", 2}, {"B", 1}, {"A", 3}},
		TotalAmount: 15000, PaymentMethod: "sim_success",
	}
	r := NewReservation(order.ID)
	if err := r.Reserve(order, shelf, noon); err != nil {
		t.Fatal(err)
	}

	wantState := ReservationSnapshot{OrderID: "o", Status: Reserved, Items: order.Items, CreatedAt: noon, UpdatedAt: noon}
	if got := r.Snapshot(); !reflect.DeepEqual(got, wantState) {
		t.Errorf("reservation is %+v, want %+v", got, wantState)
	}
	wantEvents := []event.Event{InventoryReserved{
		OrderID: "o", CustomerID: "c", Items: order.Items, TotalAmount: 15000, PaymentMethod: "sim_success",
	}}
	if got := r.Recorded(); !reflect.DeepEqual(got, wantEvents) {
		t.Errorf("recorded %+v, want %+v", got, wantEvents)
	}
	for i, want := range []ProductSnapshot{
		{ID: "A", Available: 5, Reserved: 5, UpdatedAt: noon}, // 2 + 3
		{ID: "B", Available: 4, Reserved: 2, Sold: 2, UpdatedAt: noon},
	} {
		if got := products[i].Snapshot(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestReserveTakesNothingWhenAnythingIsShort(t *testing.T) {
	products, shelf := stocked(ProductSnapshot{ID: "A", Available: 10}, ProductSnapshot{ID: "B", Available: 5})
	order := Order{ID: "o", Items: []Item{{"unknown", 1}, {"B", 3}, {"A", 10}, {"B", 3}}}
	r := NewReservation(order.ID)
	if err := r.Reserve(order, shelf, noon); err != nil {
		t.Fatal(err)
	}
	if r.Status() != Rejected {
		t.Errorf("status is %q", r.Status())
	}
	want := []event.Event{InventoryUnavailable{OrderID: "o", Shortages: []Shortage{
		{ProductID: "B", Requested: 6, Available: 5},
		{ProductID: "unknown", Requested: 1, Available: 0},
	}}}
	if got := r.Recorded(); !reflect.DeepEqual(got, want) {
		t.Errorf("recorded %+v, want %+v", got, want)
	}
	for i, available := range []int{10, 5} {
		if got := products[i].Snapshot(); got.Available != available || got.Reserved != 0 || !got.UpdatedAt.IsZero() {
			t.Errorf("product changed to %+v", got)
		}
	}
}

func TestReserveRefusesAnOrderThatAsksForNothing(t *testing.T) {
	for name, items := range map[string][]Item{
		"no items": nil, "zero pieces": {{"A", 1}, {"A", 0}}, "negative pieces": {{"A", -1}},
	} {
		_, shelf := stocked(ProductSnapshot{ID: "A", Available: 10})
		r := NewReservation("o")
		if err := r.Reserve(Order{ID: "o", Items: items}, shelf, noon); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: got %v, want errs.Invalid", name, err)
		}
		if r.Status() != None {
			t.Errorf("%s: status is %q", name, r.Status())
		}
	}
}

func TestReleaseGivesBackWhatIsReserved(t *testing.T) {
	products, shelf := stocked(ProductSnapshot{ID: "A", Available: 1, Reserved: 4, Sold: 2})
	items := []Item{{"A", 2}, {"A", 1}}
	r := RestoreReservation(ReservationSnapshot{OrderID: "o", Status: Reserved, Items: items, CreatedAt: noon, UpdatedAt: noon})
	later := noon.Add(time.Minute)
	if err := r.Release(shelf, later); err != nil {
		t.Fatal(err)
	}
	if got, want := products[0].Snapshot(), (ProductSnapshot{ID: "A", Available: 4, Reserved: 1, Sold: 2, UpdatedAt: later}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want := ReservationSnapshot{OrderID: "o", Status: Released, Items: items, CreatedAt: noon, UpdatedAt: later}
	if got := r.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := r.Recorded(); !reflect.DeepEqual(got, []event.Event{InventoryReleased{OrderID: "o", Items: items}}) {
		t.Errorf("recorded %+v", got)
	}
}

func TestReleaseBeforeTheOrderLeavesATombstone(t *testing.T) {
	products, shelf := stocked(ProductSnapshot{ID: "A", Available: 10})
	r := NewReservation("o")
	if err := r.Release(shelf, noon); err != nil {
		t.Fatal(err)
	}
	if err := r.Reserve(Order{ID: "o", Items: []Item{{"A", 1}}}, shelf, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want := ReservationSnapshot{OrderID: "o", Status: Released, CreatedAt: noon, UpdatedAt: noon}
	if got := r.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(r.Recorded()) > 0 || products[0].Snapshot().Available != 10 {
		t.Errorf("recorded %+v, product %+v", r.Recorded(), products[0].Snapshot())
	}
}

func TestCommitSellsWhatIsReserved(t *testing.T) {
	products, shelf := stocked(ProductSnapshot{ID: "A", Available: 1, Reserved: 4, Sold: 2})
	r := RestoreReservation(ReservationSnapshot{OrderID: "o", Status: Reserved, Items: []Item{{"A", 3}}})
	if err := r.Commit(shelf, noon); err != nil {
		t.Fatal(err)
	}
	if got, want := products[0].Snapshot(), (ProductSnapshot{ID: "A", Available: 1, Reserved: 1, Sold: 5, UpdatedAt: noon}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if r.Status() != Committed || len(r.Recorded()) > 0 {
		t.Errorf("status %q, recorded %+v", r.Status(), r.Recorded())
	}
}

// TestEveryPairOfStateAndTrigger is the saga's table for this service, whole.
func TestEveryPairOfStateAndTrigger(t *testing.T) {
	order := Order{ID: "o", Items: []Item{{"A", 1}}}
	triggers := map[trigger]func(*Reservation, Shelf) error{
		created:   func(r *Reservation, s Shelf) error { return r.Reserve(order, s, noon) },
		cancelled: func(r *Reservation, s Shelf) error { return r.Release(s, noon) },
		confirmed: func(r *Reservation, s Shelf) error { return r.Commit(s, noon) },
	}
	contradiction := Status("contradiction")
	for _, tc := range []struct {
		from Status
		on   trigger
		want Status
	}{
		{None, created, Reserved},
		{None, cancelled, Released},
		{None, confirmed, contradiction},
		{Reserved, created, Reserved},
		{Reserved, cancelled, Released},
		{Reserved, confirmed, Committed},
		{Rejected, created, Rejected},
		{Rejected, cancelled, Rejected},
		{Rejected, confirmed, contradiction},
		{Committed, created, Committed},
		{Committed, cancelled, contradiction},
		{Committed, confirmed, Committed},
		{Released, created, Released},
		{Released, cancelled, Released},
		{Released, confirmed, contradiction},
	} {
		t.Run(string(tc.from)+" "+string(tc.on), func(t *testing.T) {
			products, shelf := stocked(ProductSnapshot{ID: "A", Available: 5, Reserved: 5})
			r, before := restoredIn(tc.from), products[0].Snapshot()
			err := triggers[tc.on](r, shelf)
			want := tc.want
			if want == contradiction {
				if !errs.Is(err, errs.Contradiction) {
					t.Errorf("got %v, want errs.Contradiction", err)
				}
				want = tc.from
			} else if err != nil {
				t.Errorf("got %v", err)
			}
			if r.Status() != want {
				t.Errorf("status is %q, want %q", r.Status(), want)
			}
			if want == tc.from && (products[0].Snapshot() != before || len(r.Recorded()) > 0) {
				t.Errorf("state stays, but product is %+v and %v was recorded", products[0].Snapshot(), r.Recorded())
			}
		})
	}
}

func restoredIn(s Status) *Reservation {
	if s == None {
		return NewReservation("o")
	}
	return RestoreReservation(ReservationSnapshot{OrderID: "o", Status: s, Items: []Item{{"A", 1}}})
}

func TestProductsOfAReservation(t *testing.T) {
	r := RestoreReservation(ReservationSnapshot{Items: []Item{{"b", 1}, {"B", 1}, {"a", 1}, {"b", 2}}})
	if got, want := r.Products(), []ProductID{"B", "a", "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEventsCarryTheirTypeAndOrder(t *testing.T) {
	for _, e := range []event.Event{InventoryReserved{OrderID: "o"}, InventoryUnavailable{OrderID: "o"}, InventoryReleased{OrderID: "o"}} {
		if want := reflect.TypeOf(e).Name(); e.EventType() != want || e.Subject() != "o" {
			t.Errorf("%s says %q of %q", want, e.EventType(), e.Subject())
		}
	}
}
