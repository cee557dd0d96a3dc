package application

import "testing"

// A crowd that has come shows a second later.
func TestShareIsLearnedFromCalmSecondsInARow(t *testing.T) {
	half := sample{taken: 200, ended: 100}
	for name, c := range map[string]struct {
		calm []bool
		want float64
	}{
		"one":                {[]bool{true}, 1},
		"two":                {[]bool{true, true}, 2},
		"one, and then none": {[]bool{true, false, true}, 1},
	} {
		s := allSeen
		for _, calm := range c.calm {
			s.learn(calm, half)
		}
		if s.each != c.want {
			t.Errorf("%s: %v end for one, want %v", name, s.each, c.want)
		}
	}
}
