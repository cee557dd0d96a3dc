package damage

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, service string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), system.DatabaseURL(service))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// execute runs a statement, also when the test is over.
func execute(t *testing.T, conn *pgx.Conn, sql string, args ...any) (rows int64) {
	t.Helper()
	done, err := conn.Exec(context.WithoutCancel(t.Context()), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return done.RowsAffected()
}

// remove deletes the one row of a table that meets the condition, and returns
// the function that puts it back.
func remove(t *testing.T, service, table, condition string, args ...any) (restore func()) {
	t.Helper()
	conn := connect(t, service)
	var row string
	err := conn.QueryRow(t.Context(), fmt.Sprintf(`DELETE FROM %s AS t WHERE %s RETURNING to_jsonb(t)::text`, table, condition), args...).Scan(&row)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		execute(t, conn, fmt.Sprintf(`INSERT INTO %s SELECT * FROM jsonb_populate_record(NULL::%s, $1::jsonb)`, table, table), row)
	}
}
