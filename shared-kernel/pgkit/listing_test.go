package pgkit

import (
	"fmt"
	"testing"
	"time"
)

func TestListingAsksOnlyForWhatIsWanted(t *testing.T) {
	month := func(at string) string { return "date_bin('720 hours', " + at + ", 'epoch')" }
	inMonth := month("at") + " = months.month AND at >= months.month AND at < months.month + interval '720 hours'"
	at := func(nanoseconds int) time.Time { return time.Date(2026, 1, 2, 3, 4, 5, nanoseconds, time.UTC) }
	for name, c := range map[string]struct {
		ask  func(*Listing)
		want string
		args []any
	}{
		"everything": {
			func(l *Listing) { Equal(l, "status", ""); Within(l, "customer", "") },
			"SELECT size FROM things ORDER BY at DESC, id DESC LIMIT $1", []any{7},
		},
		"equal": {
			func(l *Listing) { Equal(l, "status", "new"); Equal(l, "size", 3) },
			"SELECT size FROM things WHERE status = $1 AND size = $2 ORDER BY at DESC, id DESC LIMIT $3", []any{"new", 3, 7},
		},
		"a span of time": {
			func(l *Listing) { l.From(at(1000)); l.Before(at(2000)) },
			"SELECT size FROM things WHERE (at) < ($1) AND (at) >= ($2) ORDER BY at DESC, id DESC LIMIT $3", []any{at(2000), at(1000), 7},
		},
		"bounds between microseconds": {
			func(l *Listing) { l.From(at(1001)); l.Before(at(2999)) },
			"SELECT size FROM things WHERE (at) < ($1) AND (at) >= ($2) ORDER BY at DESC, id DESC LIMIT $3", []any{at(3000), at(2000), 7},
		},
		"after a place": {
			func(l *Listing) { l.After(at(5000), 8) },
			"SELECT size FROM things WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3", []any{at(5000), 8, 7},
		},
		"after a place within the span": {
			func(l *Listing) { l.After(at(5000), 8); l.Before(at(6000)) },
			"SELECT size FROM things WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3", []any{at(5000), 8, 7},
		},
		"after a place at the span's end": {
			func(l *Listing) { l.Before(at(5000)); l.After(at(5000), 8) },
			"SELECT size FROM things WHERE (at) < ($1) ORDER BY at DESC, id DESC LIMIT $2", []any{at(5000), 7},
		},
		"within": {
			func(l *Listing) { Key(l, "order", 0); Within(l, "customer", "c") },
			"SELECT page.* FROM " +
				"(SELECT generate_series(" + month("max(at)") + ", " + month("min(at)") + ", '-720 hours') AS month FROM things ORDER BY month DESC) AS months " +
				"CROSS JOIN LATERAL (SELECT size FROM things WHERE " + inMonth + " AND (customer) <= ($1) AND (customer) >= ($2) " +
				"ORDER BY customer DESC, at DESC, id DESC LIMIT $3) AS page " +
				"ORDER BY months.month DESC, page.at DESC, page.id DESC LIMIT $3", []any{"c", "c", 7},
		},
		"within, of a status, in a span, after a place": {
			func(l *Listing) {
				Within(l, "customer", "c")
				Equal(l, "status", "new")
				l.From(at(1000))
				l.After(at(5000), 8)
			},
			"SELECT page.* FROM " +
				"(SELECT generate_series(" + month("least(max(at), $3)") + ", " + month("greatest(min(at), $6)") + ", '-720 hours') AS month FROM things ORDER BY month DESC) AS months " +
				"CROSS JOIN LATERAL (SELECT size FROM things WHERE " + inMonth + " AND status = $1 " +
				"AND (customer, at, id) < ($2, $3, $4) AND (customer, at) >= ($5, $6) " +
				"ORDER BY customer DESC, at DESC, id DESC LIMIT $7) AS page " +
				"ORDER BY months.month DESC, page.at DESC, page.id DESC LIMIT $7", []any{"new", "c", at(5000), 8, "c", at(1000), 7},
		},
		"within, what a key finds": {
			func(l *Listing) { Key(l, "order", 3); Within(l, "customer", "c") },
			"SELECT size FROM things WHERE order = $1 AND customer = $2 ORDER BY at DESC, id DESC LIMIT $3", []any{3, "c", 7},
		},
		"within, what the first of two keys finds": {
			func(l *Listing) { Key(l, "order", 3); Key(l, "payment", 0); Within(l, "customer", "c") },
			"SELECT size FROM things WHERE order = $1 AND customer = $2 ORDER BY at DESC, id DESC LIMIT $3", []any{3, "c", 7},
		},
		"within, before a time": {
			func(l *Listing) { Within(l, "customer", "c"); l.Before(at(2000)) },
			"SELECT page.* FROM " +
				"(SELECT generate_series(" + month("least(max(at), $2)") + ", " + month("min(at)") + ", '-720 hours') AS month FROM things ORDER BY month DESC) AS months " +
				"CROSS JOIN LATERAL (SELECT size FROM things WHERE " + inMonth + " " +
				"AND (customer, at) < ($1, $2) AND (customer) >= ($3) " +
				"ORDER BY customer DESC, at DESC, id DESC LIMIT $4) AS page " +
				"ORDER BY months.month DESC, page.at DESC, page.id DESC LIMIT $4", []any{"c", at(2000), "c", 7},
		},
		"within, before a time and after an earlier place": {
			func(l *Listing) { Within(l, "customer", "c"); l.Before(at(6000)); l.After(at(5000), 8) },
			"SELECT page.* FROM " +
				"(SELECT generate_series(" + month("least(max(at), $2)") + ", " + month("min(at)") + ", '-720 hours') AS month FROM things ORDER BY month DESC) AS months " +
				"CROSS JOIN LATERAL (SELECT size FROM things WHERE " + inMonth + " " +
				"AND (customer, at, id) < ($1, $2, $3) AND (customer) >= ($4) " +
				"ORDER BY customer DESC, at DESC, id DESC LIMIT $5) AS page " +
				"ORDER BY months.month DESC, page.at DESC, page.id DESC LIMIT $5", []any{"c", at(5000), 8, "c", 7},
		},
	} {
		l := NewestFirst("size", "things", "at", "id")
		c.ask(l)
		if got := l.statement(7); got != c.want || fmt.Sprint(l.args) != fmt.Sprint(c.args) {
			t.Errorf("%s: %s with %v, want %s with %v", name, got, l.args, c.want, c.args)
		}
	}
}
