package pgkit

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// Keys are sent as an array. pgx looks anew at each element of one: with rows that were
// sent column by column, a tenth of a service's time went into that. For the types of keys
// the codecs here write the same bytes in one go, and Rows writes its columns like them.

func registerColumns(types *pgtype.Map) {
	for oid, plan := range columnPlans {
		if known, ok := types.TypeForOID(oid); ok {
			types.RegisterType(&pgtype.Type{Name: known.Name, OID: oid, Codec: columnCodec{known.Codec, plan}})
		}
	}
}

// columnCodec is an array's codec that knows some Go types itself.
type columnCodec struct {
	pgtype.Codec
	plan func(value any) pgtype.EncodePlan // nil for what pgx has to encode
}

func (c columnCodec) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if plan := c.plan(value); plan != nil && format == pgtype.BinaryFormatCode {
		return plan
	}
	return c.Codec.PlanEncode(types, oid, format, value)
}

// columnPlans are by the array type's OID.
var columnPlans = map[uint32]func(value any) pgtype.EncodePlan{
	pgtype.TextArrayOID: func(value any) pgtype.EncodePlan {
		if _, are := value.([]string); are {
			return column[string]{pgtype.TextOID, appendText}
		}
		return nil
	},
	pgtype.UUIDArrayOID: func(value any) pgtype.EncodePlan {
		if _, are := value.([]uuid.UUID); are {
			return column[uuid.UUID]{pgtype.UUIDOID, appendUUID}
		}
		return nil
	},
}

// column writes a []T as a one-dimensional array in PostgreSQL's binary format: the
// number of dimensions, whether there are nulls, the elements' type, the length, the
// first index; then for each element its length and its bytes (array_send in the
// server's arrayfuncs.c).
type column[T any] struct {
	element uint32 // its type's OID
	append  func(buf []byte, value T) []byte
}

const null = 0xffffffff // as a length

// Encode implements pgtype.EncodePlan. Like pgx it writes a nil slice as NULL.
func (c column[T]) Encode(value any, buf []byte) ([]byte, error) {
	values := value.([]T)
	if values == nil {
		return nil, nil
	}
	buf = appendInts(buf, 1, 0, c.element, uint32(len(values)), 1)
	for _, v := range values {
		buf = c.append(buf, v)
	}
	return buf, nil
}

func appendInts(buf []byte, values ...uint32) []byte {
	for _, v := range values {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	return buf
}

// The elements, each with its length before it, which is -1 for NULL.

func appendText(buf []byte, text string) []byte {
	return append(appendInts(buf, uint32(len(text))), text...)
}

func appendBytes(buf []byte, bytes []byte) []byte {
	if bytes == nil {
		return appendInts(buf, null)
	}
	return append(appendInts(buf, uint32(len(bytes))), bytes...)
}

func appendUUID(buf []byte, id uuid.UUID) []byte {
	return append(appendInts(buf, uint32(len(id))), id[:]...)
}

func appendInt(buf []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(appendInts(buf, 8), uint64(n))
}

func appendBool(buf []byte, is bool) []byte {
	b := byte(0)
	if is {
		b = 1
	}
	return append(appendInts(buf, 1), b)
}

// epoch is PostgreSQL's.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func appendTime(buf []byte, at time.Time) []byte { return appendInt(buf, at.UnixMicro()-epoch) }

func orNull[T any](appendValue func([]byte, T) []byte) func([]byte, *T) []byte {
	return func(buf []byte, value *T) []byte {
		if value == nil {
			return appendInts(buf, null)
		}
		return appendValue(buf, *value)
	}
}
