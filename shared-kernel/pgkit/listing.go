package pgkit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Listing is the statement of a list that is read page by page, newest first
// and by id among equal times (keyset pagination). It has a condition only for
// what is asked, so that each combination can use the index that fits it.
type Listing struct {
	from       string // SELECT ... FROM ...
	time, id   string // the columns that sort it
	conditions []string
	args       []any
	before     *time.Time
	after      *position
}

// position is a row's place in the list.
type position struct {
	at time.Time
	id any
}

// NewestFirst begins a listing: from is its SELECT and FROM, timeColumn and
// idColumn sort it.
func NewestFirst(from, timeColumn, idColumn string) *Listing {
	return &Listing{from: from, time: timeColumn, id: idColumn}
}

// Equal keeps the rows whose column has the value; the zero value keeps all.
func Equal[T comparable](l *Listing, column string, value T) {
	var all T
	if value != all {
		l.conditions = append(l.conditions, fmt.Sprintf("%s = %s", column, l.arg(value)))
	}
}

// From keeps what is not before the given time.
func (l *Listing) From(at time.Time) {
	l.conditions = append(l.conditions, fmt.Sprintf("%s >= %s", l.time, l.arg(stored(at))))
}

// Before keeps what is before the given time.
func (l *Listing) Before(at time.Time) {
	at = stored(at)
	l.before = &at
}

// After keeps what comes after the given position in the list.
func (l *Listing) After(at time.Time, id any) { l.after = &position{at, id} }

// stored returns the first time, of those that PostgreSQL can keep, that is not
// before the given one.
func stored(at time.Time) time.Time {
	return at.Add(time.Microsecond - time.Nanosecond).Truncate(time.Microsecond)
}

// begin adds the condition where the list begins. There is only one: of two, an
// index scan begins at either, and could read all that lies between them.
func (l *Listing) begin() {
	switch {
	case l.after != nil && (l.before == nil || l.after.at.Before(*l.before)):
		l.conditions = append(l.conditions, fmt.Sprintf("(%s, %s) < (%s, %s)", l.time, l.id, l.arg(l.after.at), l.arg(l.after.id)))
	case l.before != nil:
		l.conditions = append(l.conditions, fmt.Sprintf("%s < %s", l.time, l.arg(*l.before)))
	}
}

// arg adds an argument and returns its placeholder.
func (l *Listing) arg(value any) string {
	l.args = append(l.args, value)
	return fmt.Sprintf("$%d", len(l.args))
}

func (l *Listing) statement(limit int) string {
	l.begin()
	sql := l.from
	if len(l.conditions) > 0 {
		sql += " WHERE " + strings.Join(l.conditions, " AND ")
	}
	return sql + fmt.Sprintf(" ORDER BY %s DESC, %s DESC LIMIT %s", l.time, l.id, l.arg(limit))
}

// List reads at most limit rows, each into a Row by position, and returns what
// toDomain makes of them. Outages are errs.Unavailable.
func List[Row, T any](ctx context.Context, pool *pgxpool.Pool, l *Listing, limit int, toDomain func(Row) (T, error)) ([]T, error) {
	sql := l.statement(limit)
	rows, err := pool.Query(ctx, sql, l.args...)
	if err != nil {
		return nil, Translate(fmt.Errorf("list: %w", err))
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		r, err := pgx.RowToStructByPos[Row](row)
		if err != nil {
			var none T
			return none, err
		}
		return toDomain(r)
	})
	if err != nil {
		return nil, Translate(fmt.Errorf("list: %w", err))
	}
	return found, nil
}
