package faults

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRecoveryIsToldByWhatWasHarmedAlone(t *testing.T) {
	cut, hole := Fault{Kind: Cut, On: []string{"order-1/postgres", "order-2/postgres"}}, Fault{Kind: BlackHole, On: []string{"order-1/rabbitmq"}}
	kill, crash := Fault{Kind: Kill, On: []string{"order-1"}}, Fault{Kind: Kill, On: []string{database}}
	r := Report{Rounds: []RoundResult{
		{Round: only(cut), Recovery: Recovery{Again: 1 * time.Second, CaughtUp: 2 * time.Second}},
		{Round: only(cut, cut), Recovery: Recovery{Again: 3 * time.Second, CaughtUp: 4 * time.Second}},
		{Round: only(cut, hole), Recovery: Recovery{Again: 50 * time.Second, CaughtUp: 60 * time.Second}},
		{Round: only(kill), Recovery: Recovery{Again: 5 * time.Second, CaughtUp: 6 * time.Second}},
		{Round: only(crash), Recovery: Recovery{Again: 7 * time.Second, CaughtUp: 8 * time.Second}},
		{Round: only(hole), Err: context.DeadlineExceeded},
	}}
	var out strings.Builder
	r.printRounds(&out)
	for _, want := range []string{
		"cut 8 2 3s 3s 4s 4s", "black hole 2 0 - - - -", "SIGKILL 1 1 5s 5s 6s 6s", "SIGKILL of a server 1 1 7s 7s 8s 8s",
		"several at once 1 50s 50s 1m0s 1m0s",
		"3 3 several at once 0s 50s 1m0s", "6 1 black hole 0s - -",
	} {
		found := false
		for line := range strings.Lines(out.String()) {
			found = found || strings.Join(strings.Fields(line), " ") == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
