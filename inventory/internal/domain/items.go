package domain

import (
	"cmp"
	"slices"

	"orders.internal/shared-kernel/errs"
)

// Item is one line of an order: so many pieces of a product.
type Item struct {
	ProductID ProductID
	Quantity  int
}

// ProductsOf returns the products of the items, each once, in ascending order.
func ProductsOf(items []Item) []ProductID {
	ids := make([]ProductID, len(items))
	for i, item := range items {
		ids[i] = item.ProductID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// summed returns one item a product, in ascending order of products: two lines
// of the same product ask for their sum.
func summed(items []Item) []Item {
	quantities := make(map[ProductID]int, len(items))
	for _, item := range items {
		quantities[item.ProductID] += item.Quantity
	}
	sums := make([]Item, 0, len(quantities))
	for id, quantity := range quantities {
		sums = append(sums, Item{ProductID: id, Quantity: quantity})
	}
	slices.SortFunc(sums, func(a, b Item) int { return cmp.Compare(a.ProductID, b.ProductID) })
	return sums
}

// checkItems is errs.Invalid unless there is at least one line and each asks
// for at least one piece.
func checkItems(items []Item) error {
	if len(items) == 0 {
		return errs.New(errs.Invalid, "an order needs at least one line")
	}
	for _, item := range items {
		if item.Quantity < 1 {
			return errs.New(errs.Invalid, "%d pieces of product %q can't be reserved", item.Quantity, item.ProductID)
		}
	}
	return nil
}
