package postgres

import (
	"context"
	"errors"
	"testing"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
)

func TestSeedStock(t *testing.T) {
	f := setup(t)
	for id, want := range map[domain.ProductID]int{"product-A": 10, "product-B": 5, "product-C": 0} {
		if got := f.stock(t, id); got != [3]int{want, 0, 0} {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// The product is added, and reserved from, after it was found missing: what was
// reserved must not be overwritten.
func TestProductThatAppearsMeanwhileIsReadAgain(t *testing.T) {
	f := setup(t)
	set := application.NewSetStock(f.products, porttest.Clock)
	runs := 0
	err := f.products.Update(t.Context(), "product-X", func(p *domain.Product) error {
		if runs++; runs == 1 {
			_, err := set.Do(context.WithoutCancel(t.Context()), "product-X", 5)
			item := domain.Item{ProductID: "product-X", Quantity: 2}
			if err := errors.Join(err, f.reserve.Do(t.Context(), porttest.Order("o-1", item))); err != nil {
				return err
			}
		}
		return p.SetAvailable(50, porttest.Now)
	})
	if err != nil || runs != 2 {
		t.Fatalf("%d runs, %v", runs, err)
	}
	if got := f.stock(t, "product-X"); got != [3]int{50, 2, 0} {
		t.Errorf("product-X %v", got)
	}
}

func TestDatabaseRefusesNegativeStock(t *testing.T) {
	f := setup(t)
	for _, column := range []string{"available", "reserved", "sold"} {
		if _, err := f.pool.Exec(t.Context(), "UPDATE products SET "+column+" = -1"); err == nil {
			t.Errorf("%s can be negative", column)
		}
	}
}
