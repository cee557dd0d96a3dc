package application

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

// change is what a use case does to a reservation.
type change = func(*domain.Reservation, domain.Shelf) error

// storing returns a port that applies one change to the state.
func storing(t *testing.T, id domain.OrderID, products []domain.ProductID, r *domain.Reservation, shelf domain.Shelf) Reservations {
	port := NewMockReservations(gomock.NewController(t))
	port.EXPECT().Update(gomock.Any(), id, products, gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, _ []domain.ProductID, apply change) error {
			return apply(r, shelf)
		})
	return port
}

// down returns a port whose store can't be reached.
func down(t *testing.T) *MockReservations {
	port := NewMockReservations(gomock.NewController(t))
	port.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any(), gomock.Any()).
		Return(errs.New(errs.Unavailable, "no database")).AnyTimes()
	port.EXPECT().List(gomock.Any(), gomock.Any()).
		Return(nil, errs.New(errs.Unavailable, "no database")).AnyTimes()
	return port
}

func TestReserveStock(t *testing.T) {
	order := domain.Order{
		ID: "o", CustomerID: "c", TotalAmount: 15000,
		Items: []domain.Item{{ProductID: "B", Quantity: 1}, {ProductID: "A", Quantity: 2}, {ProductID: "B", Quantity: 1}},
	}
	a := domain.RestoreProduct(domain.ProductSnapshot{ID: "A", Available: 2})
	b := domain.RestoreProduct(domain.ProductSnapshot{ID: "B", Available: 2})
	r := domain.NewReservation("o")
	port := storing(t, "o", []domain.ProductID{"A", "B"}, r, domain.NewShelf(a, b))

	if err := NewReserveStock(port, clock).Do(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	if got := r.Snapshot(); got.Status != domain.Reserved || got.CreatedAt != noon {
		t.Errorf("reservation is %+v", got)
	}
	if a.Snapshot().Reserved != 2 || b.Snapshot().Reserved != 2 {
		t.Errorf("products are %+v and %+v", a.Snapshot(), b.Snapshot())
	}
}

func TestReleaseStock(t *testing.T) {
	a := domain.RestoreProduct(domain.ProductSnapshot{ID: "A", Reserved: 2})
	r := reserved()
	if err := NewReleaseStock(storing(t, "o", nil, r, domain.NewShelf(a)), clock).Do(t.Context(), "o"); err != nil {
		t.Fatal(err)
	}
	if got := a.Snapshot(); r.Status() != domain.Released || got.Available != 2 || got.UpdatedAt != noon {
		t.Errorf("reservation is %s, product %+v", r.Status(), got)
	}
}

func TestCommitStock(t *testing.T) {
	a := domain.RestoreProduct(domain.ProductSnapshot{ID: "A", Reserved: 2})
	r := reserved()
	if err := NewCommitStock(storing(t, "o", nil, r, domain.NewShelf(a)), clock).Do(t.Context(), "o"); err != nil {
		t.Fatal(err)
	}
	if got := a.Snapshot(); r.Status() != domain.Committed || got.Sold != 2 || got.UpdatedAt != noon {
		t.Errorf("reservation is %s, product %+v", r.Status(), got)
	}
}

func TestContradictionsReachTheCaller(t *testing.T) {
	sold := domain.RestoreReservation(domain.ReservationSnapshot{OrderID: "o", Status: domain.Committed})
	if err := NewReleaseStock(storing(t, "o", nil, sold, domain.NewShelf()), clock).Do(t.Context(), "o"); !errs.Is(err, errs.Contradiction) {
		t.Errorf("release: got %v", err)
	}
	nothing := domain.NewReservation("o")
	if err := NewCommitStock(storing(t, "o", nil, nothing, domain.NewShelf()), clock).Do(t.Context(), "o"); !errs.Is(err, errs.Contradiction) {
		t.Errorf("commit: got %v", err)
	}
}

func TestAnUnreachableStoreReachesTheCaller(t *testing.T) {
	ctx := t.Context()
	_, listing := NewListReservations(down(t)).Do(ctx, Filter{Limit: 1})
	for name, err := range map[string]error{
		"reserve": NewReserveStock(down(t), clock).Do(ctx, domain.Order{ID: "o"}),
		"release": NewReleaseStock(down(t), clock).Do(ctx, "o"),
		"commit":  NewCommitStock(down(t), clock).Do(ctx, "o"),
		"list":    listing,
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: got %v, want errs.Unavailable", name, err)
		}
	}
}

func TestListReservations(t *testing.T) {
	want := []*domain.Reservation{reserved()}
	filter := Filter{OrderID: "o", Limit: 3, After: &Position{CreatedAt: noon, OrderID: "p"}}
	port := NewMockReservations(gomock.NewController(t))
	port.EXPECT().List(gomock.Any(), filter).Return(want, nil)
	got, err := NewListReservations(port).Do(t.Context(), filter)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func reserved() *domain.Reservation {
	return domain.RestoreReservation(domain.ReservationSnapshot{
		OrderID: "o", Status: domain.Reserved, Items: []domain.Item{{ProductID: "A", Quantity: 2}},
	})
}
