package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// An order waits for five transactions and three messages: it is placed, reserved,
// requested, charged, and that is recorded.
func TestPathOfAnOrder(t *testing.T) {
	bodies, err := sampleBodies()
	if err != nil {
		t.Fatal(err)
	}
	rows := &rowWriter{batch: 1, products: []string{"a", "b"}, rand: rand.New(rand.NewPCG(1, 2)), bodies: bodies}
	path, rest := splitPath(rows.steps())
	var services, next []string
	for _, s := range path {
		services = append(services, s.service)
		if s.publishes != "" {
			next = append(next, waitsFor[s.publishes])
		}
	}
	if want := []string{"order", "inventory", "payment", "payment", "payment"}; !slices.Equal(services, want) {
		t.Errorf("transactions of %v, want %v", services, want)
	}
	if want := []string{"inventory", "payment", "order"}; !slices.Equal(next, want) {
		t.Errorf("messages for %v, want %v", next, want)
	}
	if len(path)+len(rest) != len(rows.steps()) {
		t.Errorf("%d steps and %d others are not all", len(path), len(rest))
	}
}
