package feed

import "orders.internal/order/internal/application"

// subscription implements application.Subscription.
type subscription struct {
	hub       *Hub
	selection application.Selection
	entries   chan *application.Entry
	ended     chan struct{}

	// Guarded by the hub's mutex:
	isEnded bool
	last    int64 // the hub's position when it ended
}

func newSubscription(h *Hub, selection application.Selection) *subscription {
	size := bufferOfAll
	if selection.OrderID != "" {
		size = bufferOfOrder
	}
	return &subscription{
		hub: h, selection: selection, entries: make(chan *application.Entry, size), ended: make(chan struct{}),
	}
}

// Entries implements application.Subscription.
func (s *subscription) Entries() <-chan *application.Entry { return s.entries }

// Ended implements application.Subscription.
func (s *subscription) Ended() <-chan struct{} { return s.ended }

// Position implements application.Subscription.
func (s *subscription) Position() int64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.isEnded {
		return s.last
	}
	return s.hub.position
}

// Close implements application.Subscription.
func (s *subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.remove(s)
}
