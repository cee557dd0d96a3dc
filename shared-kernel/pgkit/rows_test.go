package pgkit_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

var samples = fstest.MapFS{"00001_samples.sql": {Data: []byte(`-- +goose Up
CREATE TYPE sample AS (
    name text, note text, id uuid, n bigint, maybe_n bigint, given boolean, at timestamptz, maybe_at timestamptz, body bytea
);
-- +goose Down
DROP TYPE sample;
`)}}

// sample has a column of each type.
type sample struct {
	Name    string
	Note    *string
	ID      uuid.UUID
	N       int64
	MaybeN  *int64
	Is      bool
	At      time.Time
	MaybeAt *time.Time
	Body    []byte
}

func (s sample) write(to *pgkit.Row) {
	to.Text(s.Name)
	to.TextOrNull(s.Note)
	to.UUID(s.ID)
	to.Int(s.N)
	to.IntOrNull(s.MaybeN)
	to.Bool(s.Is)
	to.Time(s.At)
	to.TimeOrNull(s.MaybeAt)
	to.Bytes(s.Body)
}

func TestRowsArriveAsTheyAre(t *testing.T) {
	pool := pgtest.New(t, samples)
	note, n, at := "a,b(\"\\{}NULL", int64(-1), time.Date(1999, 12, 31, 23, 59, 59, 123456000, time.UTC)
	for name, want := range map[string][]sample{
		"none": {},
		"one":  {{Name: "übung", Note: &note, ID: uuid.New(), N: 1 << 62, MaybeN: &n, Is: true, At: at, MaybeAt: &at, Body: []byte{0, 255}}},
		"some": {
			{Name: "", At: at, Body: []byte{}},
			{Name: "without", At: at.AddDate(50, 0, 0)},
			{Name: strings.Repeat("long", 1<<14), Note: new(string), MaybeN: new(int64), At: at},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := pool.Query(t.Context(), "SELECT * FROM unnest($1::sample[])", pgkit.Rows(want, sample.write))
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (sample, error) {
				s, err := pgx.RowToStructByPos[sample](row)
				s.At = s.At.UTC()
				if s.MaybeAt != nil {
					*s.MaybeAt = s.MaybeAt.UTC()
				}
				return s, err
			})
			if err != nil || len(got) != len(want) {
				t.Fatalf("got %d rows, %v, want %d", len(got), err, len(want))
			}
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Errorf("row %d is %+v\nwant %+v", i, got[i], want[i])
				}
			}
		})
	}
}

func TestRowsThatAreNotOfTheTypeAreRefused(t *testing.T) {
	pool := pgtest.New(t, samples)
	for name, tc := range map[string]struct {
		rows any
		want string
	}{
		"too few columns": {pgkit.Rows([]sample{{}}, func(s sample, to *pgkit.Row) { to.Text(s.Name) }), "wrong number of columns: 1, expected 9"},
		"another type": {pgkit.Rows([]sample{{}}, func(s sample, to *pgkit.Row) {
			to.UUID(s.ID)
			to.TextOrNull(s.Note)
			to.Text(s.Name)
			to.Int(s.N)
			to.IntOrNull(s.MaybeN)
			to.Bool(s.Is)
			to.Time(s.At)
			to.TimeOrNull(s.MaybeAt)
			to.Bytes(s.Body)
		}), "has type 2950 (uuid) instead of expected 25 (text) in record column 1"},
		"no rows": {[]string{"a"}, "unable to encode"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pool.Exec(t.Context(), "SELECT FROM unnest($1::sample[])", tc.rows)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
}

// A server that falls silent before it has said which types there are costs the pool no
// connection for good.
func TestServerThatSaysNothingOfItsTypes(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	logins := make(chan struct{}, 16)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			go func() {
				if logIn(conn) == nil {
					logins <- struct{}{}
				}
			}()
		}
	}()
	pool := pgtest.Open(t, "postgres://user@"+listener.Addr().String()+"/database?sslmode=disable&pool_max_conns=1")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := pgkit.Ping(ctx, pool); err == nil {
		t.Error("it answered")
	}
	go func() { _ = pgkit.Ping(t.Context(), pool) }() // it has to wait for the only connection's end
	for range 2 {
		select {
		case <-logins:
		case <-time.After(10 * time.Second):
			t.Fatal("the pool keeps a connection that is of no use")
		}
	}
}

// logIn lets a client in, who is answered nothing more.
func logIn(conn net.Conn) error {
	backend := pgproto3.NewBackend(conn, conn)
	message, err := backend.ReceiveStartupMessage()
	if err != nil {
		return err
	}
	if _, is := message.(*pgproto3.StartupMessage); !is { // but a request to cancel what another one does
		return errors.ErrUnsupported
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return backend.Flush()
}
