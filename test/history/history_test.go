package history

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/test/audit"
	"orders.internal/test/stack"
)

// enabled is the variable that has to be 1 for the tests that start servers.
const enabled = "TEST_E2E"

func TestEndsAreOfAllOrders(t *testing.T) {
	sum := 0
	for _, e := range ends {
		sum += e.share
	}
	if sum != 100 {
		t.Errorf("the shares add up to %d", sum)
	}
}

func TestOrderIsAlwaysTheSame(t *testing.T) {
	p := period{Volume: Volume{Products: []string{"a", "b"}, Seed: 7}, begin: time.Unix(1_700_000_000, 0), step: time.Second}
	for n := range 100 {
		first, again := p.order(n), p.order(n)
		if first.id != again.id || string(first.encoded) != string(again.encoded) || first.end != again.end {
			t.Fatalf("%+v, then %+v", first, again)
		}
		if first.id.Version() != 7 || first.id.String() <= p.order(max(n-1, 0)).id.String() && n > 0 {
			t.Fatalf("%s is no UUID version 7 that comes after the one before it", first.id)
		}
	}
}

// The services must find nothing wrong with what they are said to have done.
func TestPastIsConsistent(t *testing.T) {
	if os.Getenv(enabled) != "1" {
		t.Logf("not run: it starts servers; set %s=1, or use ./task test", enabled)
		return
	}
	system, err := stack.StartTemporary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := system.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	databases := map[string]*pgxpool.Pool{}
	for _, service := range stack.Services {
		if databases[service], err = pgxpool.New(t.Context(), system.DatabaseURL(service)); err != nil {
			t.Fatal(err)
		}
		defer databases[service].Close()
	}

	v := Volume{Orders: 300, Products: []string{"product-A", "old-1", "old-2", "old-3"}, Seed: 1}
	rows, err := Fill(t.Context(), databases, v, nil)
	if err != nil || rows < int64(8*v.Orders) {
		t.Fatalf("%d rows, %v", rows, err)
	}
	report, err := audit.Run(t.Context(), audit.Endpoints{
		Order: system.URL("order"), Inventory: system.URL("inventory"),
		Payment: system.URL("payment"), Notification: system.URL("notification"),
	}, audit.WithGrace(0))
	if err != nil {
		t.Fatal(err)
	}
	if !report.Clean() || report.Orders != v.Orders {
		t.Errorf("%d orders: %+v", report.Orders, report.Findings)
	}
	var id string
	if err := databases["order"].QueryRow(t.Context(), "SELECT id::text FROM orders LIMIT 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(fmt.Sprintf("%s/api/orders/%s/timeline", system.URL("order"), id))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("timeline: %s", response.Status)
	}
}
