package faults

import (
	"context"
	"fmt"
)

// shelf is what the inventory shows of a product.
type shelf struct {
	ProductID string `json:"product_id"`
	Available int    `json:"available"`
	Reserved  int    `json:"reserved"`
	Sold      int    `json:"sold"`
}

// countStock reads the shelves and checks them.
func (s *system) countStock(ctx context.Context, c *client, orders []order) ([]string, error) {
	shelves, err := list[shelf](ctx, c, s.urls("inventory")[0]+"/api/products", "")
	if err != nil {
		return nil, err
	}
	return checkStock(shelves, orders), nil
}

// checkStock holds the shelves against what was put on them and what the orders
// took: no piece appears or vanishes, and what is sold is what was bought.
func checkStock(shelves []shelf, orders []order) (problems []string) {
	bought, pending := pieces(orders, completed), pieces(orders, pending)
	shown := map[string]shelf{}
	for _, s := range shelves {
		shown[s.ProductID] = s
	}
	for id, stocked := range stocks() {
		s := shown[id]
		if s.Available < 0 || s.Available+s.Reserved+s.Sold != stocked {
			problems = append(problems, fmt.Sprintf("of %s, %d were stocked, but there are %d available, %d reserved and %d sold",
				id, stocked, s.Available, s.Reserved, s.Sold))
		}
		if s.Sold != bought[id] {
			problems = append(problems, fmt.Sprintf("of %s, %d are sold, but orders for %d are complete", id, s.Sold, bought[id]))
		}
		if s.Reserved > pending[id] {
			problems = append(problems, fmt.Sprintf("of %s, %d are reserved, but orders for %d are pending", id, s.Reserved, pending[id]))
		}
	}
	return problems
}

// stocks are the pieces of each product that there were before anybody came.
func stocks() map[string]int {
	all := map[string]int{soldOut: 0}
	for n := range products {
		all[product(n)] = stockedWith
	}
	return all
}

// pieces adds up what the orders of a status are for.
func pieces(orders []order, status string) map[string]int {
	sum := map[string]int{}
	for _, o := range orders {
		if o.Status != status {
			continue
		}
		for _, item := range o.Items {
			sum[item.ProductID] += item.Quantity
		}
	}
	return sum
}
