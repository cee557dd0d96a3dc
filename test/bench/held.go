package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"orders.internal/test/stack"
)

// senders are the services that have an outbox.
var senders = []string{"order", "inventory", "payment"}

// held counts the events in all outboxes.
func (s *system) held(ctx context.Context) (sum int, err error) {
	for _, name := range senders {
		var n int
		if err := s.databases[name].QueryRow(ctx, `SELECT count(*) FROM outbox`).Scan(&n); err != nil {
			return 0, fmt.Errorf("count the events in the outbox of %s: %w", name, err)
		}
		sum += n
	}
	return sum, nil
}

const publishedEvery = 100 * time.Millisecond

// publish waits until none of the events is left that waited when the server came
// back.
func (s *system) publish(ctx context.Context, g *Gone) error {
	for _, name := range senders {
		for left := true; left; {
			err := s.databases[name].QueryRow(ctx, `SELECT EXISTS (SELECT FROM outbox WHERE occurred_at <= $1)`, g.back).Scan(&left)
			if err != nil {
				return fmt.Errorf("look into the outbox of %s: %w", name, err)
			}
			if err := sleep(ctx, publishedEvery); err != nil {
				return err
			}
		}
	}
	g.Published = time.Since(g.back).Seconds()
	return nil
}

// tell says how things are while a server is gone, until stop is called.
func (b *bench) tell(ctx context.Context, o outage, t *tally) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		for sleep(ctx, tellEvery) == nil {
			b.progress.Say("    without %s: %d orders accepted, %d refused%s", o.server, t.accepted.Load(), t.refused.Load(), b.system.condition(ctx, o))
		}
	}()
	return func() {
		cancel()
		<-told
	}
}

// condition is for people; what can't be read is left out.
func (s *system) condition(ctx context.Context, o outage) string {
	var text strings.Builder
	if o.server == classBroker {
		if n, err := s.held(ctx); err == nil {
			fmt.Fprintf(&text, "; %d events wait", n)
		}
	}
	if peaks, err := s.peaks(); err == nil && peaks["order"] > 0 {
		text.WriteString("; MiB of memory:")
		for _, service := range stack.Services {
			fmt.Fprintf(&text, " %s %d", service, peaks[service]>>20)
		}
	}
	return text.String()
}
