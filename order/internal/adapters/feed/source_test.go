package feed

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// book is a journal that a test writes.
type book struct {
	mu        sync.Mutex
	entries   []application.Entry
	down      bool
	heads     int // reads
	reads     int
	listening func() // nil: nobody listens
}

// add adds an entry about an order and tells of it, if it is to be told.
func (b *book) add(tell bool, ids ...domain.OrderID) {
	b.mu.Lock()
	for _, id := range ids {
		b.entries = append(b.entries, application.Entry{Position: int64(len(b.entries) + 1), OrderID: id, CustomerID: "of " + string(id)})
	}
	listening := b.listening
	b.mu.Unlock()
	if tell && listening != nil {
		listening()
	}
	synctest.Wait()
}

func (b *book) setDown(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

func (b *book) counts() (heads, reads int, listening bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heads, b.reads, b.listening != nil
}

func (b *book) Head(context.Context) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heads++
	if b.down {
		return 0, errs.New(errs.Unavailable, "the database is not available")
	}
	return int64(len(b.entries)), nil
}

func (b *book) After(_ context.Context, position int64, limit int) ([]application.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.down {
		return nil, errs.New(errs.Unavailable, "the database is not available")
	}
	rest := b.entries[position:]
	return rest[:min(limit, len(rest)):len(rest)], nil
}

func (b *book) OfCustomer(context.Context, string, int64, int) ([]application.Entry, error) {
	panic("the hub reads no customer's entries")
}

func (b *book) OfOrder(context.Context, domain.OrderID) ([]application.Entry, error) {
	panic("the hub reads no single order")
}

func (b *book) Listen(ctx context.Context, changed func()) {
	set := func(listening func()) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.listening = listening
	}
	set(changed)
	changed() // what came before
	<-ctx.Done()
	set(nil)
}

// run runs a hub in the test's bubble, where time stands still while anything
// can go on, and returns how to stop it.
func run(t *testing.T, b *book) (h *Hub, stop func()) {
	t.Helper()
	h = NewHub(b, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return h, stop
}

func subscribe(t *testing.T, h *Hub, selection application.Selection) application.Subscription {
	t.Helper()
	s, err := h.Subscribe(t.Context(), selection)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// got returns the positions that have come.
func got(s application.Subscription) string {
	synctest.Wait()
	var positions []int64
	for {
		select {
		case e := <-s.Entries():
			positions = append(positions, e.Position)
		default:
			return fmt.Sprint(positions)
		}
	}
}

func hasEnded(s application.Subscription) bool {
	synctest.Wait()
	select {
	case <-s.Ended():
		return true
	default:
		return false
	}
}

// pass lets time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
