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
	columns, table, timeColumn string

	sort       []string // the columns that sort it, the time and the id last
	common     []any    // what all rows have in the column before those, if there is one
	keyed      bool     // few rows have what is asked for by Key
	conditions []string
	args       []any

	since, before *time.Time
	after         *position
}

// position is a row's place in the list.
type position struct {
	at time.Time
	id any
}

// NewestFirst begins a listing of the table's columns, which timeColumn and idColumn
// sort. columns contains both.
func NewestFirst(columns, table, timeColumn, idColumn string) *Listing {
	return &Listing{columns: columns, table: table, timeColumn: timeColumn, sort: []string{timeColumn, idColumn}}
}

// Equal keeps the rows whose column has the value; the zero value keeps all.
func Equal[T comparable](l *Listing, column string, value T) {
	var all T
	if value != all {
		l.conditions = append(l.conditions, fmt.Sprintf("%s = %s", column, l.arg(value)))
	}
}

// Key is Equal for a column of which few rows have the same value, so that an index on it
// finds them. It comes before Within.
func Key[T comparable](l *Listing, column string, value T) {
	Equal(l, column, value)
	var all T
	l.keyed = l.keyed || value != all
}

// Within is Equal for the owner of rows, who has few among many of others. It is called
// once. The rows are found month by month, by an index on Month, the column, the time and
// the id. No other index sorts them so: for a value that is frequent, the planner would
// otherwise go through all rows by time, expecting to meet it soon, where all that have it
// may be long ago. That is why the value is compared together with the time and the id, and
// sorted by, though it is the same in all rows. What a Key finds needs no months.
func Within[T comparable](l *Listing, column string, value T) {
	if l.keyed {
		Equal(l, column, value)
		return
	}
	var all T
	if value != all {
		l.sort = append([]string{column}, l.sort...)
		l.common = []any{value}
		l.conditions = append(l.conditions, Month(l.timeColumn)+" = months.month",
			// says the same to indexes that have no months, such as one of a rare status
			fmt.Sprintf("%s >= months.month AND %[1]s < months.month + interval '%s'", l.timeColumn, month))
	}
}

// From keeps what is not before the given time.
func (l *Listing) From(at time.Time) { l.since = stored(at) }

// Before keeps what is before the given time.
func (l *Listing) Before(at time.Time) { l.before = stored(at) }

// stored returns the first time, of those that PostgreSQL can keep, that is not
// before the given one.
func stored(at time.Time) *time.Time {
	at = at.Add(time.Microsecond - time.Nanosecond).Truncate(time.Microsecond)
	return &at
}

// After keeps what comes after the given position in the list.
func (l *Listing) After(at time.Time, id any) { l.after = &position{at, id} }

// span adds the conditions for where the list begins and ends, one for each: of
// two for its beginning, an index scan would take either, and read what lies
// between them. It returns the SQL for the times between which all rows are then.
func (l *Listing) span() (newest, oldest string) {
	newest, oldest = fmt.Sprintf("max(%s)", l.timeColumn), fmt.Sprintf("min(%s)", l.timeColumn)
	switch {
	case l.after != nil && (l.before == nil || l.after.at.Before(*l.before)):
		newest = fmt.Sprintf("least(%s, %s)", newest, l.bound("<", l.after.at, l.after.id))
	case l.before != nil:
		newest = fmt.Sprintf("least(%s, %s)", newest, l.bound("<", *l.before))
	case l.common != nil:
		l.bound("<=")
	}
	if l.since != nil {
		oldest = fmt.Sprintf("greatest(%s, %s)", oldest, l.bound(">=", *l.since))
	} else if l.common != nil {
		l.bound(">=")
	}
	return newest, oldest
}

// bound compares as many of the sorting columns as there are values, beside those
// that are the same for all rows. It returns the placeholder of the first value.
func (l *Listing) bound(operator string, values ...any) (first string) {
	var marks []string
	for _, value := range append(l.common[:len(l.common):len(l.common)], values...) {
		marks = append(marks, l.arg(value))
	}
	l.conditions = append(l.conditions,
		fmt.Sprintf("(%s) %s (%s)", strings.Join(l.sort[:len(marks)], ", "), operator, strings.Join(marks, ", ")))
	if len(values) > 0 {
		first = marks[len(l.common)]
	}
	return first
}

// arg adds an argument and returns its placeholder.
func (l *Listing) arg(value any) string {
	l.args = append(l.args, value)
	return fmt.Sprintf("$%d", len(l.args))
}

// statement returns the SQL, for which args has the arguments then.
func (l *Listing) statement(limit int) string {
	newest, oldest := l.span()
	page := fmt.Sprintf("SELECT %s FROM %s", l.columns, l.table)
	if len(l.conditions) > 0 {
		page += " WHERE " + strings.Join(l.conditions, " AND ")
	}
	most := l.arg(limit)
	page += fmt.Sprintf(" ORDER BY %s DESC LIMIT %s", strings.Join(l.sort, " DESC, "), most)
	if l.common == nil {
		return page
	}
	// The months come in order, so whole months are sorted as they come, and the next one
	// that has a row is the last that is looked at when they fill the page.
	return fmt.Sprintf("SELECT page.* FROM %s CROSS JOIN LATERAL (%s) AS page ORDER BY months.month DESC, page.%s DESC LIMIT %s",
		months(l.table, newest, oldest), page, strings.Join(l.sort[len(l.common):], " DESC, page."), most)
}

// planForValues has the statement that follows in the batch, and so in the
// transaction, planned for its values: which index fits a listing, in particular a
// partial one, depends on them.
const planForValues = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true)`

// List reads at most limit rows, each into a Row by position, and returns what
// toDomain makes of them. Outages are errs.Unavailable.
func List[Row, T any](ctx context.Context, pool *pgxpool.Pool, l *Listing, limit int, toDomain func(Row) (T, error)) ([]T, error) {
	var found []T
	sql := l.statement(limit)
	statements := &pgx.Batch{}
	statements.Queue(planForValues)
	statements.Queue(sql, l.args...).Query(func(rows pgx.Rows) (err error) {
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
			r, err := pgx.RowToStructByPos[Row](row)
			if err != nil {
				var none T
				return none, err
			}
			return toDomain(r)
		})
		return err
	})
	if err := pool.SendBatch(ctx, statements).Close(); err != nil {
		return nil, Translate(fmt.Errorf("list: %w", err))
	}
	return found, nil
}
