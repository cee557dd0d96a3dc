package harness

import (
	"context"
	"slices"
	"strings"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// products implements application.Products.
type products struct{ *Store }

var _ application.Products = products{}

// Update implements application.Products. It may run change again, so it always
// does.
func (s products) Update(_ context.Context, id domain.ProductID, change func(*domain.Product) error) error {
	return s.world.Call("update product", string(id), func() error {
		if err := change(s.load(id)); err != nil {
			return err
		}
		p := s.load(id)
		if err := change(p); err != nil {
			return err
		}
		before, after := s.load(id).Snapshot(), p.Snapshot()
		s.restocked[id] += total(after) - total(before)
		s.productRows.Put(id, after)
		return nil
	})
}

func (s products) load(id domain.ProductID) *domain.Product {
	if stored, found := s.productRows.Get(id); found {
		return domain.RestoreProduct(stored)
	}
	return domain.NewProduct(id)
}

func total(p domain.ProductSnapshot) int { return p.Available + p.Reserved + p.Sold }

// ByID implements application.Products.
func (s products) ByID(_ context.Context, id domain.ProductID) (found *domain.Product, err error) {
	err = s.world.Call("read product", string(id), func() error {
		stored, there := s.productRows.Get(id)
		if !there {
			return errs.New(errs.NotFound, "there is no product %q", id)
		}
		found = domain.RestoreProduct(stored)
		return nil
	})
	return found, err
}

// List implements application.Products.
func (s products) List(_ context.Context, after domain.ProductID, limit int) (found []*domain.Product, err error) {
	err = s.world.Call("list products", string(after), func() error {
		sorted := slices.SortedFunc(s.productRows.All(), func(a, b domain.ProductSnapshot) int {
			return strings.Compare(string(a.ID), string(b.ID))
		})
		for _, p := range sorted {
			if p.ID > after && len(found) < limit {
				found = append(found, domain.RestoreProduct(p))
			}
		}
		return nil
	})
	return found, err
}
