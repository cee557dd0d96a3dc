package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// replica is another process on the fixture's database.
func (f fixture) replica(t *testing.T) fixture {
	pool := pgtest.Open(t, f.pool.Config().ConnString())
	return fixture{Orders: NewOrders(pool, f.encode, func([]outbox.Message) {}), pool: pool}
}

// Whoever reads on from the last position that it has seen misses nothing,
// however many replicas write meanwhile.
func TestNothingAppearsLateInTheJournal(t *testing.T) {
	const replicas, customers, placements = 3, 16, 40
	const total = replicas * customers * placements * 2 // OrderCreated, and an observation
	f := setup(t)
	var writers sync.WaitGroup
	for range replicas {
		replica := f.replica(t)
		for c := range customers {
			writers.Go(func() { placeAndObserve(t, replica, fmt.Sprint("customer-", c), placements) })
		}
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		writers.Wait()
	}()
	if seen := readOn(t, f.journal(), written); seen != total {
		t.Errorf("the reader has seen %d of %d entries", seen, total)
	}
}

// readOn reads the journal until it is at the end of what was written, and
// returns how many entries it has seen, each once and by their positions.
func readOn(t *testing.T, journal *Journal, written <-chan struct{}) int {
	t.Helper()
	seen, last := map[string]bool{}, int64(0)
	for {
		done := isClosed(written) // before the look
		page, err := journal.After(t.Context(), last, 100)
		if err != nil {
			t.Fatal(err)
		}
		if done && len(page) == 0 {
			return len(seen)
		}
		for _, e := range page {
			key := string(e.OrderID) + e.Event.EventID
			if e.Position <= last || seen[key] {
				t.Fatalf("%+v after the position %d, seen before: %v", e, last, seen[key])
			}
			last, seen[key] = e.Position, true
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func placeAndObserve(t *testing.T, f fixture, customer string, n int) {
	for range n {
		o := porttest.NewOrder(t, customer, porttest.Now)
		if err := f.Add(t.Context(), o); err != nil {
			t.Error(err)
			return
		}
		err := f.Update(t.Context(), o.Snapshot().ID, func(o *domain.Order) error {
			o.Observe(domain.Observation{EventID: "e-1", Type: "InventoryReserved", Source: "/inventory", OccurredAt: porttest.Now})
			return nil
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// While one transaction has taken its positions and not committed, no other one
// takes any; and if it fell silent then, it would not be waited for long.
func TestWritersTakeTurns(t *testing.T) {
	f := setup(t)
	first, second := porttest.NewOrder(t, "c", porttest.Now), porttest.NewOrder(t, "c", porttest.Now)
	added := make(chan error, 1)
	err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		if _, err := f.transact(ctx, tx, []*operation{{ctx: t.Context(), id: uuid.MustParse(string(first.Snapshot().ID)), add: first}}); err != nil {
			return err
		}
		timeout := ""
		tx.Queue("SHOW idle_in_transaction_session_timeout").QueryRow(func(row pgx.Row) error { return row.Scan(&timeout) })
		if err := tx.Send(ctx); err != nil || timeout != "5s" {
			t.Errorf("the timeout is %q, %v", timeout, err)
		}
		go func() { added <- f.replica(t).Add(context.WithoutCancel(t.Context()), second) }()
		pgtest.AwaitBlocked(t, f.pool)
		if head, err := f.journal().Head(t.Context()); err != nil || head != 0 {
			t.Errorf("the journal is at %d, %v", head, err)
		}
		return nil
	})
	if err := errors.Join(err, <-added); err != nil {
		t.Fatal(err)
	}
	entries, err := f.journal().After(t.Context(), 0, 10)
	if err != nil || len(entries) != 2 || entries[0].OrderID != first.Snapshot().ID || entries[1].OrderID != second.Snapshot().ID {
		t.Errorf("journal = %+v, %v", entries, err)
	}
}

func TestListenerHearsOfEveryReplicaAndComesBack(t *testing.T) {
	f := setup(t)
	heard := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.journal().Listen(ctx, func() { heard <- struct{}{} })
	}()
	<-heard // it listens
	f.replica(t).add(t, porttest.NewOrder(t, "c", porttest.Now))
	<-heard
	pgtest.Execute(t, f.pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query = 'LISTEN timeline'`)
	<-heard // it listens again
	f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	<-heard
	cancel()
	<-ended
}

func TestJournalOfAnUnreachableDatabaseIsUnavailable(t *testing.T) {
	journal := NewJournal(pgtest.Open(t, "postgres://127.0.0.1:1/none?connect_timeout=1"), slog.New(slog.DiscardHandler))
	if _, err := journal.Head(t.Context()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Head: %v", err)
	}
	if _, err := journal.After(t.Context(), 0, 1); !errs.Is(err, errs.Unavailable) {
		t.Errorf("After: %v", err)
	}
	if _, err := journal.OfCustomer(t.Context(), "c", 0, 1); !errs.Is(err, errs.Unavailable) {
		t.Errorf("OfCustomer: %v", err)
	}
	if _, err := journal.OfOrder(t.Context(), domain.OrderID(uuid.NewString())); !errs.Is(err, errs.Unavailable) {
		t.Errorf("OfOrder: %v", err)
	}
}
