package pgkit_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

var slow = fstest.MapFS{"00001_slow.sql": {Data: []byte("-- +goose Up\nSELECT pg_advisory_xact_lock(1);\n")}}

// reported is a log handler that hands on what an outage is.
type reported struct {
	firstLine
	error chan string
	first sync.Once
}

func (h *reported) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			h.first.Do(func() { h.error <- a.Value.String() })
		}
		return true
	})
	return nil
}

func TestMigrationDoesNotWaitForASilentDatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	proxy := pgtest.NewProxy(t, url)
	defer proxy.Bury()
	beside := pgtest.Open(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The migration takes until this transaction ends.
	err := pgkit.InTx(ctx, beside, func(ctx context.Context, tx *pgkit.Tx) error {
		tx.Queue("SELECT pg_advisory_xact_lock(1)")
		if err := tx.Send(ctx); err != nil {
			return err
		}
		log := &reported{error: make(chan string, 1)}
		done := make(chan error, 1)
		go func() {
			done <- pgkit.MigrateWatched(ctx, pgtest.Open(t, proxy.URL), slow, slog.New(log), 200*time.Millisecond, 200*time.Millisecond)
		}()
		pgtest.AwaitBlocked(t, beside)
		proxy.Vanish()
		if got := <-log.error; !strings.Contains(got, "the database has not answered for") {
			t.Errorf("error = %s", got)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
