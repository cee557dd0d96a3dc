package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestCustomersPaymentsAreFoundByMonth(t *testing.T) {
	pgtest.WantPage(t, setup(t).pool, func(pool *pgxpool.Pool) error {
		_, err := NewPayments(pool, nil, nil, nil).List(t.Context(), application.Filter{CustomerID: "customer-1", Limit: 51})
		return err
	}, "payments_by_month", "'customer-1'", "'customer-1'", "51")
}
