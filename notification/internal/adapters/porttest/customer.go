package porttest

import (
	"slices"
	"testing"
	"time"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
)

// someDays is less than a month, by which a customer's rows are looked for.
const someDays = 20 * 24 * time.Hour

func listOfCustomer(t *testing.T, s store) {
	for i, id := range []string{"e-0", "e-1", "e-2", "e-3"} {
		n, err := domain.New(domain.Occurrence{
			EventID: id, OrderID: domain.OrderID("order of " + id), CustomerID: []string{"even", "odd"}[i%2], Type: domain.OrderConfirmed, Amount: 1,
		}, Now.Add(time.Duration(i)*someDays))
		if err != nil {
			t.Fatal(err)
		}
		s.add(t, n)
	}
	for _, c := range []struct {
		filter application.Filter
		want   []string
	}{
		{application.Filter{CustomerID: "odd", Limit: 9}, []string{"e-3", "e-1"}},
		{application.Filter{CustomerID: "odd", Limit: 9, After: &application.Position{CreatedAt: Now.Add(3 * someDays), EventID: "e-3"}}, []string{"e-1"}},
		{application.Filter{CustomerID: "even", Limit: 1}, []string{"e-2"}},
		{application.Filter{CustomerID: "even", OrderID: "order of e-2", Limit: 9}, []string{"e-2"}},
		{application.Filter{CustomerID: "even", OrderID: "order of e-3", Limit: 9}, nil},
		{application.Filter{CustomerID: "nobody", Limit: 9}, nil},
	} {
		var seen []string
		for _, n := range s.list(t, c.filter) {
			seen = append(seen, n.EventID)
		}
		if !slices.Equal(seen, c.want) {
			t.Errorf("%+v lists %v, want %v", c.filter, seen, c.want)
		}
	}
}
