package porttest

import (
	"slices"
	"testing"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
)

var productTests = map[string]func(*testing.T, Stores){
	"setting stock adds and restocks products":     settingStock,
	"restocking leaves reserved and sold alone":    restockingLeavesReservedAlone,
	"products list in the order of their ids":      productsList,
	"a product that was never stocked isn't there": unknownProduct,
}

func (s Stores) setStock(t *testing.T, id domain.ProductID, available int) domain.ProductSnapshot {
	t.Helper()
	p, err := application.NewSetStock(s.Products, Clock).Do(t.Context(), id, available)
	if err != nil {
		t.Fatal(err)
	}
	return p.Snapshot()
}

func settingStock(t *testing.T, s Stores) {
	for _, available := range []int{7, 7, 3} {
		returned := s.setStock(t, "product-X", available)
		want := domain.ProductSnapshot{ID: "product-X", Available: available, UpdatedAt: Now}
		stored, err := s.Products.ByID(t.Context(), "product-X")
		if err != nil || returned != want || stored.Snapshot() != want {
			t.Errorf("returned %+v, stored %+v, %v; want %+v", returned, stored.Snapshot(), err, want)
		}
	}
	if _, err := application.NewSetStock(s.Products, Clock).Do(t.Context(), "product-Y", -1); !errs.Is(err, errs.Invalid) {
		t.Errorf("got %v, want errs.Invalid", err)
	}
	if _, err := s.Products.ByID(t.Context(), "product-Y"); !errs.Is(err, errs.NotFound) {
		t.Errorf("got %v, want errs.NotFound", err)
	}
}

func restockingLeavesReservedAlone(t *testing.T, s Stores) {
	item := domain.Item{ProductID: "product-A", Quantity: 2}
	s.reserve(t, Order("reserved", item))
	s.reserve(t, Order("sold", item))
	s.commit(t, "sold")
	s.setStock(t, "product-A", 100)
	s.wantStock(t, "product-A", 100, 2, 2)
}

func productsList(t *testing.T, s Stores) {
	for _, id := range []domain.ProductID{"Zebra", "product-AA", "äpfel"} {
		s.setStock(t, id, 1)
	}
	var seen []domain.ProductID
	var after domain.ProductID
	for {
		page, err := s.Products.List(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			after = p.Snapshot().ID
			seen = append(seen, after)
		}
	}
	want := []domain.ProductID{"Zebra", "product-A", "product-AA", "product-B", "product-C", "äpfel"}
	if !slices.Equal(seen, want) {
		t.Errorf("listed %v, want %v", seen, want)
	}
}

func unknownProduct(t *testing.T, s Stores) {
	if _, err := s.Products.ByID(t.Context(), "product-X"); !errs.Is(err, errs.NotFound) {
		t.Errorf("got %v, want errs.NotFound", err)
	}
}
