package sim

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestGivenChoicesArePlayedBackTurnByTurn(t *testing.T) {
	c := &chooser{given: Choices{{{3, 9}, nil, {1}}, {{2}}}}
	var got []int
	for part := range parts {
		c.begin(part)
		for range 3 {
			got = append(got, c.any(5), c.seldom(5, 1))
			c.step()
		}
	}
	// 9 is out of 5 by now; what isn't given is 0.
	if want := []int{3, 4, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := (Choices{{{3, 4}, {}, {1}}, {{2}}}); !reflect.DeepEqual(c.made.plain(), want) {
		t.Errorf("made %v, want %v", c.made.plain(), want)
	}
}

func TestCalmChoicesAreZeroAndNotKept(t *testing.T) {
	c := &chooser{random: rand.New(rand.NewPCG(1, 1))}
	c.begin(0)
	c.calm = true
	for range 100 {
		c.step()
		if c.any(10) != 0 || c.seldom(10, 1) != 0 || c.weighted([]float64{0, 1}, 1) != 0 {
			t.Fatal("something was chosen")
		}
	}
	if c.made.size() != 0 || len(c.made[0]) != 1 {
		t.Errorf("made %v", c.made)
	}
}

func TestWeightedNeverDrawsWhatHasNoWeight(t *testing.T) {
	c := &chooser{random: rand.New(rand.NewPCG(1, 1))}
	c.begin(0)
	drawn := map[int]int{}
	for range 1000 {
		drawn[c.weighted([]float64{5, 0, 1, 3}, 0.5)]++
	}
	if drawn[1] > 0 || drawn[0] < 400 || drawn[2] < 50 || drawn[3] < 2*drawn[2] {
		t.Errorf("drawn %v", drawn)
	}
	if got := c.weighted([]float64{0, 0, 0}, 1); got != 0 {
		t.Errorf("without weights %d was drawn", got)
	}
}
