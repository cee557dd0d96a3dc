package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

func TestOrdersWaitForAServiceThatIsAway(t *testing.T) {
	for service, waiting := range map[string]func(id string) error{
		inventory:     orderIs("PENDING"),
		payments:      reservationIs("RESERVED"),
		notifications: orderIs("COMPLETED"),
	} {
		t.Run(service, func(t *testing.T) {
			leaveHealthy(t)
			p := newProduct(t, 100)
			stop(t, system.Service(service))
			var placed []order
			for range 10 {
				placed = append(placed, place(t, of(line{p, 1})))
			}
			for _, o := range placed {
				eventually(t, func() error { return waiting(o.ID) })
			}

			start(t, system.Service(service))
			for _, o := range placed {
				waitFor(t, o.ID, sold)
			}
			expectStock(t, p, stock{Available: 90, Sold: 10})
		})
	}
}

func orderIs(status string) func(id string) error {
	return func(id string) error {
		o, err := get[order](orders, "/api/orders/"+id)
		if err == nil && o.Status != status {
			err = fmt.Errorf("order %s is %s, not %s", id, o.Status, status)
		}
		return err
	}
}

func reservationIs(status string) func(id string) error {
	return func(id string) error {
		got, err := reservationStatus(id)
		if err == nil && got != status {
			err = fmt.Errorf("reservation of %s is %q, not %s", id, got, status)
		}
		return err
	}
}

func TestOrdersSurviveTheEndOfAnything(t *testing.T) {
	for _, p := range append(services(), system.Broker, system.Database) {
		for how, end := range map[string]func(*testing.T, *stack.Program){"stopped": stop, "killed": kill} {
			t.Run(p.Name+" is "+how, func(t *testing.T) {
				leaveHealthy(t)
				product := newProduct(t, 10_000)
				placed := placeDuring(t, of(line{product, 1}), func() {
					end(t, p)
					start(t, p)
				})
				if p == system.Database {
					expectFewExhausted(t, placed)
					return
				}
				for _, id := range placed {
					waitFor(t, id, sold)
				}
			})
		}
	}
}

// expectFewExhausted waits until all of the orders have ended, sold but for a few
// that an outage of the database may cost: the gateway keeps its books there, and a
// charge that it leaves without an answer until it is late is an attempt. One that
// it refuses, as it does for nearly the whole outage, is none.
func expectFewExhausted(t *testing.T, placed []string) {
	t.Helper()
	givenUp := 0
	for _, id := range placed {
		eventually(t, func() error {
			got, err := outcomeOf(id)
			switch {
			case err != nil || got == sold:
				return err
			case got == exhausted:
				givenUp++
				return nil
			}
			return fmt.Errorf("order %s is %+v", id, got)
		})
	}
	if givenUp > len(placed)/4 {
		t.Errorf("%d of %d orders were given up: an outage of the gateway is no failed attempt", givenUp, len(placed))
	}
}

func TestOrdersAreTakenWithoutTheBroker(t *testing.T) {
	leaveHealthy(t)
	p := newProduct(t, 10)
	waitNothingToPublish(t, orders)
	stop(t, system.Broker)
	waitReady(t, orders, http.StatusOK, "degraded")
	for _, service := range []string{inventory, payments, notifications} {
		waitReady(t, service, http.StatusServiceUnavailable, "unavailable")
	}
	var placed []order
	for range 5 {
		placed = append(placed, place(t, of(line{p, 1})))
	}
	eventually(t, func() error {
		n, _, err := metric(orders, "outbox_backlog_rows")
		if err == nil && int(n) != len(placed) {
			err = fmt.Errorf("outbox backlog is %v, not %d", n, len(placed))
		}
		return err
	})

	start(t, system.Broker)
	for _, o := range placed {
		waitFor(t, o.ID, sold)
	}
	expectStock(t, p, stock{Available: 5, Sold: 5})
}

// waitNothingToPublish returns when a service's outbox is empty. The table itself is asked: what
// could not be deleted while a database was away is published again within seconds of its return,
// and until then the metric may show what was there before.
func waitNothingToPublish(t *testing.T, service string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), system.DatabaseURL(service))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	eventually(t, func() error {
		var rows int
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM outbox").Scan(&rows)
		if err == nil && rows > 0 {
			err = fmt.Errorf("%d rows wait in the outbox of %s", rows, service)
		}
		return err
	})
}

func TestNothingFailsBadlyWithoutTheDatabase(t *testing.T) {
	leaveHealthy(t)
	p := newProduct(t, 10)
	stop(t, system.Database)
	for _, service := range contracts.Services {
		waitReady(t, service, http.StatusServiceUnavailable, "unavailable")
		if a := call(t, http.MethodGet, service, "/healthz", ""); a.Status != http.StatusOK {
			t.Errorf("%s does not live: %d", service, a.Status)
		}
	}
	for path, service := range map[string]string{
		"/api/orders": orders, "/api/orders/" + newID(): orders,
		"/api/products": inventory, "/api/products/" + p: inventory, "/api/reservations": inventory,
		"/api/payments": payments, "/api/payments/x": payments, "/api/gateway/ledger": payments,
		"/api/notifications": notifications,
	} {
		expectUnavailable(t, call(t, http.MethodGet, service, path, ""))
	}
	refused, err := tryPlace(of(line{p, 1}))
	if err != nil {
		t.Fatal(err)
	}
	expectUnavailable(t, refused)

	start(t, system.Database)
	waitReady(t, orders, http.StatusOK, "ready")
	waitFor(t, place(t, of(line{p, 1})).ID, sold)
}
