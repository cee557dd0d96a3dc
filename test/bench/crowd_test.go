package bench

import (
	"testing"
	"time"
)

func TestCrowdIsTurnedAwayToTheLast(t *testing.T) {
	c, err := newCrowd(Quick())
	if err != nil {
		t.Fatal(err)
	}
	<-c.come(t.Context(), 400, time.Second/2)
	p := Phase{Name: besideRefusals}
	c.judge(&p, 400)
	if p.Crowd.Rate != 400 || p.Crowd.Refused != 200 || p.Crowd.Refusals == nil || p.Crowd.Refusals.Count != 200 || len(p.Faults) > 0 {
		t.Errorf("%+v, want 200 refused; %v", p.Crowd, p.Faults)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

func TestCrowdThatGetsNoAnswerIsAFault(t *testing.T) {
	c, err := newCrowd(Quick())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	<-c.come(t.Context(), 10, time.Second/5)
	p := Phase{Name: besideRefusals}
	if c.judge(&p, 10); p.Crowd.Refused != 0 || p.Crowd.Refusals != nil || len(p.Faults) != 2 {
		t.Errorf("%+v without a server: %v", p.Crowd, p.Faults)
	}
}
