package history

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// table says what the orders of the past have left behind in a table.
type table struct {
	name    pgx.Identifier
	columns []string
	rows    func(o *order) [][]any
}

// fill writes the rows of a period's orders, table by table for a chunk of them
// at a time, so that they lie on the disk by their age.
func (f *filling) fill(ctx context.Context, database *pgxpool.Pool, p period, count int, tables ...table) error {
	for from := 0; from < count; from += chunk {
		to := min(from+chunk, count)
		for _, t := range tables {
			copied, err := database.CopyFrom(ctx, t.name, t.columns, pgx.CopyFromFunc(t.source(p, from, to)))
			if err != nil {
				return fmt.Errorf("copy into %s: %w", t.name.Sanitize(), err)
			}
			f.rows.Add(copied)
		}
		f.steps.Add(int64(to - from))
	}
	return nil
}

// source returns one row after the other, and nil at the end.
func (t table) source(p period, from, to int) func() ([]any, error) {
	var waiting [][]any
	next := from
	return func() ([]any, error) {
		for len(waiting) == 0 {
			if next == to {
				return nil, nil
			}
			o := p.order(next)
			waiting = t.rows(&o)
			next++
		}
		row := waiting[0]
		waiting = waiting[1:]
		return row, nil
	}
}
