package pgkit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const (
	read      = "SELECT value FROM counters WHERE name = 'a' FOR UPDATE"
	write     = "UPDATE counters SET value = value + 1 WHERE name = 'a'"
	broken    = "INSERT INTO counters VALUES ('a', 0)" // there is one
	breakLate = "INSERT INTO late VALUES (1), (1)"     // what COMMIT refuses
)

// sends returns a transaction of the batches, of which all but the last are sent
// before the end.
func sends(batches ...[]string) func(context.Context, *pgkit.Tx) error {
	return func(ctx context.Context, tx *pgkit.Tx) error {
		for i, batch := range batches {
			for _, sql := range batch {
				tx.Queue(sql)
			}
			if i == len(batches)-1 {
				break
			}
			if err := tx.Send(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestBeginAndCommitTakeNoRoundTripsOfTheirOwn(t *testing.T) {
	w, pool := newWire(t)
	for name, c := range map[string]struct {
		batches [][]string
		trips   int
	}{
		"nothing":                  {nil, 0},
		"writes alone":             {[][]string{{write, write}}, 1},
		"reads and writes":         {[][]string{{read, read}, {write, write}}, 2},
		"reads twice":              {[][]string{{read}, {read}, {write}}, 3},
		"nothing to read":          {[][]string{{}, {write}}, 1},
		"reads, nothing to write":  {[][]string{{read}, {}}, 2},
		"nothing to read or write": {[][]string{{}, {}}, 0},
	} {
		do := func() {
			if err := pgkit.InTx(t.Context(), pool, sends(c.batches...)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		do() // once for the statements to be prepared
		before := value(t, pool, "a")
		if trips := w.roundTrips(do); trips != c.trips {
			t.Errorf("%s: %d round trips, want %d", name, trips, c.trips)
		}
		writes := 0
		for _, batch := range c.batches {
			for _, sql := range batch {
				if sql == write {
					writes++
				}
			}
		}
		if got := value(t, pool, "a") - before; got != writes {
			t.Errorf("%s: %d writes are there of %d", name, got, writes)
		}
	}
}

// Whatever fails, the whole is rolled back and its connection serves the next one.
func TestFailureInEachPlaceRollsBack(t *testing.T) {
	pool := pgtest.New(t, counters)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"); err != nil {
		t.Fatal(err)
	}
	server := serverProcess(t, pool)
	for name, batches := range map[string][][]string{
		"at the beginning":            {{broken, write}, {write}},
		"among what is sent":          {{write, broken, write}, {write}},
		"in the only batch":           {{broken, write}},
		"at the beginning of the end": {{write}, {broken, write}},
		"right before COMMIT":         {{write}, {write, broken}},
		"in COMMIT":                   {{write}, {write, breakLate}},
		"in COMMIT of one batch":      {{write, breakLate}},
		"while it is parsed":          {{write}, {write, "UPDATE what"}},
	} {
		err := pgkit.InTx(t.Context(), pool, sends(batches...))
		if !errors.As(err, new(*pgconn.PgError)) || errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if got := value(t, pool, "a"); got != 0 {
			t.Fatalf("%s: a = %d: what was rolled back counts", name, got)
		}
	}
	if now := serverProcess(t, pool); now != server {
		t.Error("the connection was replaced")
	}
}

func serverProcess(t *testing.T, pool *pgxpool.Pool) (pid int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestTransactionWithAFailureIsNotCommitted(t *testing.T) {
	pool := pgtest.New(t, counters)
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		tx.Queue(write)
		tx.Queue(broken)
		_ = tx.Send(ctx) // the defect
		return nil
	})
	if !errors.As(err, new(*pgconn.PgError)) || value(t, pool, "a") != 0 {
		t.Errorf("err = %v, a = %d", err, value(t, pool, "a"))
	}
}

// The server has committed, or has not even begun, and nobody can tell.
func TestLostAnswerIsUnavailable(t *testing.T) {
	for name, c := range map[string]struct {
		batches [][]string
		trips   int32 // the last of which is not answered
		want    int
	}{
		"of the first of two":    {[][]string{{write}, {write}}, 1, 0},
		"of COMMIT":              {[][]string{{read}, {write}}, 2, 1},
		"of COMMIT of one batch": {[][]string{{write}}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, pool := newWire(t)
			transaction, runs := sends(c.batches...), 0
			counted := func(ctx context.Context, tx *pgkit.Tx) error {
				runs++
				return transaction(ctx, tx)
			}
			if err := pgkit.InTx(t.Context(), pool, counted); err != nil { // once for the statements to be prepared
				t.Fatal(err)
			}
			before := value(t, pool, "a")
			w.loseAnswer(c.trips)
			if err := pgkit.InTx(t.Context(), pool, counted); !errs.Is(err, errs.Unavailable) || runs != 2 {
				t.Errorf("err = %v after %d runs", err, runs-1)
			}
			if got := value(t, pool, "a") - before; got != c.want {
				t.Errorf("%d writes are there, want %d", got, c.want)
			}
		})
	}
}

func TestServerThatGoesSilentIsUnavailable(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.NewURL(t))
	defer proxy.Bury()
	for name, sent := range map[string]int{"before BEGIN": 0, "before COMMIT": 1} {
		pool := pgtest.Open(t, proxy.URL)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := pgkit.InTx(ctx, pool, func(ctx context.Context, tx *pgkit.Tx) error {
			for range sent {
				tx.Queue("SELECT 1")
				if err := tx.Send(ctx); err != nil {
					t.Error(err)
				}
			}
			proxy.Swallow()
			tx.Queue("SELECT 2")
			return nil
		})
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// By the time a result of the last batch is read, the transaction is committed: it
// must be neither run again nor called rolled back.
func TestResultsOfTheLastBatchChangeNothing(t *testing.T) {
	pool := pgtest.New(t, counters)
	for runs, failure := range []error{errors.New("unexpected"), pgkit.ErrRetry} {
		err := pgkit.InTx(t.Context(), pool, func(_ context.Context, tx *pgkit.Tx) error {
			tx.Queue(write).Exec(func(pgconn.CommandTag) error { return failure })
			return nil
		})
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("err = %v", err)
		}
		if got := value(t, pool, "a"); got != runs+1 {
			t.Errorf("a = %d, want %d", got, runs+1)
		}
	}
}

func TestResultsOfAnEarlierBatchDecide(t *testing.T) {
	pool := pgtest.New(t, counters)
	refused := errors.New("refused")
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		tx.Queue(write).Exec(func(pgconn.CommandTag) error { return refused })
		return tx.Send(ctx)
	})
	if !errors.Is(err, refused) || value(t, pool, "a") != 0 {
		t.Errorf("err = %v, a = %d", err, value(t, pool, "a"))
	}
}

// Between the look and the insert another transaction inserts.
func TestInsertThatIsNotNewIsDecidedAgain(t *testing.T) {
	pool := pgtest.New(t, counters)
	runs := 0
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		found := []string{}
		tx.Queue("SELECT name FROM counters WHERE name = 'c'").Query(func(rows pgx.Rows) (err error) {
			found, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		if err := tx.Send(ctx); err != nil {
			return err
		}
		if runs++; runs == 1 {
			if _, err := pool.Exec(ctx, "INSERT INTO counters VALUES ('c', 7)"); err != nil {
				return err
			}
		}
		tx.Queue(write)
		if len(found) == 0 {
			tx.InsertNew("INSERT INTO counters VALUES ('c', 0)")
		}
		return nil
	})
	if err != nil || runs != 2 || value(t, pool, "a") != 1 || value(t, pool, "c") != 7 {
		t.Errorf("%v after %d runs, a = %d, c = %d", err, runs, value(t, pool, "a"), value(t, pool, "c"))
	}
}

func TestInsertThatFailsOtherwiseIsNot(t *testing.T) {
	pool := pgtest.New(t, counters)
	runs := 0
	err := pgkit.InTx(t.Context(), pool, func(_ context.Context, tx *pgkit.Tx) error {
		runs++
		tx.InsertNew("INSERT INTO counters VALUES (NULL, 0)")
		return nil
	})
	if err == nil || errors.Is(err, pgkit.ErrRetry) || runs != 1 {
		t.Errorf("%v after %d runs", err, runs)
	}
}

// One of two counters is not what the caller knows of it any more.
func TestUpdateOfWhatIsNotKnownAnyMoreIsDecidedAgain(t *testing.T) {
	pool := pgtest.New(t, counters)
	believed := []int{0, 7}
	runs := 0
	err := pgkit.InTx(t.Context(), pool, func(_ context.Context, tx *pgkit.Tx) error {
		runs++
		tx.ExpectRows(`UPDATE counters SET value = known.value + 1 FROM unnest($1::text[], $2::bigint[]) AS known (name, value)
			WHERE counters.name = known.name AND counters.value = known.value RETURNING 1`, []string{"a", "b"}, believed)
		believed = []int{0, 0}
		return nil
	})
	if err != nil || runs != 2 || value(t, pool, "a") != 1 || value(t, pool, "b") != 1 {
		t.Errorf("%v after %d runs, a = %d, b = %d", err, runs, value(t, pool, "a"), value(t, pool, "b"))
	}
}

// What is locked is as the last transaction before has left it.
func TestLockOfWhatIsNotKnownAnyMoreIsDecidedAgain(t *testing.T) {
	pool := pgtest.New(t, counters)
	locked := make(chan error, 1)
	runs := 0
	err := pgkit.InTx(t.Context(), pool, func(_ context.Context, first *pgkit.Tx) error {
		first.Queue("UPDATE counters SET value = 7 WHERE name = 'b'")
		if err := first.Send(t.Context()); err != nil {
			return err
		}
		go func() {
			believed := 0
			locked <- pgkit.InTx(t.Context(), pool, func(_ context.Context, tx *pgkit.Tx) error {
				runs++
				if runs == 2 {
					return nil
				}
				tx.ExpectRows("SELECT FROM counters WHERE name = ANY($1) AND value = $2 ORDER BY name FOR UPDATE", []string{"a", "b"}, believed)
				tx.Queue(write)
				return nil
			})
		}()
		pgtest.AwaitBlocked(t, pool)
		return nil
	})
	if err := errors.Join(err, <-locked); err != nil || runs != 2 || value(t, pool, "a") != 0 {
		t.Errorf("%v after %d runs, a = %d", err, runs, value(t, pool, "a"))
	}
}

// What was never sent is not called committed.
func TestContextThatEndsBeforeAnythingIsSent(t *testing.T) {
	pool := pgtest.New(t, counters)
	ctx, cancel := context.WithCancel(t.Context())
	err := pgkit.InTx(ctx, pool, func(_ context.Context, tx *pgkit.Tx) error {
		tx.Queue(write)
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || errs.Is(err, errs.Unavailable) || value(t, pool, "a") != 0 {
		t.Errorf("err = %v, a = %d", err, value(t, pool, "a"))
	}
}

// Its locks must not wait for the pool to close the connection.
func TestPanicBetweenBatchesRollsBack(t *testing.T) {
	_, pool := newWire(t)
	before := serverProcess(t, pool)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it doesn't panic")
			}
		}()
		_ = pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
			tx.Queue(write)
			if err := tx.Send(ctx); err != nil {
				return err
			}
			panic("a defect")
		})
	}()
	if after := serverProcess(t, pool); after != before {
		t.Error("it cost a connection")
	}
	if got := value(t, pool, "a"); got != 0 {
		t.Errorf("a = %d", got)
	}
}

// What panics while results are read is the caller's, too, and costs a connection
// at most.
func TestPanicLeavesThePoolUsable(t *testing.T) {
	_, pool := newWire(t)
	for _, end := range []func(context.Context, *pgkit.Tx) error{
		func(context.Context, *pgkit.Tx) error { return nil },
		func(ctx context.Context, tx *pgkit.Tx) error { return tx.Send(ctx) },
	} {
		group := pgkit.NewGroup(pool, func(ctx context.Context, tx *pgkit.Tx, calls []int) ([]error, error) {
			tx.Queue(read).Exec(func(pgconn.CommandTag) error { panic("a defect") })
			return make([]error, len(calls)), end(ctx, tx)
		})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("it doesn't panic")
				}
			}()
			_ = group.Do(t.Context(), 1)
		}()
		if err := pgkit.InTx(t.Context(), pool, sends([]string{write})); err != nil {
			t.Error(err)
		}
	}
}
