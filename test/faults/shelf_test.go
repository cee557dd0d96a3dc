package faults

import (
	"slices"
	"strings"
	"testing"
)

// shelvesWith are shelves as they were stocked, but for those given.
func shelvesWith(changed ...shelf) []shelf {
	all := changed
	for id, stocked := range stocks() {
		if !slices.ContainsFunc(changed, func(s shelf) bool { return s.ProductID == id }) {
			all = append(all, shelf{ProductID: id, Available: stocked})
		}
	}
	return all
}

func TestStockIsHeldAgainstTheOrders(t *testing.T) {
	const id = "faults-001" // of which bought takes 2
	left := func(available, reserved, sold int) []shelf {
		return shelvesWith(shelf{ProductID: id, Available: available, Reserved: reserved, Sold: sold})
	}
	without := slices.DeleteFunc(shelvesWith(), func(s shelf) bool { return s.ProductID == id })
	waiting := changed(func(o *order) { o.Status = pending })
	returned := changed(func(o *order) { o.Status, o.CancellationReason = cancelled, paymentFailed })
	for name, c := range map[string]struct {
		shelves []shelf
		orders  []order
		want    []string // parts of the problems
	}{
		"nothing was ordered":           {shelvesWith(), nil, nil},
		"sold":                          {left(stockedWith-2, 0, 2), []order{bought}, nil},
		"sold and given back":           {left(stockedWith-2, 0, 2), []order{bought, returned}, nil},
		"reserved":                      {left(stockedWith-2, 2, 0), []order{waiting}, nil},
		"not reserved yet":              {shelvesWith(), []order{waiting}, nil},
		"a piece vanished":              {left(stockedWith-3, 0, 2), []order{bought}, []string{"were stocked"}},
		"a piece appeared":              {left(stockedWith-1, 0, 2), []order{bought}, []string{"were stocked"}},
		"given back twice":              {left(stockedWith+2, 0, 0), []order{returned}, []string{"were stocked"}},
		"sold without an order":         {left(stockedWith-2, 0, 2), []order{returned}, []string{"are sold"}},
		"not sold":                      {shelvesWith(), []order{bought}, []string{"are sold"}},
		"never given back":              {left(stockedWith-2, 2, 0), []order{returned}, []string{"are reserved"}},
		"the product is gone":           {without, nil, []string{"were stocked"}},
		"what is sold out was sold":     {shelvesWith(shelf{ProductID: soldOut, Available: -1, Sold: 1}), nil, []string{"were stocked", "are sold"}},
		"the shop's own samples remain": {append(shelvesWith(), shelf{ProductID: "product-A", Available: 10}), nil, nil},
	} {
		if problems := checkStock(c.shelves, c.orders); !slices.EqualFunc(problems, c.want, strings.Contains) {
			t.Errorf("%s: %q", name, problems)
		}
	}
}
