package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
)

const (
	stockedWith = 1_000_000_000 // of each product: none is ever short
	mostLines   = 3             // of an order
	hotProduct  = "bench-hot"
	soldOut     = "product-C" // from the first start on
)

func product(n int) string { return fmt.Sprintf("bench-%03d", n) }

// intent is what one order is after.
type intent struct {
	name   string
	weight int // in 100
	method string
	wants  string // the product of its first line; empty: any
	leaves bool   // its customer cancels it as soon as it is accepted
	waits  bool   // its customer would wait for its end
}

// mix is what the orders of a phase are after; the weights add up to 100.
type mix []intent

var (
	ordinary = mix{{name: "buy", weight: 100}}
	hot      = mix{{name: "buy the same", weight: 100, wants: hotProduct}}
	waiting  = mix{{name: "buy, and wait", weight: 100, waits: true}}
	// patient is for when nothing may end for long.
	patient = mix{{name: "buy", weight: 75}, {name: "buy, and wait", weight: 25, waits: true}}
	// mixed meets a gateway where one attempt in five fails.
	mixed = mix{
		{name: "buy", weight: 76},
		{name: "buy, and be declined", weight: 8, method: "sim_decline"},
		{name: "buy what is sold out", weight: 8, wants: soldOut},
		{name: "buy, and cancel", weight: 8, leaves: true},
	}
)

// alwaysCompletes: with a gateway that lets every charge succeed.
func (m mix) alwaysCompletes() bool {
	return !slices.ContainsFunc(m, func(i intent) bool { return i.leaves || i.method != "" || i.wants == soldOut })
}

func (m mix) pick(r *rand.Rand) intent {
	if len(m) == 1 {
		return m[0]
	}
	n := r.IntN(100)
	for _, i := range m {
		if n -= i.weight; n < 0 {
			return i
		}
	}
	return m[0]
}

// customer is who places the nth order of a phase: nobody else has the name, so
// that the order is found again.
func customer(phase string, n int) string { return string(appendCustomer(nil, phase, n)) }

// appendCustomer begins names with four digits that make one order's customer no
// neighbour of the next one's: what is sorted by customers is as hard to keep as
// it is with real ones.
func appendCustomer(b []byte, phase string, n int) []byte {
	const hex = "0123456789abcdef"
	place := uint16(n * 40503) // 2^16 by the golden ratio
	for shift := 12; shift >= 0; shift -= 4 {
		b = append(b, hex[place>>shift&0xf])
	}
	b = append(b, '-')
	b = append(b, phase...)
	b = append(b, '-')
	return strconv.AppendInt(b, int64(n), 10)
}

// write appends the body of POST /api/orders to b. It has no time for
// encoding/json, because the load generator lives on the CPU that it measures.
func (i intent) write(b []byte, r *rand.Rand, phase string, n, products int) []byte {
	b = append(b, `{"customer_id":"`...)
	b = appendCustomer(b, phase, n)
	b = append(b, `","items":[`...)
	first := r.IntN(products)
	for line := range 1 + r.IntN(mostLines) {
		if line > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"product_id":"`...)
		if line == 0 && i.wants != "" {
			b = append(b, i.wants...)
		} else {
			b = appendProduct(b, (first+line*(1+products/mostLines))%products)
		}
		b = append(b, `","quantity":`...)
		b = strconv.AppendInt(b, int64(1+r.IntN(3)), 10)
		b = append(b, '}')
	}
	b = append(b, `],"total_amount":`...)
	b = strconv.AppendInt(b, int64(1+r.IntN(1000)), 10)
	b = append(b, '.', byte('0'+r.IntN(10)), byte('0'+r.IntN(10)))
	if i.method != "" {
		b = append(b, `,"payment_method":"`...)
		b = append(b, i.method...)
		b = append(b, '"')
	}
	return append(b, '}')
}

func appendProduct(b []byte, n int) []byte {
	b = append(b, "bench-"...)
	for width := 100; width > 1 && n < width; width /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}
