package postgres

import (
	"testing"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestCustomersNotificationsAreFoundByMonth(t *testing.T) {
	f := setup(t)
	pool, sent := pgtest.Traced(t, f.pool)
	batches := sent.During(func() {
		if _, err := NewNotifications(pool, nil).List(t.Context(), application.Filter{CustomerID: "customer-1", Limit: 51}); err != nil {
			t.Fatal(err)
		}
	})
	pgtest.WantPage(t, f.pool, batches, "notifications_by_month", "'customer-1'", "'customer-1'", "51")
}
