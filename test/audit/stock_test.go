package audit

import (
	"reflect"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
)

// at is so many seconds after the first example's order was placed.
func at(seconds int) time.Time { return placedAt.Add(time.Duration(seconds) * time.Second) }

func held(status string, quantity, created, updated int) reservation {
	return reservation{
		Status: status, CreatedAt: at(created), UpdatedAt: at(updated),
		Items: []contracts.Item{{ProductID: "p", Quantity: quantity}},
	}
}

func count(products []product, reservations ...reservation) *tally {
	t := newTally(products, at(1000))
	for _, r := range reservations {
		t.add(r)
	}
	return t
}

func TestStockIsComparedAtItsLastChange(t *testing.T) {
	t.Parallel()
	shown := func(reserved, sold, updated int) []product {
		return []product{{ID: "p", Available: 5, Reserved: reserved, Sold: sold, UpdatedAt: at(updated)}}
	}
	for name, c := range map[string]struct {
		products     []product
		reservations []reservation
		missing      pieces // zero: they agree
	}{
		"nothing is reserved":                   {shown(0, 0, 0), nil, pieces{}},
		"reserved, sold and given up":           {shown(2, 3, 9), []reservation{held(reserved, 2, 1, 1), held(committed, 3, 2, 9), held(released, 4, 3, 8), held(rejected, 5, 4, 4)}, pieces{}},
		"reserved after the products were read": {shown(2, 0, 1), []reservation{held(reserved, 2, 1, 1), held(reserved, 4, 2, 2)}, pieces{}},
		"sold after the products were read":     {shown(2, 0, 1), []reservation{held(committed, 2, 1, 2), held(released, 4, 2, 3)}, pieces{}},
		"released after the products were read": {shown(6, 0, 2), []reservation{held(reserved, 2, 1, 1), held(released, 4, 2, 3)}, pieces{}},
		"written by clocks that differ":         {shown(6, 0, 2), []reservation{held(reserved, 4, 2, 2), held(reserved, 2, 3, 3)}, pieces{}},
		"a reservation is deleted":              {shown(2, 0, 1), nil, pieces{2, 0}},
		"a sold reservation is deleted":         {shown(1, 3, 9), []reservation{held(reserved, 1, 1, 1)}, pieces{0, 3}},
		"stock was overwritten":                 {shown(0, 0, 9), []reservation{held(reserved, 1, 1, 1), held(committed, 2, 1, 1)}, pieces{-1, -2}},
		"the product is deleted":                {nil, []reservation{held(reserved, 1, 1, 1)}, pieces{-1, 0}},
		"the product is new":                    {nil, []reservation{held(reserved, 1, 1001, 1001)}, pieces{}},
		"rejected for want of a product":        {nil, []reservation{held(rejected, 1, 1, 1)}, pieces{}},
	} {
		found := count(c.products, c.reservations...).wrong()
		if got := found["p"].missing(); got != c.missing || (len(found) > 0) != (c.missing != pieces{}) {
			t.Errorf("%s: %+v, missing %+v", name, found, got)
		}
	}
}

// What is reserved of p while the audit reads stands in for a reservation that
// was deleted: nothing is reported, but nothing of p may be reserved again.
func TestALaterReservationDoesNotExcuseADeletedOne(t *testing.T) {
	t.Parallel()
	p := product{ID: "p", Available: 5, Reserved: 2, UpdatedAt: at(1)}
	stock := count([]product{p}, held(reserved, 2, 2, 2))
	if found := stock.wrong(); len(found) > 0 {
		t.Errorf("reported: %+v", found)
	}
	if found := stock.doubtful(); !found.touch([]contracts.Item{{ProductID: "p", Quantity: 1}}) {
		t.Errorf("in doubt: %+v", found)
	}
}

func TestLessThanNothingIsReported(t *testing.T) {
	t.Parallel()
	found := count([]product{{ID: "p", Available: -1, UpdatedAt: at(7)}}).wrong().findings()
	want := []Finding{{
		ProductID: "p", Since: at(7), Advice: stockByHand,
		Problem: "stock shows -1 available, 0 reserved and 0 sold, but the reservations hold 0 and sold 0",
	}}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("%+v", found)
	}
}

func TestOnlyALastingDifferenceIsReported(t *testing.T) {
	t.Parallel()
	differs := func(reserved int) difference { return difference{product: product{Reserved: reserved}} }
	first := differences{"gone": differs(1), "other": differs(2), "same": differs(3)}
	got := first.lasting(differences{"other": differs(1), "same": differs(3), "new": differs(4)})
	if want := (differences{"same": differs(3)}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestTouchLooksAtEveryItem(t *testing.T) {
	t.Parallel()
	d := differences{"product-B": {}}
	if !d.touch(lines()) || d.touch(lines()[:1]) || differences(nil).touch(lines()) {
		t.Error("wrong products")
	}
}
