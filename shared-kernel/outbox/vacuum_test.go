package outbox

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestNewRowsTakeThePlaceOfDeletedOnes(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	if _, err := pool.Exec(t.Context(), `ALTER TABLE outbox SET (autovacuum_enabled = off)`); err != nil {
		t.Fatal(err)
	}
	relay := NewRelay(pool, b, quiet)
	start(t, relay)
	publish := func(turn int) {
		names := ids(vacuumAfter)
		for i := range names {
			names[i] = fmt.Sprintf("%d-%s", turn, names[i])
		}
		relay.Hand(insert(t, pool, names...))
		b.receive(vacuumAfter)
		rabbittest.Eventually(t, fmt.Sprintf("vacuum %d", turn), func() bool { return vacuums(t, pool) >= turn })
	}
	publish(1)
	before := pages(t, pool)
	publish(2)
	if after := pages(t, pool); after > before+before/10 {
		t.Errorf("%d pages, and %d after as many rows again", before, after)
	}
}

func vacuums(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(),
		`SELECT vacuum_count FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func pages(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(),
		`SELECT pg_relation_size('outbox') / current_setting('block_size')::int`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A long one is one that finds nothing to clear away in a table that grows.
func TestVacuumTakesNoMoreThanItsPartOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := 0
		v := newVacuum(nil, quiet)
		v.clear = func(context.Context) error {
			began++
			time.Sleep(time.Second)
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*(1+vacuumRest)*time.Second-time.Millisecond)
		defer cancel()
		go v.run(ctx)
		for ctx.Err() == nil {
			v.count(vacuumAfter / 10)
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if began != 10 {
			t.Errorf("%d vacuums of a second in %d s, want 10", began, 10*(1+vacuumRest))
		}
	})
}
