package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"orders.internal/test/stack"
)

// A hundred messages wait for each service in turn, so that it finds them all in
// one prefetch window and saves many of them in one transaction. One of them makes
// that transaction fail.
func TestPoisonInABatchCostsItsNeighboursOnlyTime(t *testing.T) {
	const batch = 100
	for service, c := range map[string]struct {
		table, row, change string             // what a message writes, and of which order it is
		condition          string             // that the poisoned order breaks
		waiting            func(string) error // for an order: its message is under way to the service
		letters            int                // of the poisoned order
	}{
		inventory:     {"reservations", "order_id", "INSERT", "order_id <> '%s'", orderIs("PENDING"), 1},
		payments:      {"payments", "order_id", "INSERT", "order_id <> '%s'", reservationIs("RESERVED"), 1},
		notifications: {"notifications", "order_id", "INSERT", "order_id <> '%s'", orderIs("COMPLETED"), 2},
		orders:        {"orders", "id", "UPDATE", "id <> '%s' OR status = 'PENDING'", paymentIs("PROCESSED"), 1},
	} {
		t.Run(service, func(t *testing.T) {
			leaveHealthy(t)
			p := newProduct(t, batch)
			ids := placeFor(t, system.Service(service), of(line{p, 1}), batch)
			for _, id := range ids {
				eventually(t, func() error { return c.waiting(id) })
			}
			poisoned, neighbours := ids[batch/2], slices.Delete(slices.Clone(ids), batch/2, batch/2+1)
			committed := witness(t, service, c.table, c.row, c.change)
			cure := poison(t, service, c.table, fmt.Sprintf(c.condition, poisoned))

			start(t, system.Service(service))
			for _, id := range neighbours {
				waitFor(t, id, sold)
			}
			for _, letter := range waitDead(t, service, poisoned, c.letters) {
				if letter.Reason != "failed" || !strings.Contains(letter.Detail, "poison") {
					t.Errorf("%+v", letter)
				}
			}
			eventually(t, func() error { return triedFiveTimes(service, poisoned, c.letters) })
			if tries, err := triedAgain(service, neighbours...); err != nil || tries > 0 {
				t.Errorf("neighbours were tried again %d times, %v", tries, err)
			}
			writes, transactions := committed(neighbours)
			if want := (batch - 1) * c.letters; writes != want || transactions > want/2 {
				t.Errorf("%d messages of %d were saved, in %d transactions", writes, want, transactions)
			}
			if writes, _ := committed([]string{poisoned}); writes > 0 {
				t.Errorf("the poison was saved %d times", writes)
			}

			cure()
			post[deadResult](t, service, "/api/dead-letters/replay", `{"reason":"failed"}`)
			waitFor(t, poisoned, sold)
			waitDead(t, service, poisoned, 0)
			expectStock(t, p, stock{Sold: batch})
		})
	}
}

// placeFor places orders whose messages wait until the service is started.
func placeFor(t *testing.T, service *stack.Program, p placement, count int) (ids []string) {
	t.Helper()
	first := service // the one that must not go on
	if service == system.Service(orders) {
		first = system.Service(inventory)
	}
	stop(t, first)
	for range count {
		ids = append(ids, place(t, p).ID)
	}
	if first != service {
		stop(t, service)
		start(t, first)
	}
	return ids
}

func paymentIs(status string) func(id string) error {
	return func(id string) error {
		got, err := get[payment](payments, "/api/payments/"+id)
		if err == nil && got.Status != status {
			err = fmt.Errorf("payment of %s is %s, not %s", id, got.Status, status)
		}
		return err
	}
}

// witness counts the changes of a table's rows that are committed from now on,
// and the transactions that made them. It says so of the rows of some orders.
func witness(t *testing.T, service, table, row, change string) (committed func(orders []string) (changes, transactions int)) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), system.DatabaseURL(service))
	if err != nil {
		t.Fatal(err)
	}
	execute := func(sql string) {
		if _, err := conn.Exec(context.WithoutCancel(t.Context()), sql); err != nil {
			t.Fatal(err)
		}
	}
	execute(fmt.Sprintf(`
		CREATE TABLE witnessed (id text, transaction bigint);
		CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO witnessed VALUES (NEW.%s, txid_current()); RETURN NULL; END $$;
		CREATE TRIGGER witness AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION witness()`, row, change, table))
	forget := sync.OnceFunc(func() {
		execute("DROP FUNCTION witness CASCADE; DROP TABLE witnessed")
		_ = conn.Close(context.Background()) // it has done what it was for
	})
	t.Cleanup(forget)
	return func(orders []string) (changes, transactions int) {
		err := conn.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT transaction) FROM witnessed WHERE id = ANY($1)", orders).
			Scan(&changes, &transactions)
		if err != nil {
			t.Fatal(err)
		}
		return changes, transactions
	}
}

// triedFiveTimes waits for the last try of each of an order's messages.
func triedFiveTimes(service, order string, messages int) error {
	tries, err := triedAgain(service, order)
	if err == nil && tries != 4*messages {
		err = fmt.Errorf("%d messages of order %s were tried again %d times, not 4 times each", messages, order, tries)
	}
	return err
}

// triedAgain counts, in a service's log, the tries of some orders' messages that
// were not the last.
func triedAgain(service string, orders ...string) (tries int, err error) {
	for _, log := range system.Logs() {
		if log.Name != service {
			continue
		}
		content, err := os.ReadFile(log.Path)
		if err != nil {
			return 0, err
		}
		for row := range strings.Lines(string(content)) {
			if !strings.Contains(row, "failed, tried again") {
				continue
			}
			if slices.ContainsFunc(orders, func(id string) bool { return strings.Contains(row, id) }) {
				tries++
			}
		}
	}
	return tries, nil
}
