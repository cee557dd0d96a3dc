package application

import (
	"context"

	"orders.internal/inventory/internal/domain"
)

// ReadProducts shows the stock.
type ReadProducts struct {
	products Products
}

// NewReadProducts returns the use case.
func NewReadProducts(products Products) *ReadProducts { return &ReadProducts{products: products} }

// ByID returns one product, or errs.NotFound when it was never stocked.
func (uc *ReadProducts) ByID(ctx context.Context, id domain.ProductID) (*domain.Product, error) {
	return uc.products.ByID(ctx, id)
}

// List returns at most limit products in ascending order of their ids,
// beginning after the given one.
func (uc *ReadProducts) List(ctx context.Context, after domain.ProductID, limit int) ([]*domain.Product, error) {
	return uc.products.List(ctx, after, limit)
}
