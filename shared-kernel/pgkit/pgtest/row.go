package pgtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// WantRow fails the test unless rows, by pgkit.Rows, is one row that arrives with these
// values in the columns of the composite type. The server compares only how many columns
// there are, and their types: so no two values may be the same, but for booleans.
func WantRow(t *testing.T, pool *pgxpool.Pool, composite string, rows any, want map[string]any) {
	t.Helper()
	var got map[string]any
	if err := pool.QueryRow(t.Context(), "SELECT to_jsonb(r) FROM unnest($1::"+composite+"[]) AS r", rows).Scan(&got); err != nil {
		t.Fatalf("%s: %v", composite, err)
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d columns, want %d", composite, len(got), len(want))
	}
	seen := map[string]bool{}
	for column, value := range want {
		text := fmt.Sprint(value)
		if at, is := value.(time.Time); is {
			text = at.UTC().Format("2006-01-02T15:04:05-07:00")
		}
		if fmt.Sprint(got[column]) != text {
			t.Errorf("%s: %s is %v, want %s", composite, column, got[column], text)
		}
		if _, is := value.(bool); !is && seen[text] {
			t.Errorf("%s: two columns are %s", composite, text)
		}
		seen[text] = true
	}
}
