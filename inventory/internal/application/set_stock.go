package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/inventory/internal/domain"
)

// SetStock sets how many pieces of a product can be reserved.
type SetStock struct {
	products Products
	now      func() time.Time
}

// NewSetStock returns the use case.
func NewSetStock(products Products, now func() time.Time) *SetStock {
	return &SetStock{products: products, now: now}
}

// Do sets the product's stock, or adds the product, and returns it as it is
// then. It fails with errs.Invalid when the number is out of range.
func (uc *SetStock) Do(ctx context.Context, id domain.ProductID, available int) (*domain.Product, error) {
	var stocked *domain.Product
	err := uc.products.Update(ctx, id, func(p *domain.Product) error {
		stocked = p
		return p.SetAvailable(available, uc.now())
	})
	if err != nil {
		return nil, fmt.Errorf("set stock: %w", err)
	}
	return stocked, nil
}
