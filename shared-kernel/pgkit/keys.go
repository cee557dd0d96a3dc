package pgkit

import "github.com/jackc/pgx/v5/pgtype"

// registerKeys has keys, which are sent as an array, written in one go. pgx looks anew at
// each element of one: when rows were sent as arrays, too, a tenth of a service's time went
// into that.
func registerKeys(types *pgtype.Map) {
	registerKey(types, pgtype.TextArrayOID, pgtype.TextOID, appendText)
	registerKey(types, pgtype.UUIDArrayOID, pgtype.UUIDOID, appendUUID)
}

func registerKey[T any](types *pgtype.Map, array, element uint32, appendValue func([]byte, T) []byte) {
	if known, ok := types.TypeForOID(array); ok {
		types.RegisterType(&pgtype.Type{Name: known.Name, OID: array, Codec: keysCodec[T]{known.Codec, element, appendValue}})
	}
}

// keysCodec is an array's codec that writes a []T itself, with the same bytes.
type keysCodec[T any] struct {
	pgtype.Codec
	element     uint32 // its type's OID
	appendValue func(buf []byte, value T) []byte
}

// PlanEncode implements pgtype.Codec.
func (c keysCodec[T]) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, are := value.([]T); are && format == pgtype.BinaryFormatCode {
		return c
	}
	return c.Codec.PlanEncode(types, oid, format, value)
}

// Encode implements pgtype.EncodePlan. Like pgx it writes a nil slice as NULL.
func (c keysCodec[T]) Encode(value any, buf []byte) ([]byte, error) {
	keys := value.([]T)
	if keys == nil {
		return nil, nil
	}
	buf = appendArrayHead(buf, c.element, len(keys))
	for _, key := range keys {
		buf = c.appendValue(buf, key)
	}
	return buf, nil
}
