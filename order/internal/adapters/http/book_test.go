package http

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

const (
	mostStreams = 2
	mostWaits   = 2
)

// book is a journal and a feed, and knows who calls. What is written into it
// after somebody has subscribed comes live.
type book struct {
	caller    httpkit.Caller
	streams   int // at most
	heartbeat time.Duration
	looked    func() // at the position of a subscription

	mu          sync.Mutex
	entries     []application.Entry
	down        bool
	subscribers []*subscriber
	subscribed  chan struct{} // a token for each subscription
	silent      []string      // the calls that are never answered
	asked       chan struct{} // a token for each time they were made
}

func newBook() *book {
	return &book{streams: mostStreams, heartbeat: time.Hour, looked: func() {}, subscribed: make(chan struct{}, 10), asked: make(chan struct{}, 1000)}
}

func (b *book) identify(c *fiber.Ctx) error {
	httpkit.SetCaller(c, b.caller)
	return c.Next()
}

type subscriber struct {
	book      *book
	selection application.Selection
	since     int64
	entries   chan *application.Entry
	ended     chan struct{}
}

// write adds entries, and returns when the subscribers have taken them.
func (b *book) write(entries ...application.Entry) {
	for _, e := range entries {
		for _, s := range b.add(&e) {
			if s.selection.Matches(&e) {
				s.entries <- &e
			}
		}
	}
}

func (b *book) add(e *application.Entry) []*subscriber {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.Position = int64(len(b.entries) + 1)
	b.entries = append(b.entries, *e)
	return b.subscribers
}

// cutOff ends all subscriptions.
func (b *book) cutOff() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subscribers {
		close(s.ended)
	}
	b.subscribers = nil
}

// silence has a call, Head or After, never be answered from now on.
func (b *book) silence(call string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent = append(b.silent, call)
}

// answers returns when the call may be answered; its error is that of ctx.
func (b *book) answers(ctx context.Context, call string) error {
	b.mu.Lock()
	silent := slices.Contains(b.silent, call)
	b.mu.Unlock()
	if !silent {
		return nil
	}
	b.asked <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

func (b *book) outage() error {
	if b.down {
		return errs.New(errs.Unavailable, "the database is not available")
	}
	return nil
}

func (b *book) OfOrder(_ context.Context, id domain.OrderID) (found []application.Entry, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.OrderID == id {
			found = append(found, e)
		}
	}
	if err = b.outage(); err == nil && len(found) == 0 {
		err = application.NoSuchOrder(id)
	}
	return found, err
}

func (b *book) After(ctx context.Context, position int64, _ int) ([]application.Entry, error) {
	if err := b.answers(ctx, "After"); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[position:], b.outage()
}

func (b *book) OfCustomer(context.Context, string, int64, int) ([]application.Entry, error) {
	panic("a page of everybody's is never full")
}

func (b *book) Head(ctx context.Context) (int64, error) {
	if err := b.answers(ctx, "Head"); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.entries)), b.outage()
}

func (b *book) Subscribe(_ context.Context, selection application.Selection) (application.Subscription, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.outage(); err != nil {
		return nil, err
	}
	s := &subscriber{
		book: b, selection: selection, since: int64(len(b.entries)),
		entries: make(chan *application.Entry), ended: make(chan struct{}),
	}
	b.subscribers = append(b.subscribers, s)
	b.subscribed <- struct{}{}
	return s, nil
}

func (s *subscriber) Entries() <-chan *application.Entry { return s.entries }
func (s *subscriber) Ended() <-chan struct{}             { return s.ended }
func (s *subscriber) Close()                             {}

func (s *subscriber) Position() int64 {
	s.book.looked()
	return s.since
}
