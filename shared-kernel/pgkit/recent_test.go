package pgkit_test

import (
	"sync"
	"testing"

	"orders.internal/shared-kernel/pgkit"
)

// remembers compares what is remembered of the keys 0, 1, 2 and so on; none: -1.
func remembers(t *testing.T, r *pgkit.Recent[int, int], want ...int) {
	t.Helper()
	for key, value := range want {
		if got, exists := r.Get(key); exists != (value >= 0) || exists && got != value {
			t.Errorf("of %d: %d, %t; want %d", key, got, exists, value)
		}
	}
}

func TestTheOldestIsForgotten(t *testing.T) {
	r := pgkit.NewRecent[int, int](3)
	remembers(t, r, -1, -1)
	for key := range 3 {
		r.Remember(key, 10+key)
	}
	remembers(t, r, 10, 11, 12, -1)
	r.Remember(3, 13)
	remembers(t, r, -1, 11, 12, 13)
	r.Remember(4, 14)
	remembers(t, r, -1, -1, 12, 13, 14)
}

func TestWhatIsForgottenMakesRoomForNoOther(t *testing.T) {
	r := pgkit.NewRecent[int, int](2)
	r.Remember(0, 10)
	r.Remember(1, 11)
	r.Forget(1)
	r.Forget(1)
	remembers(t, r, 10, -1)
	r.Remember(2, 12)
	remembers(t, r, -1, -1, 12)
}

// It is as old as its last value.
func TestRememberedAgain(t *testing.T) {
	r := pgkit.NewRecent[int, int](3)
	r.Remember(0, 10)
	r.Remember(1, 11)
	r.Forget(0)
	r.Remember(0, 20)
	r.Remember(2, 12) // in the place of the first 0
	remembers(t, r, 20, 11, 12)
	r.Remember(3, 13)
	remembers(t, r, 20, -1, 12, 13)
	r.Remember(4, 14)
	remembers(t, r, -1, -1, 12, 13, 14)
}

func TestMemoryIsShared(t *testing.T) {
	r := pgkit.NewRecent[int, int](10)
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for key := range 1000 {
				r.Remember(key, key)
				if v, exists := r.Get(key); exists && v != key {
					t.Errorf("of %d: %d", key, v)
				}
				r.Forget(key - n)
			}
		})
	}
	all.Wait()
}
