package history

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

const (
	customers = 100_000
	mostLines = 3
	unitPrice = 4990 // minor units
)

// order is one of the past.
type order struct {
	number   int
	id       uuid.UUID
	customer string
	items    []item
	encoded  []byte // the items as the tables have them
	total    int64  // minor units
	placed   time.Time
	end      *end
	rand     *rand.Rand
}

type item struct {
	product  string
	quantity int
}

// period is a time in which orders came evenly.
type period struct {
	Volume
	begin time.Time
	step  time.Duration
	first int // number of its first order
}

// order returns the nth order of the period, always the same.
func (p period) order(n int) order {
	r := rand.New(rand.NewPCG(p.Seed, uint64(p.first+n)))
	o := order{
		number:   p.first + n,
		customer: customer(r.IntN(customers)),
		placed:   p.begin.Add(time.Duration(n) * p.step).Truncate(time.Microsecond),
		end:      pick(r.IntN(100)),
		rand:     r,
	}
	o.id = newID(o.placed, r)
	lines := 1 + r.IntN(min(mostLines, len(p.Products)))
	first := r.IntN(len(p.Products))
	o.encoded = append(o.encoded, '[')
	for line := range lines {
		i := item{p.Products[(first+line)%len(p.Products)], 1 + r.IntN(3)}
		o.items = append(o.items, i)
		o.total += int64(i.quantity) * unitPrice
		if line > 0 {
			o.encoded = append(o.encoded, ',')
		}
		o.encoded = fmt.Appendf(o.encoded, `{"product_id":%q,"quantity":%d}`, i.product, i.quantity)
	}
	o.encoded = append(o.encoded, ']')
	return o
}

// customer is one of those who come again and again, sorted anyhow.
func customer(n int) string { return fmt.Sprintf("%04x-old-%d", uint16(n*40503), n) }

// newID returns a UUID version 7 of a time (RFC 9562).
func newID(at time.Time, r *rand.Rand) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|r.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(id[8:], r.Uint64()&^(3<<62)|2<<62)
	return id
}

// pause lies between one event of a saga and the next.
const pause = 5 * time.Millisecond

// at is when the nth event of the order's saga happened.
func (o *order) at(n int) time.Time { return o.placed.Add(time.Duration(n) * pause) }

// of is when the event of the type happened.
func (o *order) of(eventType string) time.Time {
	for n, e := range o.end.events {
		if e == eventType {
			return o.at(n)
		}
	}
	return o.placed
}

// over is when the order was completed or cancelled.
func (o *order) over() time.Time { return o.of(o.end.last) }
