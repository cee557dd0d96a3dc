package pgkit

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// A batch of 64 rows, with lines like the timeline's.
func BenchmarkRows(b *testing.B) {
	const array = 1 << 20 // an OID
	types := pgtype.NewMap()
	registerRow(types, "line", array-1, array)
	type line struct {
		id   uuid.UUID
		kind string
		at   time.Time
	}
	lines := make([]line, 64)
	for i := range lines {
		lines[i] = line{uuid.New(), "OrderConfirmed", time.Now()}
	}
	b.ReportAllocs()
	buf := make([]byte, 0, 16384)
	for b.Loop() {
		_, err := types.Encode(array, pgtype.BinaryFormatCode, Rows(lines, func(l line, to *Row) {
			to.UUID(l.id)
			to.Text(l.kind)
			to.Time(l.at)
		}), buf)
		if err != nil {
			b.Fatal(err)
		}
	}
}
