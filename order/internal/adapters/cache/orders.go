// Package cache keeps orders in memory that can't change any more.
package cache

import (
	"context"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
)

// Orders implements application.Orders over another one, of which it remembers
// what ByID has read, if that was final. So nothing in it is ever out of date,
// however many replicas there are.
type Orders struct {
	application.Orders
	final        *otter.Cache[domain.OrderID, domain.Snapshot]
	hits, misses prometheus.Counter
}

// NewOrders returns orders with a cache of size entries, at least 1. An order of
// more than a KiB counts as several, so that the cache's memory is bounded too.
func NewOrders(orders application.Orders, size int, metrics prometheus.Registerer) (*Orders, error) {
	final, err := otter.New(&otter.Options[domain.OrderID, domain.Snapshot]{
		MaximumWeight: uint64(size),
		Weigher:       func(_ domain.OrderID, s domain.Snapshot) uint32 { return uint32(1 + bytesOf(s)/1024) },
	})
	if err != nil {
		return nil, err
	}
	lookups := promauto.With(metrics).NewCounterVec(prometheus.CounterOpts{
		Name: "order_cache_lookups_total", Help: "Orders asked for by their id, by whether the cache had them.",
	}, []string{"outcome"})
	return &Orders{
		Orders: orders, final: final,
		hits: lookups.WithLabelValues("hit"), misses: lookups.WithLabelValues("miss"),
	}, nil
}

// ByID implements application.Orders.
func (r *Orders) ByID(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	if kept, found := r.final.GetIfPresent(id); found {
		r.hits.Inc()
		return domain.Restore(kept), nil
	}
	r.misses.Inc()
	o, err := r.Orders.ByID(ctx, id)
	if err == nil && o.Final() {
		r.final.Set(o.ID(), o.Snapshot()) // its own id: there is more than one way to write a UUID
	}
	return o, err
}

const (
	ofSnapshot = 256 // bytes: the snapshot itself, its id and the cache's own
	ofLine     = 24  // bytes: a line without its product's name
)

// bytesOf returns about how much memory a snapshot takes.
func bytesOf(s domain.Snapshot) int {
	sum := ofSnapshot + 2*len(s.ID) + len(s.CustomerID) + len(s.PaymentMethod) + ofLine*len(s.Items)
	for _, line := range s.Items {
		sum += len(line.ProductID)
	}
	return sum
}
