package faults

import (
	"slices"
	"strings"
	"testing"

	"orders.internal/shared-kernel/money"
)

var (
	buying    = intent{name: "buy", ends: []string{completed}}
	groceries = placement{CustomerID: "c", Items: []item{{"faults-001", 2}}, TotalAmount: money.Amount(500)}
	bought    = order{ID: "o", CustomerID: "c", Items: groceries.Items, TotalAmount: 500, Status: completed}
)

func bookWith(entries ...entry) *book {
	b := newBook()
	for _, e := range entries {
		e.intent, e.placement = buying, groceries
		b.write(e)
	}
	return b
}

// changed is bought with a change.
func changed(change func(*order)) order {
	o := bought
	change(&o)
	return o
}

func TestCompareFindsBrokenPromises(t *testing.T) {
	for name, c := range map[string]struct {
		entry  entry
		orders []order
		want   string // part of the problem
	}{
		"lost":            {entry{outcome: accepted, id: "o"}, nil, "is gone"},
		"another order":   {entry{outcome: accepted, id: "p"}, []order{bought}, "is gone"},
		"doubled":         {entry{outcome: unknown}, []order{bought, changed(func(o *order) { o.ID = "p" })}, "has two orders"},
		"never sent":      {entry{outcome: unsent}, []order{bought}, "was never sent"},
		"not his":         {entry{outcome: accepted, id: "o"}, []order{bought, changed(func(o *order) { o.CustomerID = "d" })}, "nobody placed"},
		"cheaper":         {entry{outcome: accepted, id: "o"}, []order{changed(func(o *order) { o.TotalAmount = 1 })}, "not what was ordered"},
		"wrong end":       {entry{outcome: unknown}, []order{changed(func(o *order) { o.Status, o.CancellationReason = cancelled, outOfStock })}, "ended as"},
		"timed out":       {entry{outcome: accepted, id: "o"}, []order{changed(func(o *order) { o.Status, o.CancellationReason = cancelled, timedOut })}, "nothing kept it"},
		"pending":         {entry{outcome: refused}, []order{changed(func(o *order) { o.Status = pending })}, "has not ended"},
		"promised cancel": {entry{outcome: accepted, id: "o", promised: cancelled}, []order{bought}, "was told"},
	} {
		_, problems := compare(c.orders, bookWith(c.entry), nil)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%s: problems are %q", name, problems)
		}
	}
}

func TestCompareAllowsWhatNobodyWasPromised(t *testing.T) {
	for name, c := range map[string]struct {
		entry  entry
		orders []order
	}{
		"accepted":                {entry{outcome: accepted, id: "o"}, []order{bought}},
		"cancelled too late":      {entry{outcome: accepted, id: "o", promised: completed}, []order{bought}},
		"unanswered, there":       {entry{outcome: unknown}, []order{bought}},
		"unanswered, not there":   {entry{outcome: unknown}, nil},
		"refused, there":          {entry{outcome: refused}, []order{bought}},
		"refused, not there":      {entry{outcome: refused}, nil},
		"no connection, no order": {entry{outcome: unsent}, nil},
	} {
		if counts, problems := compare(c.orders, bookWith(c.entry), nil); len(problems) > 0 {
			t.Errorf("%s: %q", name, problems)
		} else if stray := c.entry.outcome != accepted && len(c.orders) > 0; (counts.Stray == 1) != stray {
			t.Errorf("%s: counted %+v", name, counts)
		}
	}
}
