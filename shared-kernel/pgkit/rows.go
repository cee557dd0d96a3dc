package pgkit

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Rows is for a parameter that is an array of a composite type: FROM unnest($1::new_order[]).
// The migrations create the type, and write writes a value for each of its columns, in
// their order. The server takes such a batch apart several times faster than an array
// for each column (docs/decisions/0026-a-batch-is-an-array-of-rows.md). The rows are
// written when the statement is sent, and must not change until then.
//
// A type is what a version of the service sends, and an older one may run beside it:
// no type is ever altered. Another one takes its place.
func Rows[R any](rows []R, write func(R, *Row)) any {
	return batch[R]{rows, write}
}

type batch[R any] struct {
	rows  []R
	write func(R, *Row)
}

// encodable is a batch of whatever rows.
type encodable interface {
	appendArray(buf []byte, element uint32) []byte
}

// appendArray appends each row: its length, the number of its columns, and each column's
// type and value.
func (b batch[R]) appendArray(buf []byte, element uint32) []byte {
	row := Row{buf: appendArrayHead(buf, element, len(b.rows))}
	for i, r := range b.rows {
		start := len(row.buf) + 4
		row.buf, row.columns = appendInts(row.buf, 0, 0), 0
		b.write(r, &row)
		length := len(row.buf) - start
		binary.BigEndian.PutUint32(row.buf[start-4:], uint32(length))
		binary.BigEndian.PutUint32(row.buf[start:], row.columns)
		if i == 0 { // the others are about as long, if it isn't unusual
			row.buf = slices.Grow(row.buf, (len(b.rows)-1)*min(4+length, usualRow))
		}
	}
	return row.buf
}

// usualRow is how many bytes are reserved for a row, at most.
const usualRow = 1024

// Row is a row that is being written.
type Row struct {
	buf     []byte
	columns uint32 // so far
}

// Text writes a column of type text.
func (r *Row) Text(value string) { r.buf = appendText(r.next(pgtype.TextOID), value) }

// TextOrNull writes a column of type text.
func (r *Row) TextOrNull(value *string) { r.buf = orNull(appendText)(r.next(pgtype.TextOID), value) }

// UUID writes a column of type uuid.
func (r *Row) UUID(value uuid.UUID) { r.buf = appendUUID(r.next(pgtype.UUIDOID), value) }

// Int writes a column of type bigint.
func (r *Row) Int(value int64) { r.buf = appendInt(r.next(pgtype.Int8OID), value) }

// IntOrNull writes a column of type bigint.
func (r *Row) IntOrNull(value *int64) { r.buf = orNull(appendInt)(r.next(pgtype.Int8OID), value) }

// Bool writes a column of type boolean.
func (r *Row) Bool(value bool) { r.buf = appendBool(r.next(pgtype.BoolOID), value) }

// Time writes a column of type timestamptz.
func (r *Row) Time(value time.Time) { r.buf = appendTime(r.next(pgtype.TimestamptzOID), value) }

// TimeOrNull writes a column of type timestamptz.
func (r *Row) TimeOrNull(value *time.Time) {
	r.buf = orNull(appendTime)(r.next(pgtype.TimestamptzOID), value)
}

// Bytes writes a column of type bytea; nil is NULL.
func (r *Row) Bytes(value []byte) { r.buf = appendBytes(r.next(pgtype.ByteaOID), value) }

func (r *Row) next(column uint32) []byte {
	r.columns++
	return appendInts(r.buf, column)
}

const selectRowTypes = `
SELECT t.oid, t.typarray, t.typname
FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid
WHERE c.relkind = 'c'`

// registerRows makes a connection know the composite types that the database has. The
// look takes one round trip, since nothing is prepared for it.
func registerRows(ctx context.Context, conn *pgx.Conn) error {
	found, _ := conn.Query(ctx, selectRowTypes, pgx.QueryExecModeExec) // its error is also that of found
	var element, array uint32
	var name string
	_, err := pgx.ForEachRow(found, []any{&element, &array, &name}, func() error {
		registerRow(conn.TypeMap(), name, element, array)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up the types of rows: %w", err)
	}
	return nil
}

func registerRow(types *pgtype.Map, name string, element, array uint32) {
	types.RegisterType(&pgtype.Type{Name: name + "[]", OID: array, Codec: rowsCodec{element: element}})
}

// rowsCodec takes a batch. Nobody reads such an array.
type rowsCodec struct {
	pgtype.ByteaCodec
	element uint32 // the composite type's OID
}

// PlanEncode implements pgtype.Codec.
func (c rowsCodec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if _, is := value.(encodable); is && format == pgtype.BinaryFormatCode {
		return c
	}
	return nil
}

// Encode implements pgtype.EncodePlan.
func (c rowsCodec) Encode(value any, buf []byte) ([]byte, error) {
	return value.(encodable).appendArray(buf, c.element), nil
}
