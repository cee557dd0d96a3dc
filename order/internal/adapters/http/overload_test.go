package http

import (
	"testing"
	"time"

	"orders.internal/order/internal/application"
)

// overloaded returns a pace that takes no order any more.
func overloaded() *application.Pace {
	at := now
	pace := application.NewPace(time.Second, func() time.Time { return at }, func(bool) {})
	for range 3 { // seconds
		pace.Ended(time.Minute)
		at = at.Add(time.Second)
	}
	return pace
}

// What is to be refused is not read, unless it may have been taken before.
func TestOverloadRefusesOrdersUnread(t *testing.T) {
	keys := func(values ...string) []string { return values }
	for name, c := range map[string]struct {
		pace *application.Pace
		body string
		keys []string
		want int
	}{
		"an order":                 {overloaded(), good, nil, 503},
		"what is none":             {overloaded(), "{", nil, 503},
		"a bad key":                {overloaded(), good, keys("a key"), 400},
		"what is none, with a key": {overloaded(), "{", keys("k-1"), 400},
		"one that was taken":       {overloaded(), good, keys("k-1"), 201},
		"before, an order":         {nil, good, nil, 201},
		"before, what is none":     {nil, "{", nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			app, before := setup(t)
			placeUnder(t, app, good, "k-1")
			app, _ = setup(t, func(s *store) { s.orders, s.keys, s.pace = before.orders, before.keys, c.pace })
			answer, content := placeUnder(t, app, c.body, c.keys...)
			if answer.StatusCode != c.want || (answer.Header.Get("Retry-After") != "") != (c.want == 503) {
				t.Errorf("%d %s, Retry-After %q; want %d", answer.StatusCode, content, answer.Header.Get("Retry-After"), c.want)
			}
		})
	}
}
