package pgkit

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestColumnsAreWrittenAsByPgx(t *testing.T) {
	t.Parallel()
	text, early := "übung", time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 3600))
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	for _, tc := range []struct {
		oid   uint32
		value any
	}{
		{pgtype.TextArrayOID, []string{"", text, "a,b{\"\\"}},
		{pgtype.TextArrayOID, []string{}},
		{pgtype.TextArrayOID, []string(nil)},
		{pgtype.TextArrayOID, []*string{&text, nil, new(string)}},
		{pgtype.TextArrayOID, []*string{&text}},
		{pgtype.UUIDArrayOID, []uuid.UUID{uuid.New(), {}}},
		{pgtype.UUIDArrayOID, []uuid.UUID(nil)},
		{pgtype.TimestamptzArrayOID, []time.Time{at, early, time.Unix(0, 0)}},
		{pgtype.TimestamptzArrayOID, []*time.Time{nil, &at}},
		{pgtype.Int8ArrayOID, []int64{0, -1, 1 << 62}},
		{pgtype.Int8ArrayOID, []*int64{new(int64), nil}},
		{pgtype.Int8ArrayOID, []int{1, -2}},
		{pgtype.Int8ArrayOID, []*int{nil, new(int)}},
		{pgtype.BoolArrayOID, []bool{true, false}},
		{pgtype.ByteaArrayOID, [][]byte{{0, 255}, {}, nil}},
		// Left to pgx:
		{pgtype.TextArrayOID, []any{"a", nil}},
		{pgtype.VarcharArrayOID, []string{"a"}},
		{pgtype.Int4ArrayOID, []int{1}},
	} {
		t.Run(fmt.Sprintf("%d %T", tc.oid, tc.value), func(t *testing.T) {
			ours := pgtype.NewMap()
			registerColumns(ours)
			want, err := pgtype.NewMap().Encode(tc.oid, pgtype.BinaryFormatCode, tc.value, []byte("before"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := ours.Encode(tc.oid, pgtype.BinaryFormatCode, tc.value, []byte("before"))
			if err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("got %x, %v\nwant %x", got, err, want)
			}
		})
	}
}

// What isn't binary, and what is read, is pgx's as before.
func TestColumnsInTextAndScansArePgx(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	registerColumns(types)
	text, err := types.Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, []string{"a", "b c"}, nil)
	if err != nil || string(text) != `{a,"b c"}` {
		t.Errorf("%s, %v", text, err)
	}
	want, got := []string{"a", "b c"}, []string(nil)
	binary, err := types.Encode(pgtype.TextArrayOID, pgtype.BinaryFormatCode, want, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := types.Scan(pgtype.TextArrayOID, pgtype.BinaryFormatCode, binary, &got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func BenchmarkColumn(b *testing.B) {
	ids, texts, times := make([]uuid.UUID, 64), make([]string, 64), make([]time.Time, 64)
	for i := range ids {
		ids[i], texts[i], times[i] = uuid.New(), "OrderConfirmed", time.Now()
	}
	ours := pgtype.NewMap()
	registerColumns(ours)
	for name, types := range map[string]*pgtype.Map{"here": ours, "pgx": pgtype.NewMap()} {
		for oid, value := range map[uint32]any{pgtype.UUIDArrayOID: ids, pgtype.TextArrayOID: texts, pgtype.TimestamptzArrayOID: times} {
			b.Run(fmt.Sprintf("%T/%s", value, name), func(b *testing.B) {
				b.ReportAllocs()
				buf := make([]byte, 0, 4096)
				for b.Loop() {
					if _, err := types.Encode(oid, pgtype.BinaryFormatCode, value, buf); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// What a batch of lines like the timeline's costs, in either form.
func BenchmarkRows(b *testing.B) {
	const array = 1 << 20 // an OID
	types := pgtype.NewMap()
	registerColumns(types)
	registerRow(types, "line", array-1, array)
	ids, texts, times := make([]uuid.UUID, 64), make([]string, 64), make([]time.Time, 64)
	for i := range ids {
		ids[i], texts[i], times[i] = uuid.New(), "OrderConfirmed", time.Now()
	}
	indexes := make([]int, 64)
	for i := range indexes {
		indexes[i] = i
	}
	rows := Rows(indexes, func(i int, row *Row) {
		row.UUID(ids[i])
		row.Text(texts[i])
		row.Time(times[i])
	})
	encode := func(b *testing.B, values map[uint32]any) {
		b.ReportAllocs()
		buf := make([]byte, 0, 16384)
		for b.Loop() {
			for oid, value := range values {
				if _, err := types.Encode(oid, pgtype.BinaryFormatCode, value, buf); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("rows", func(b *testing.B) { encode(b, map[uint32]any{array: rows}) })
	b.Run("columns", func(b *testing.B) {
		encode(b, map[uint32]any{pgtype.UUIDArrayOID: ids, pgtype.TextArrayOID: texts, pgtype.TimestamptzArrayOID: times})
	})
}
