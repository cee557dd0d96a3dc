package simkit

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// Table is rows by their key. It is gone through in the order of insertion, so
// that no run depends on the random order of maps. The zero value is empty.
type Table[K comparable, R any] struct {
	rows map[K]R
	keys []K
}

// Get returns the row with the key, and whether there is one.
func (t *Table[K, R]) Get(key K) (R, bool) {
	row, found := t.rows[key]
	return row, found
}

// Put adds the row, or replaces the one with its key.
func (t *Table[K, R]) Put(key K, row R) {
	if t.rows == nil {
		t.rows = map[K]R{}
	}
	if _, found := t.rows[key]; !found {
		t.keys = append(t.keys, key)
	}
	t.rows[key] = row
}

// Delete removes the row with the key, if there is one.
func (t *Table[K, R]) Delete(key K) {
	if _, found := t.rows[key]; found {
		delete(t.rows, key)
		t.keys = slices.DeleteFunc(t.keys, func(k K) bool { return k == key })
	}
}

// All returns the rows in the order of their insertion.
func (t *Table[K, R]) All() iter.Seq[R] {
	return func(yield func(R) bool) {
		for _, key := range t.keys {
			if !yield(t.rows[key]) {
				return
			}
		}
	}
}

// Where returns the rows to keep, in the order of their insertion.
func (t *Table[K, R]) Where(keep func(R) bool) iter.Seq[R] {
	return func(yield func(R) bool) {
		for row := range t.All() {
			if keep(row) && !yield(row) {
				return
			}
		}
	}
}

// Position is a row's place in a list.
type Position struct {
	At time.Time
	ID string
}

// Newest returns at most limit of the rows, the newest first and those of the
// same time by descending id, beginning behind the given place if there is one.
func Newest[R any](rows iter.Seq[R], place func(R) Position, after *Position, limit int) []R {
	sorted := slices.SortedFunc(rows, func(a, b R) int { return compare(place(b), place(a)) })
	if after != nil {
		sorted = slices.DeleteFunc(sorted, func(r R) bool { return compare(place(r), *after) >= 0 })
	}
	return sorted[:min(limit, len(sorted))]
}

func compare(a, b Position) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) }
