package pgkit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestValuesAreWrittenAsByPgx(t *testing.T) {
	t.Parallel()
	text, n, id := "übung", int64(1<<62), uuid.New()
	at, early := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC), time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 3600))
	for i, tc := range []struct {
		oid   uint32
		value any
		write func(*Row)
	}{
		{pgtype.TextOID, "", func(r *Row) { r.Text("") }},
		{pgtype.TextOID, "a,b{\"\\", func(r *Row) { r.Text("a,b{\"\\") }},
		{pgtype.TextOID, &text, func(r *Row) { r.TextOrNull(&text) }},
		{pgtype.TextOID, new(string), func(r *Row) { r.TextOrNull(new(string)) }},
		{pgtype.TextOID, (*string)(nil), func(r *Row) { r.TextOrNull(nil) }},
		{pgtype.UUIDOID, id, func(r *Row) { r.UUID(id) }},
		{pgtype.UUIDOID, uuid.UUID{}, func(r *Row) { r.UUID(uuid.UUID{}) }},
		{pgtype.TimestamptzOID, at, func(r *Row) { r.Time(at) }},
		{pgtype.TimestamptzOID, early, func(r *Row) { r.Time(early) }},
		{pgtype.TimestamptzOID, time.Unix(0, 0), func(r *Row) { r.Time(time.Unix(0, 0)) }},
		{pgtype.TimestamptzOID, &at, func(r *Row) { r.TimeOrNull(&at) }},
		{pgtype.TimestamptzOID, (*time.Time)(nil), func(r *Row) { r.TimeOrNull(nil) }},
		{pgtype.Int8OID, int64(0), func(r *Row) { r.Int(0) }},
		{pgtype.Int8OID, int64(-2), func(r *Row) { r.Int(-2) }},
		{pgtype.Int8OID, n, func(r *Row) { r.Int(n) }},
		{pgtype.Int8OID, new(int64), func(r *Row) { r.IntOrNull(new(int64)) }},
		{pgtype.Int8OID, (*int64)(nil), func(r *Row) { r.IntOrNull(nil) }},
		{pgtype.BoolOID, true, func(r *Row) { r.Bool(true) }},
		{pgtype.BoolOID, false, func(r *Row) { r.Bool(false) }},
		{pgtype.ByteaOID, []byte{0, 255}, func(r *Row) { r.Bytes([]byte{0, 255}) }},
		{pgtype.ByteaOID, []byte{}, func(r *Row) { r.Bytes([]byte{}) }},
		{pgtype.ByteaOID, []byte(nil), func(r *Row) { r.Bytes(nil) }},
	} {
		t.Run(fmt.Sprintf("%d, %T", i, tc.value), func(t *testing.T) {
			value, err := pgtype.NewMap().Encode(tc.oid, pgtype.BinaryFormatCode, tc.value, []byte{})
			if err != nil {
				t.Fatal(err)
			}
			length := uint32(null)
			if value != nil {
				length = uint32(len(value))
			}
			want := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, tc.oid), length), value...)
			var row Row
			if tc.write(&row); !bytes.Equal(row.buf, want) || row.columns != 1 {
				t.Errorf("got %x of %d columns\nwant %x", row.buf, row.columns, want)
			}
		})
	}
}
