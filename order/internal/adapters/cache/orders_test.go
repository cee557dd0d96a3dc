package cache

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// store has orders by their id, and counts how often each is read.
type store struct {
	application.Orders
	mu     sync.Mutex
	orders map[domain.OrderID]domain.Snapshot
	reads  map[domain.OrderID]int
}

var errNone = errors.New("there is none")

func (s *store) ByID(_ context.Context, id domain.OrderID) (*domain.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[id]++
	found, there := s.orders[domain.OrderID(strings.ToLower(string(id)))]
	if !there {
		return nil, errNone
	}
	return domain.Restore(found), nil
}

func setup(t *testing.T, size int, orders ...domain.Snapshot) (*Orders, *store) {
	t.Helper()
	s := &store{orders: map[domain.OrderID]domain.Snapshot{}, reads: map[domain.OrderID]int{}}
	for _, o := range orders {
		s.orders[o.ID] = o
	}
	cached, err := NewOrders(s, size, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return cached, s
}

func TestOnlyWhatIsFinalIsRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		domain.Snapshot
		reads int // of three
	}{
		"pending":               {domain.Snapshot{Status: domain.Pending}, 3},
		"completed":             {domain.Snapshot{Status: domain.Completed}, 1},
		"out of stock":          {domain.Snapshot{Status: domain.Cancelled, Reason: domain.InventoryUnavailable}, 1},
		"not paid":              {domain.Snapshot{Status: domain.Cancelled, Reason: domain.PaymentFailed}, 1},
		"timed out":             {domain.Snapshot{Status: domain.Cancelled, Reason: domain.TimedOut}, 3},
		"cancelled":             {domain.Snapshot{Status: domain.Cancelled, Reason: domain.CustomerRequest}, 3},
		"cancelled and repayed": {domain.Snapshot{Status: domain.Cancelled, Reason: domain.CustomerRequest, RefundedAt: at}, 1},
	} {
		c.ID, c.Items = "o-1", []domain.Item{{ProductID: "p", Quantity: 1}}
		cached, s := setup(t, 10, c.Snapshot)
		for range 3 {
			o, err := cached.ByID(t.Context(), "o-1")
			if err != nil || !reflect.DeepEqual(o.Snapshot(), c.Snapshot) {
				t.Errorf("%s: %+v, %v", name, o, err)
			}
		}
		if s.reads["o-1"] != c.reads {
			t.Errorf("%s: read %d times of 3", name, s.reads["o-1"])
		}
		if hits, misses := testutil.ToFloat64(cached.hits), testutil.ToFloat64(cached.misses); hits != float64(3-c.reads) || misses != float64(c.reads) {
			t.Errorf("%s: %v hits and %v misses", name, hits, misses)
		}
	}
}

// A refund may come long after the order was cancelled, and is seen at once.
func TestLateRefundIsSeen(t *testing.T) {
	o := domain.Snapshot{ID: "o-1", Status: domain.Cancelled, Reason: domain.CustomerRequest}
	cached, s := setup(t, 10, o)
	for _, refunded := range []time.Time{{}, at, at} {
		o.RefundedAt = refunded
		s.orders["o-1"] = o
		if got, err := cached.ByID(t.Context(), "o-1"); err != nil || !got.Snapshot().RefundedAt.Equal(refunded) {
			t.Errorf("refunded at %s, %v; want %s", got.Snapshot().RefundedAt, err, refunded)
		}
	}
	if s.reads["o-1"] != 2 {
		t.Errorf("read %d times", s.reads["o-1"])
	}
}

func TestFailuresAndOtherSpellingsAreNotRemembered(t *testing.T) {
	cached, s := setup(t, 10, domain.Snapshot{ID: "o-1", Status: domain.Completed})
	for range 2 {
		if _, err := cached.ByID(t.Context(), "o-9"); !errors.Is(err, errNone) {
			t.Errorf("err = %v", err)
		}
		if o, err := cached.ByID(t.Context(), "O-1"); err != nil || o.ID() != "o-1" {
			t.Errorf("%v, %v", o, err)
		}
	}
	if s.reads["o-9"] != 2 || s.reads["O-1"] != 2 || cached.final.EstimatedSize() != 1 {
		t.Errorf("reads %v, %d remembered", s.reads, cached.final.EstimatedSize())
	}
}

// Whatever is asked for, small orders and the largest there are, the cache keeps
// to its bound.
func TestCacheIsBounded(t *testing.T) {
	const size = 1000
	var orders []domain.Snapshot
	for i := range 5 * size {
		o := domain.Snapshot{ID: domain.OrderID(fmt.Sprintf("o-%d", i)), CustomerID: "customer", Status: domain.Completed}
		if i%10 == 0 {
			o.Items = make([]domain.Item, domain.MaxLines)
			for line := range o.Items {
				o.Items[line].ProductID = strings.Repeat("é", domain.MaxIDLength)
			}
		}
		orders = append(orders, o)
	}
	cached, _ := setup(t, size, orders...)
	var readers sync.WaitGroup
	for reader := range 4 {
		readers.Go(func() {
			for i := range orders {
				if _, err := cached.ByID(t.Context(), orders[(i+reader*size)%len(orders)].ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
	cached.final.CleanUp()
	if kept := cached.final.EstimatedSize(); kept == 0 || kept > size {
		t.Errorf("%d orders are kept", kept)
	}
	memory := 0
	for _, s := range cached.final.All() {
		memory += bytesOf(s)
	}
	if memory > size*1024 {
		t.Errorf("they take %d bytes", memory)
	}
}
