package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestCustomersNotificationsAreFoundByMonth(t *testing.T) {
	pgtest.WantPage(t, setup(t).pool, func(pool *pgxpool.Pool) error {
		_, err := NewNotifications(pool, nil).List(t.Context(), application.Filter{CustomerID: "customer-1", Limit: 51})
		return err
	}, "notifications_by_month", "'customer-1'", "'customer-1'", "51")
}
