package application

import (
	"testing"
	"time"
)

// What was taken beyond what can end in time ends first, but isn't waited for longer than
// orders may wait: here others see most of the ends.
func TestOrdersThatAreTooManyEndFirst(t *testing.T) {
	p := newPaced(10 * time.Second)
	for range paceStands {
		p.admitted(10 * usual)
		p.window(usual, 11*time.Second)
	}
	for i := range 10 {
		if got := p.admitted(10 * usual); got != 0 {
			t.Errorf("second %d: %d taken", i, got)
		}
		p.window(usual, 11*time.Second)
	}
	p.admitted(10 * usual)
	p.window(usual, 11*time.Second)
	if got := p.admitted(10 * usual); got != usual {
		t.Errorf("%d taken for %d that ended", got, usual)
	}
}

// However soon they end.
func TestEachOrderThatIsTooManyEnds(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.behind, p.debt, p.room, p.forgiven = true, 10, 2, p.at.Add(time.Second)
	for range 10 {
		p.Ended(time.Second)
	}
	if got := p.admitted(5); got != 0 {
		t.Errorf("%d taken", got)
	}
	p.Ended(time.Second)
	if got := p.admitted(5); got != 2 {
		t.Errorf("%d taken for one that ended in time", got)
	}
}

func TestCreditIsBounded(t *testing.T) {
	for usual, want := range map[float64]int{paceCredit / 2: paceCredit, 2 * paceCredit: 2 * paceCredit} {
		p := newPaced(10 * time.Second)
		p.fallBehind()
		p.Admit() // looks, and finds that it is behind
		p.usual = usual
		for range 2 * want {
			p.Ended(11 * time.Second)
		}
		if got := p.admitted(2 * want); got != want {
			t.Errorf("%d taken at once where %v are usual, want %d", got, usual, want)
		}
	}
}

func TestOrdersThatEndInTimeMakeRoomForMore(t *testing.T) {
	for _, c := range []struct {
		waited time.Duration
		taken  int // in each of the seconds before
		want   int
	}{
		{11 * time.Second, 0, 8},
		{9 * time.Second, 0, 9},
		{8 * time.Second, 0, 10},
		{5 * time.Second, 0, 16},
		{time.Second, 0, 32},
		{2 * time.Second, 4 * usual, 11}, // seven seconds' work are on their way
	} {
		p := newPaced(10 * time.Second)
		for range 3 {
			p.admitted(c.taken)
			p.window(0, 0)
		}
		p.behind, p.late = true, paceStands
		p.window(usual, c.waited)
		p.Admit()
		p.behind, p.credit = true, 0
		for range 8 {
			p.Ended(c.waited)
		}
		if got := p.admitted(1000); got != c.want {
			t.Errorf("%d taken for 8 that waited %v, want %d", got, c.waited, c.want)
		}
	}
}
