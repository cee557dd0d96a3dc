package faults

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTimeoutsNeedAReason(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(1000+int64(seconds), 0) }
	expired := func(seconds int) order {
		return changed(func(o *order) { o.Status, o.CancellationReason, o.CreatedAt = cancelled, timedOut, at(seconds) })
	}
	starved := []starvation{{from: at(100), to: at(150), timeout: 20 * time.Second}}
	for name, c := range map[string]struct {
		orders  []order
		starved []starvation
		want    []string // parts of the problems
	}{
		"none, and no reason":         {[]order{bought}, nil, nil},
		"without a reason":            {[]order{expired(120)}, nil, []string{"nothing kept it"}},
		"during the starvation":       {[]order{expired(120)}, starved, nil},
		"placed before it":            {[]order{expired(80)}, starved, nil},
		"placed at its end":           {[]order{expired(150)}, starved, nil},
		"over before it":              {[]order{expired(120), expired(79)}, starved, []string{"nothing kept it"}},
		"placed after it":             {[]order{expired(120), expired(151)}, starved, []string{"nothing kept it"}},
		"none in spite of a reason":   {[]order{bought}, starved, []string{"no order timed out"}},
		"only others, at other times": {[]order{expired(200)}, starved, []string{"nothing kept it", "no order timed out"}},
	} {
		problems := checkTimeouts(c.orders, c.starved)
		if !slices.EqualFunc(problems, c.want, strings.Contains) {
			t.Errorf("%s: %q", name, problems)
		}
	}
}

func TestOnlyRoundsThatStarveExplainTimeouts(t *testing.T) {
	began := time.Unix(1000, 0)
	r := Report{Rounds: []RoundResult{
		{Round: Round{SagaTimeout: 1}, Began: began, Lasted: time.Second},
		{Round: Round{SagaTimeout: 2, TimesOut: true}, Began: began, Lasted: time.Minute},
		{Round: Round{SagaTimeout: 3, TimesOut: true}}, // never begun
	}}
	if got, want := r.starvations(), []starvation{{began, began.Add(time.Minute), 2}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
