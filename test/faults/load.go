package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// mostWaiting bounds the customers who wait for an answer.
const mostWaiting = 1000

// shop places orders at the replicas of the order service.
type shop struct {
	client *client
	urls   []string
	book   *book
	run    string // makes customers of different runs different
}

// open serves new customers at a constant rate until it is closed, and then
// goes through with those who are there.
func (s *shop) open(ctx context.Context, closing <-chan struct{}, rate float64, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	ticks := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer ticks.Stop()
	waiting := make(chan struct{}, mostWaiting)
	var customers sync.WaitGroup
	defer customers.Wait()
	for n := 0; ; n++ {
		select {
		case <-closing:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		waiting <- struct{}{}
		i := randomIntent(r)
		p := i.place(r, fmt.Sprintf("%s-%d", s.run, n))
		first, delay := r.IntN(len(s.urls)), time.Duration(r.IntN(800))*time.Millisecond
		customers.Go(func() {
			defer func() { <-waiting }()
			s.serve(ctx, i, p, first, delay)
		})
	}
}

// serve is one customer from coming to leaving.
func (s *shop) serve(ctx context.Context, i intent, p placement, first int, delay time.Duration) entry {
	e := s.place(ctx, i, p, first)
	s.book.write(e)
	if !i.leaves || e.outcome != accepted || sleep(ctx, delay) != nil {
		return e
	}
	e.promised = s.cancel(ctx, e.id, first)
	s.book.write(e)
	return e
}

// place sends the order to the first replica, and to the next one only when nothing
// was sent: an order that was sent must not be sent twice.
func (s *shop) place(ctx context.Context, i intent, p placement, first int) entry {
	e := entry{intent: i, placement: p, outcome: unsent}
	a, err := s.post(ctx, "/api/orders", p.body(), first)
	switch {
	case errors.Is(err, errNotSent):
	case err != nil:
		e.outcome = unknown
	case a.status == http.StatusCreated:
		var o order
		if err := json.Unmarshal(a.body, &o); err != nil || o.ID == "" {
			s.book.fault(fmt.Sprintf("201 without an order: %s", a.body))
		}
		e.outcome, e.id = accepted, o.ID
	case a.status == http.StatusServiceUnavailable:
		e.outcome = refused
	default:
		e.outcome = refused
		s.book.fault(fmt.Sprintf("POST /api/orders: %d %s", a.status, a.body))
	}
	return e
}

// cancel returns the status that the answer promises, "" without one.
func (s *shop) cancel(ctx context.Context, id string, first int) (promised string) {
	a, err := s.post(ctx, "/api/orders/"+id+"/cancel", nil, first)
	if err != nil {
		return ""
	}
	switch a.status {
	case http.StatusOK:
		return cancelled
	case http.StatusConflict:
		return completed
	case http.StatusServiceUnavailable:
	default:
		s.book.fault(fmt.Sprintf("cancel %s: %d %s", id, a.status, a.body))
	}
	return ""
}

// orders reads all orders from the first replica that has them.
func (s *shop) orders(ctx context.Context, filter string) (found []order, err error) {
	for _, url := range s.urls {
		if found, err = list[order](ctx, s.client, url+"/api/orders", filter); err == nil {
			break
		}
	}
	return found, err
}

func (s *shop) post(ctx context.Context, path string, body []byte, first int) (a answer, err error) {
	for n := range s.urls {
		a, err = s.client.send(ctx, http.MethodPost, s.urls[(first+n)%len(s.urls)]+path, body)
		if !errors.Is(err, errNotSent) {
			break
		}
	}
	return a, err
}
