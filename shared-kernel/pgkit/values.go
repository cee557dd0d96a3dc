package pgkit

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// What is sent in PostgreSQL's binary format (array_send, record_send and the types' own
// functions in the server's src/backend/utils/adt).

// appendArrayHead begins an array of one dimension in which no element is NULL: the number
// of dimensions, whether there are nulls, the elements' type, how many there are, the first
// index. The elements follow, as below.
func appendArrayHead(buf []byte, element uint32, length int) []byte {
	return appendInts(buf, 1, 0, element, uint32(length), 1)
}

func appendInts(buf []byte, values ...uint32) []byte {
	for _, v := range values {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	return buf
}

const null = 0xffffffff // as a length

// Values, each with its length before it, which is -1 for NULL.

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
