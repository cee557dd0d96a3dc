package pgkit

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestKeysAreWrittenAsByPgx(t *testing.T) {
	t.Parallel()
	text := "übung"
	for _, tc := range []struct {
		oid   uint32
		value any
	}{
		{pgtype.TextArrayOID, []string{"", text, "a,b{\"\\"}},
		{pgtype.TextArrayOID, []string{}},
		{pgtype.TextArrayOID, []string(nil)},
		{pgtype.UUIDArrayOID, []uuid.UUID{uuid.New(), {}}},
		{pgtype.UUIDArrayOID, []uuid.UUID(nil)},
		// Left to pgx:
		{pgtype.TextArrayOID, []any{"a", nil}},
		{pgtype.TextArrayOID, []*string{&text, nil}},
		{pgtype.VarcharArrayOID, []string{"a"}},
		{pgtype.Int4ArrayOID, []int{1}},
	} {
		t.Run(fmt.Sprintf("%d %T", tc.oid, tc.value), func(t *testing.T) {
			ours := pgtype.NewMap()
			registerKeys(ours)
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
func TestKeysInTextAndScansArePgx(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	registerKeys(types)
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

func BenchmarkKeys(b *testing.B) {
	ids, texts := make([]uuid.UUID, 64), make([]string, 64)
	for i := range ids {
		ids[i], texts[i] = uuid.New(), "OrderConfirmed"
	}
	ours := pgtype.NewMap()
	registerKeys(ours)
	for name, types := range map[string]*pgtype.Map{"here": ours, "pgx": pgtype.NewMap()} {
		for oid, value := range map[uint32]any{pgtype.UUIDArrayOID: ids, pgtype.TextArrayOID: texts} {
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
