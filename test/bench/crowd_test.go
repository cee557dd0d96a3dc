package bench

import (
	"testing"
	"time"
)

func TestCrowdIsTurnedAwayToTheLast(t *testing.T) {
	c, err := newCrowd(t.Context(), Quick())
	if err != nil {
		t.Fatal(err)
	}
	<-c.come(t.Context(), 400, time.Second/2)
	p := Phase{Name: besideRefusals, Refused: 1}
	c.judge(&p)
	if p.Refused != 201 || p.Refusals == nil || p.Refusals.Count != 200 || len(p.Faults) > 0 {
		t.Errorf("%d were refused, want 200 and the one before: %v, %v", p.Refused, p.Refusals, p.Faults)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

func TestCrowdThatGetsNoAnswerIsAFault(t *testing.T) {
	c, err := newCrowd(t.Context(), Quick())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	<-c.come(t.Context(), 10, time.Second/5)
	p := Phase{Name: besideRefusals}
	if c.judge(&p); p.Refused != 0 || len(p.Faults) != 2 {
		t.Errorf("%d were refused without a server: %v", p.Refused, p.Faults)
	}
}
