package porttest

import (
	"fmt"
	"testing"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
)

// someDays is less than a month, by which a customer's rows are looked for.
const someDays = 20 * 24 * time.Hour

func paymentsOfCustomer(t *testing.T, s Store) {
	for i := range 5 {
		customer, at := fmt.Sprint("customer-", i%2), Now.Add(time.Duration(i)*someDays)
		s.Do(t, domain.OrderID(fmt.Sprint("o-", i)), func(p *domain.Payment) error { return p.Request(customer, 1, "", at) })
	}
	s.Do(t, "tombstone", Cancel)
	for _, c := range []struct {
		filter application.Filter
		want   string
	}{
		{application.Filter{CustomerID: "customer-0", Limit: 9}, "[o-4 o-2 o-0]"},
		{application.Filter{CustomerID: "customer-0", Limit: 9, After: &application.Position{CreatedAt: Now.Add(4 * someDays), OrderID: "o-4"}}, "[o-2 o-0]"},
		{application.Filter{CustomerID: "customer-0", Limit: 2}, "[o-4 o-2]"},
		{application.Filter{CustomerID: "customer-1", OrderID: "o-1", Limit: 9}, "[o-1]"},
		{application.Filter{CustomerID: "customer-1", OrderID: "o-2", Limit: 9}, "[]"},
		{application.Filter{CustomerID: "nobody", Limit: 9}, "[]"},
	} {
		page, err := s.List(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		seen := []domain.OrderID{}
		for _, p := range page {
			seen = append(seen, p.OrderID())
		}
		if fmt.Sprint(seen) != c.want {
			t.Errorf("%+v lists %v, want %s", c.filter, seen, c.want)
		}
	}
}
