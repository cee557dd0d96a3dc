package cleaner

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"orders.internal/order/internal/application"
)

// keys tells of each time it is asked.
type keys struct {
	asked chan time.Time
	err   error
}

func (k keys) ForgetKeys(_ context.Context, placedBefore time.Time, _ int) (int, error) {
	k.asked <- placedBefore
	return 1, k.err
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newCleaner(k keys, log *slog.Logger) *Cleaner {
	return New(application.NewForgetKeys(k, func() time.Time { return now }), log)
}

func TestCleanerBeginsAtOnceAndEndsWithItsContext(t *testing.T) {
	k := keys{asked: make(chan time.Time)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		newCleaner(k, slog.New(slog.DiscardHandler)).Run(ctx)
		close(done)
	}()
	if got := <-k.asked; !got.Equal(now.Add(-24 * time.Hour)) {
		t.Errorf("forgets what is older than %s", got)
	}
	cancel()
	<-done
}

func TestFailureIsLoggedUnlessItIsTheEnd(t *testing.T) {
	k := keys{asked: make(chan time.Time, 2), err: errors.New("no database")}
	var log bytes.Buffer
	c := newCleaner(k, slog.New(slog.NewTextHandler(&log, nil)))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if c.clean(ended); log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
	if c.clean(t.Context()); !strings.Contains(log.String(), "no database") {
		t.Errorf("logged %s", log.String())
	}
}

// silent is a store that takes a question and never answers.
type silent struct{ keys }

func (s silent) ForgetKeys(ctx context.Context, placedBefore time.Time, _ int) (int, error) {
	s.asked <- placedBefore
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestCleanerOutlastsADatabaseThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := silent{keys{asked: make(chan time.Time)}}
		c := New(application.NewForgetKeys(k, time.Now), slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go c.Run(ctx)
		<-k.asked
		<-k.asked // in a bubble, where time is simulated and waiting for ever is a failure
	})
}
