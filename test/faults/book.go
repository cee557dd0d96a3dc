package faults

import (
	"maps"
	"slices"
	"sync"
)

// outcome is what a customer was told.
type outcome int

const (
	unknown  outcome = iota // no answer came: done or not, and nobody can say
	accepted                // 201
	refused                 // 503: nothing promised, though the order may be there all the same
	unsent                  // no replica could be reached, so there is no such order
)

// entry is one order as its customer knows it.
type entry struct {
	intent    intent
	placement placement
	outcome   outcome
	id        string // when accepted
	// What the answer to POST .../cancel promised: a status, "" when there was
	// none.
	promised string
}

// book has all entries by customer.
type book struct {
	mu      sync.Mutex
	entries map[string]entry
	faults  []string // answers that no customer should get
}

func newBook() *book { return &book{entries: map[string]entry{}} }

func (b *book) write(e entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[e.placement.CustomerID] = e
}

func (b *book) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, text)
}

func (b *book) read() (map[string]entry, []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.entries), slices.Clone(b.faults)
}

// count tells how many orders had the outcome.
func (b *book) count(o outcome) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, e := range b.entries {
		if e.outcome == o {
			n++
		}
	}
	return n
}
