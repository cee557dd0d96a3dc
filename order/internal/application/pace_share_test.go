package application

import (
	"math"
	"testing"
	"time"
)

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
		var s share
		for _, calm := range c.calm {
			if calm {
				s.learn(half)
			} else {
				s.interrupt()
			}
		}
		if got := s.each(); got != c.want {
			t.Errorf("%s: %v end for one, want %v", name, got, c.want)
		}
	}
}

// A calm second after the crowd doesn't bring it back.
func TestShareForgetsWhatItUnlearns(t *testing.T) {
	s := share{calm: sample{taken: 1000, ended: 100}} // ten for one, which counts as eight
	for _, want := range []float64{6.4, 5.12} {
		if s.unlearn(); math.Abs(s.each()-want) > 0.001 {
			t.Errorf("%v end for one, want %v", s.each(), want)
		}
	}
	for range 2 {
		s.learn(sample{taken: 1, ended: 1})
	}
	if s.each() > 5.12 {
		t.Errorf("%v end for one after calm seconds", s.each())
	}
	for range 20 {
		s.unlearn()
	}
	if s.each() != 1 || s.calm.taken != s.calm.ended {
		t.Errorf("%v end for one in the end, by %v", s.each(), s.calm)
	}
	s = share{calm: sample{taken: 50, ended: 100}} // others get more of the requests
	if s.unlearn(); s.calm.taken != 50 {
		t.Errorf("%v were taken for 100 that ended", s.calm.taken)
	}
}

// A second says nothing of another one that wasn't right before it.
func TestShareIsLearnedFromSecondsThatFollowEachOther(t *testing.T) {
	for name, c := range map[string]struct {
		between func(*paced)
		want    float64
	}{
		"at once":            {func(*paced) {}, 3},
		"after a late one":   {func(p *paced) { p.window(1, 11*time.Second) }, 1},
		"after an empty one": {func(p *paced) { p.Full(); p.at = p.at.Add(paceWindow) }, 1},
		"a minute later":     {func(p *paced) { p.at = p.at.Add(time.Minute) }, 1},
	} {
		p := newPaced(10 * time.Second)
		calm := func() {
			p.admitted(300)
			for range 100 {
				p.Ended(0)
			}
			p.at = p.at.Add(paceWindow)
		}
		calm()
		c.between(p)
		calm()
		if p.Full(); p.share.each() != c.want {
			t.Errorf("%s: %v end for one, want %v", name, p.share.each(), c.want)
		}
	}
}
