package postgres

import (
	"testing"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestCustomersPaymentsAreFoundByMonth(t *testing.T) {
	f := setup(t)
	pool, sent := pgtest.Traced(t, f.pool)
	batches := sent.During(func() {
		if _, err := NewPayments(pool, nil, nil, nil).List(t.Context(), application.Filter{CustomerID: "customer-1", Limit: 51}); err != nil {
			t.Fatal(err)
		}
	})
	pgtest.WantPage(t, f.pool, batches, "payments_by_month", "'customer-1'", "'customer-1'", "51")
}
