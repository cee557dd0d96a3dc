package audit

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"orders.internal/shared-kernel/contracts"
)

// tally adds up the reservations of each product, to hold them against its
// stock.
//
// Product and reservation change in one transaction, under a lock of the
// product, and take its time. So a product shows what its reservations added up
// to at its last change; and as a reservation changes once at most, from
// RESERVED, one that is read later still tells what it was then. That makes the
// comparison exact in a system that goes on selling. Where several clocks write
// the times, it may miscount; so a product that agrees with what its
// reservations are now isn't reported, either. It remains in doubt: a
// reservation that was made later can stand in for one that was deleted.
type tally struct {
	products map[string]product
	then     map[string]pieces // at the product's last change
	now      map[string]pieces
	started  time.Time
}

// pieces of one product.
type pieces struct{ reserved, sold int }

func newTally(products []product, started time.Time) *tally {
	t := &tally{products: map[string]product{}, then: map[string]pieces{}, now: map[string]pieces{}, started: started}
	for _, p := range products {
		t.products[p.ID] = p
	}
	return t
}

// add counts a reservation that was read after the products.
func (t *tally) add(r reservation) {
	for _, item := range r.Items {
		p, known := t.products[item.ProductID]
		if !known {
			p.UpdatedAt = t.started
		}
		t.then[item.ProductID] = t.then[item.ProductID].plus(item.Quantity, r.statusAt(p.UpdatedAt))
		t.now[item.ProductID] = t.now[item.ProductID].plus(item.Quantity, r.Status)
	}
}

func (p pieces) plus(quantity int, status string) pieces {
	switch status {
	case reserved:
		p.reserved += quantity
	case committed:
		p.sold += quantity
	}
	return p
}

// statusAt is the status that the reservation had at a time before it was read,
// "" for none.
func (r reservation) statusAt(t time.Time) string {
	switch {
	case r.CreatedAt.After(t):
		return ""
	case r.UpdatedAt.After(t):
		return reserved
	}
	return r.Status
}

// difference is a product with what its reservations add up to instead.
type difference struct {
	product product
	held    pieces
}

// differences are products that differ, by their ids.
type differences map[string]difference

// doubtful are the products that don't show what their reservations added up to.
func (t *tally) doubtful() differences {
	return t.where(func(p product) bool { return p.shows() != t.then[p.ID] })
}

// wrong are those of them that have no excuse.
func (t *tally) wrong() differences {
	return t.where(func(p product) bool { return p.shows() != t.then[p.ID] && p.shows() != t.now[p.ID] })
}

func (p product) shows() pieces { return pieces{p.Reserved, p.Sold} }

// where returns the products that differ. What is reserved of a product that
// isn't listed may be of one that was added since.
func (t *tally) where(differs func(product) bool) differences {
	found := differences{}
	for id, held := range t.then {
		if _, known := t.products[id]; !known && held != (pieces{}) {
			found[id] = difference{product{ID: id, UpdatedAt: t.started}, held}
		}
	}
	for id, p := range t.products {
		if p.Available < 0 || differs(p) {
			found[id] = difference{p, t.then[id]}
		}
	}
	return found
}

// touch tells whether any of the items is of one of the products.
func (d differences) touch(items []contracts.Item) bool {
	return slices.ContainsFunc(items, func(item contracts.Item) bool {
		_, differs := d[item.ProductID]
		return differs
	})
}

// lasting keeps what a second comparison found, too, and found to be as much: a
// miscount isn't the same twice.
func (d differences) lasting(again differences) differences {
	same := maps.Clone(d)
	maps.DeleteFunc(same, func(id string, first difference) bool {
		second, found := again[id]
		return !found || second.missing() != first.missing()
	})
	return same
}

// missing is what the product shows beyond what its reservations add up to.
func (d difference) missing() pieces {
	return pieces{d.product.Reserved - d.held.reserved, d.product.Sold - d.held.sold}
}

const stockByHand = "find the reservation that was changed or deleted (orders with no reservation are listed here); set reserved and sold right by hand"

// findings reports them, of whatever age: there is no moment at which stock and
// reservations may disagree.
func (d differences) findings() []Finding {
	var findings []Finding
	for id, diff := range d {
		p := diff.product
		findings = append(findings, Finding{
			ProductID: id, Since: p.UpdatedAt, Advice: stockByHand,
			Problem: fmt.Sprintf("stock shows %d available, %d reserved and %d sold, but the reservations hold %d and sold %d",
				p.Available, p.Reserved, p.Sold, diff.held.reserved, diff.held.sold),
		})
	}
	return findings
}
