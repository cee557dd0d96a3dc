package porttest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
)

// someDays is less than a month, by which a customer's rows are looked for.
const someDays = 20 * 24 * time.Hour

func listFiltersTimeAndReason(t *testing.T, s Store) {
	at := func(steps int) *time.Time {
		moment := Now.Add(time.Duration(steps) * someDays)
		return &moment
	}
	var placed []domain.OrderID
	for i, reason := range []domain.CancellationReason{"", domain.TimedOut, domain.PaymentFailed, domain.TimedOut, ""} {
		placed = append(placed, s.add(t, NewOrder(t, "c", *at(i))))
		if reason == "" {
			continue
		}
		err := s.Update(t.Context(), placed[i], func(o *domain.Order) error {
			o.Cancel(reason, "", Now)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	between := func(at time.Time, d time.Duration) *time.Time {
		moment := at.Add(d)
		return &moment
	}
	for name, c := range map[string]struct {
		application.Filter
		want []int // newest first
	}{
		"from a time on":             {application.Filter{CreatedFrom: at(2)}, []int{4, 3, 2}},
		"before a time":              {application.Filter{CreatedBefore: at(2)}, []int{1, 0}},
		"a span of time":             {application.Filter{CreatedFrom: at(1), CreatedBefore: at(3)}, []int{2, 1}},
		"just after an order":        {application.Filter{CreatedFrom: between(*at(3), time.Nanosecond)}, []int{4}},
		"until just after an order":  {application.Filter{CreatedBefore: between(*at(1), time.Nanosecond)}, []int{1, 0}},
		"no time at all":             {application.Filter{CreatedFrom: at(2), CreatedBefore: at(2)}, nil},
		"before time began":          {application.Filter{CreatedBefore: &time.Time{}}, nil},
		"a reason":                   {application.Filter{Reason: domain.TimedOut}, []int{3, 1}},
		"a reason with its status":   {application.Filter{Reason: domain.TimedOut, Status: domain.Cancelled}, []int{3, 1}},
		"a reason in a span of time": {application.Filter{Reason: domain.TimedOut, CreatedFrom: at(2), CreatedBefore: at(9)}, []int{3}},
		"another status":             {application.Filter{Reason: domain.TimedOut, Status: domain.Completed}, nil},
		"a status in a span of time": {application.Filter{Status: domain.Pending, CreatedBefore: at(4)}, []int{0}},
		"after a later place":        {application.Filter{CreatedBefore: at(2), After: &application.Position{CreatedAt: *at(4), ID: placed[4]}}, []int{1, 0}},
		"after an earlier place":     {application.Filter{CreatedBefore: at(4), After: &application.Position{CreatedAt: *at(2), ID: placed[2]}}, []int{1, 0}},
		"after a place at the bound": {application.Filter{CreatedBefore: at(2), After: &application.Position{CreatedAt: *at(2), ID: placed[2]}}, []int{1, 0}},
		"fewer than there are":       {application.Filter{Limit: 3}, []int{4, 3, 2}},
	} {
		for customer, want := range map[string][]int{"": c.want, "c": c.want, "d": nil} {
			filter := c.Filter
			filter.CustomerID, filter.Limit = customer, cmp.Or(c.Limit, 10)
			found, err := s.List(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, o := range found {
				got = append(got, slices.Index(placed, o.ID()))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, of customer %q: listed %v, want %v", name, customer, got, want)
			}
		}
	}
}

// While somebody pages through a list, orders are added before, at and after the
// place where he is. He sees what was there each once.
func pagesAreStable(t *testing.T, s Store) {
	there := map[domain.OrderID]int{}
	for i := range 9 {
		there[s.add(t, NewOrder(t, "c", Now.Add(time.Duration(i/3)*someDays)))] = 0 // three at a time
	}
	filter, last := application.Filter{CustomerID: "c", Limit: 2}, domain.Snapshot{CreatedAt: Now.Add(time.Hour + 3*someDays)}
	for {
		page, err := s.List(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			got := o.Snapshot()
			if comparePlace(got, last) >= 0 {
				t.Errorf("%s comes after %s", got.ID, last.ID)
			}
			if _, old := there[got.ID]; old {
				there[got.ID]++
			}
			last = got
		}
		filter.After = &application.Position{CreatedAt: last.CreatedAt, ID: last.ID}
		if last.CreatedAt.Before(Now) {
			continue // enough were added
		}
		for _, at := range []time.Time{last.CreatedAt.Add(time.Second), last.CreatedAt, last.CreatedAt.Add(-time.Second)} {
			s.add(t, NewOrder(t, "c", at))
		}
	}
	for id, times := range there {
		if times != 1 {
			t.Errorf("%s was listed %d times", id, times)
		}
	}
}
