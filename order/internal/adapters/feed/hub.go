// Package feed hands on what is added to the journal: one reader a process,
// however many subscribe, who are never waited for.
package feed

import (
	"context"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// How many entries wait for a subscriber before it is cut off.
const (
	bufferOfAll   = 4096
	bufferOfOrder = 64 // an order has ten events at most, unless somebody makes some up
)

// Source is the journal, and tells when it has grown.
type Source interface {
	application.Journal
	// Listen calls changed when the journal may have grown, until ctx ends. It may
	// fail to, for a while.
	Listen(ctx context.Context, changed func())
}

var errStopping = errs.New(errs.Unavailable, "the service is stopping")

// Hub implements application.Feed. It reads while somebody is subscribed.
type Hub struct {
	source Source
	log    *slog.Logger
	cut    prometheus.Counter
	wake   chan struct{}

	mu       sync.Mutex
	position int64         // of the last entry handed on; counts while ready is closed
	ready    chan struct{} // closed while the position is known
	stopped  bool
	all      map[*subscription]struct{}                    // to whatever happens
	byOrder  map[domain.OrderID]map[*subscription]struct{} // to one order
}

var _ application.Feed = (*Hub)(nil)

// NewHub returns a hub that hands on nothing until it is run.
func NewHub(source Source, metrics prometheus.Registerer, log *slog.Logger) *Hub {
	return &Hub{
		source: source, log: log, wake: make(chan struct{}, 1), ready: make(chan struct{}),
		cut: promauto.With(metrics).NewCounter(prometheus.CounterOpts{
			Name: "order_feed_cut_off_total", Help: "Subscribers that were cut off because they didn't keep up."}),
		all: map[*subscription]struct{}{}, byOrder: map[domain.OrderID]map[*subscription]struct{}{},
	}
}

// Wake says that the journal may have grown. It never blocks.
func (h *Hub) Wake() {
	select {
	case h.wake <- struct{}{}:
	default: // a look is due already
	}
}

// Subscribe implements application.Feed.
func (h *Hub) Subscribe(ctx context.Context, selection application.Selection) (application.Subscription, error) {
	s := newSubscription(h, selection)
	ready, err := h.add(s)
	if err != nil {
		return nil, err
	}
	select {
	case <-ready:
		return s, nil
	default:
		h.Wake()
	}
	select {
	case <-ready:
		return s, nil
	case <-s.ended:
		return nil, errStopping
	case <-ctx.Done():
		s.Close()
		return nil, errs.Wrap(errs.Unavailable, ctx.Err(), "the feed of events is not available")
	}
}

// add returns a channel that is closed as soon as the subscription works.
func (h *Hub) add(s *subscription) (<-chan struct{}, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return nil, errStopping
	}
	peers := h.all
	if id := s.selection.OrderID; id != "" {
		if h.byOrder[id] == nil {
			h.byOrder[id] = map[*subscription]struct{}{}
		}
		peers = h.byOrder[id]
	}
	peers[s] = struct{}{}
	return h.ready, nil
}

// remove ends a subscription: nothing is sent to it any more. The caller holds mu.
func (h *Hub) remove(s *subscription) {
	if s.isEnded {
		return
	}
	s.isEnded, s.last = true, h.position
	close(s.ended)
	id := s.selection.OrderID
	if id == "" {
		delete(h.all, s)
		return
	}
	delete(h.byOrder[id], s)
	if len(h.byOrder[id]) == 0 {
		delete(h.byOrder, id)
	}
}

// begin makes the subscriptions work: whatever is added after the position is
// handed on.
func (h *Hub) begin(position int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position = position
	close(h.ready)
}

// progress returns the position, whether it is known, and whether anybody wants
// to know more. When nobody does, it is forgotten: whoever subscribes next wants
// nothing of what is added until then.
func (h *Hub) progress() (position int64, known, wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.ready:
		known = true
	default:
	}
	wanted = len(h.all)+len(h.byOrder) > 0
	if known && !wanted {
		known, h.ready = false, make(chan struct{})
	}
	return h.position, known, wanted
}

// handOn sends the entries to whoever has subscribed to them.
func (h *Hub) handOn(entries []application.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range entries {
		e := &entries[i]
		for s := range h.byOrder[e.OrderID] {
			h.send(s, e)
		}
		for s := range h.all {
			h.send(s, e)
		}
		h.position = e.Position
	}
}

// send cuts off a subscriber that doesn't keep up. The caller holds mu.
func (h *Hub) send(s *subscription, e *application.Entry) {
	if !s.selection.Matches(e) {
		return
	}
	select {
	case s.entries <- e:
	default:
		h.cut.Inc()
		h.remove(s)
	}
}

// stop ends all subscriptions, and lets nobody subscribe any more.
func (h *Hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	for s := range h.all {
		h.remove(s)
	}
	for _, peers := range h.byOrder {
		for s := range peers {
			h.remove(s)
		}
	}
}
