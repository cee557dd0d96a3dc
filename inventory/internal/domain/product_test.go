package domain

import (
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestSetAvailableLeavesReservedAndSoldAlone(t *testing.T) {
	p := RestoreProduct(ProductSnapshot{ID: "A", Available: 1, Reserved: 2, Sold: 3})
	if err := p.SetAvailable(7, noon); err != nil {
		t.Fatal(err)
	}
	want := ProductSnapshot{ID: "A", Available: 7, Reserved: 2, Sold: 3, UpdatedAt: noon}
	if got := p.Snapshot(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSetAvailableKeepsToItsRange(t *testing.T) {
	for _, tc := range []struct {
		pieces int
		valid  bool
	}{{-1, false}, {0, true}, {MaxAvailable, true}, {MaxAvailable + 1, false}} {
		p := NewProduct("A")
		err := p.SetAvailable(tc.pieces, noon)
		if tc.valid {
			if err != nil || p.Snapshot().Available != tc.pieces {
				t.Errorf("%d: got %v, available %d", tc.pieces, err, p.Snapshot().Available)
			}
			continue
		}
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%d: got %v, want errs.Invalid", tc.pieces, err)
		}
		if p.Snapshot() != NewProduct("A").Snapshot() {
			t.Errorf("%d: refused, but the product changed to %+v", tc.pieces, p.Snapshot())
		}
	}
}

func TestStockThatDoesNotAddUpIsAnErrorAndChangesNothing(t *testing.T) {
	reserved := ReservationSnapshot{OrderID: "o", Status: Reserved, Items: []Item{{"A", 2}}}
	t.Run("fewer reserved than the reservation holds", func(t *testing.T) {
		product := RestoreProduct(ProductSnapshot{ID: "A", Available: 5, Reserved: 1})
		r, before := RestoreReservation(reserved), product.Snapshot()
		for name, act := range map[string]func(Shelf, time.Time) error{"release": r.Release, "commit": r.Commit} {
			if err := act(NewShelf(product), noon); errs.CodeOf(err) != errs.Internal || err == nil {
				t.Errorf("%s: got %v, want an internal error", name, err)
			}
		}
		if product.Snapshot() != before || r.Status() != Reserved || len(r.Recorded()) > 0 {
			t.Errorf("changed to %+v, %s", product.Snapshot(), r.Status())
		}
	})
	t.Run("a product of the reservation is gone", func(t *testing.T) {
		if err := RestoreReservation(reserved).Release(NewShelf(), noon); err == nil {
			t.Error("got no error")
		}
	})
}
