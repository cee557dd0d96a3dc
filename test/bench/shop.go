package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// shop places the orders of one phase and remembers what it was answered.
type shop struct {
	phase    string
	mix      mix
	products int
	keys     bool // orders have
	clients  []*visitor
	latency  *histogram // of POST, answered with 201, from when it was due
	waited   *histogram // of the same, by customers who would wait for the order's end
	refusals *histogram // of POST, answered with 503, from when it was due

	placed, accepted, refused, unanswered atomic.Int64
	tally                                 atomic.Pointer[tally] // of what is placed now; nil: none

	mu     sync.Mutex
	faults []string // answers that no customer should get
}

// visitor is a client: it places one order at a time.
type visitor struct {
	session  *session
	rand     *rand.Rand
	body     []byte
	accepted []acceptance
}

// acceptance is an order that was answered with 201.
type acceptance struct {
	n   int
	due time.Time
}

func newShop(c *client, clients int, plan Plan, phase string, m mix) *shop {
	s := &shop{phase: phase, mix: m, products: plan.Products, keys: plan.Keys, latency: newHistogram(), waited: newHistogram(), refusals: newHistogram()}
	for client := range clients {
		s.clients = append(s.clients, &visitor{session: c.newSession(), rand: rand.New(rand.NewPCG(plan.Seed, uint64(client)))})
	}
	return s
}

// place is a loop's.
func (s *shop) place(client, n int, due time.Time) (pause time.Duration) {
	v := s.clients[client]
	i := s.mix.pick(v.rand)
	v.body = i.write(v.body[:0], v.rand, s.phase, n, s.products)
	s.placed.Add(1)
	tally := s.tally.Load()
	v.session.wait(i.waits)
	if s.keys {
		v.session.key(customer(s.phase, n))
	}
	status, answer, err := v.session.post(ordersPath, v.body)
	took := time.Since(due)
	tally.add(status, took, i.waits)
	switch {
	case err != nil:
		s.unanswered.Add(1)
		s.fault("customer %s got no answer: %v", customer(s.phase, n), err)
	case status == http.StatusCreated:
		if i.waits {
			s.waited.record(took)
		} else {
			s.latency.record(took)
		}
		s.accepted.Add(1)
		v.accepted = append(v.accepted, acceptance{n, due})
		if i.leaves {
			s.cancel(v, orderID(answer))
		}
	case status == http.StatusServiceUnavailable:
		s.refused.Add(1)
		s.refusals.record(took)
		if !v.session.saysWhen() {
			s.fault("POST %s: 503 without Retry-After: %s", ordersPath, answer)
		}
		return retryAfter
	default:
		s.refused.Add(1)
		s.fault("POST %s: %d %s", ordersPath, status, answer)
	}
	return 0
}

// retryAfter is what an order service that can't take an order asks for.
const retryAfter = time.Second

func (s *shop) cancel(v *visitor, id string) {
	switch status, answer, err := v.session.post(ordersPath+"/"+id+"/cancel", nil); {
	case err != nil:
		s.fault("cancel %s: %v", id, err)
	case status != http.StatusOK && status != http.StatusConflict && status != http.StatusServiceUnavailable:
		s.fault("cancel %s: %d %s", id, status, answer)
	}
}

// mostFaults bounds how many are told of one by one.
const mostFaults = 10

func (s *shop) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) <= mostFaults {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// acceptances are the accepted orders by their numbers. Call it when nothing is
// placed any more.
func (s *shop) acceptances() map[int]time.Time {
	all := make(map[int]time.Time, s.accepted.Load())
	for _, v := range s.clients {
		for _, a := range v.accepted {
			all[a.n] = a.due
		}
	}
	return all
}
