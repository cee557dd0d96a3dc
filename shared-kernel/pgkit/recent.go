package pgkit

import "sync"

// Recent remembers the values that came last, a bounded number of them. What it tells
// of the database may have changed since: whoever decides by it has that verified
// (Tx.ExpectRows). Goroutines may share it.
type Recent[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]remembered[V]
	ring   []K // of the last keys
	next   int // the place in the ring that is taken next
}

// remembered is a value and its key's place in the ring.
type remembered[V any] struct {
	value V
	place int
}

// NewRecent returns a memory of at most so many values, which is at least one.
func NewRecent[K comparable, V any](most int) *Recent[K, V] {
	return &Recent[K, V]{values: make(map[K]remembered[V]), ring: make([]K, most)}
}

// Remember takes a value, for which the oldest makes room.
func (r *Recent[K, V]) Remember(key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := r.ring[r.next]
	if v, exists := r.values[oldest]; exists && v.place == r.next { // and was not remembered again
		delete(r.values, oldest)
	}
	r.values[key], r.ring[r.next] = remembered[V]{value, r.next}, key
	r.next = (r.next + 1) % len(r.ring)
}

// Get returns the key's value, which nobody may change, and whether there is one.
func (r *Recent[K, V]) Get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, exists := r.values[key]
	return v.value, exists
}

// Forget makes the key one that was never remembered.
func (r *Recent[K, V]) Forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, key)
}
