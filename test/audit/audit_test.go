package audit

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// many is enough for several pages.
const many = 1000

// nth is an example that belongs to another order, placed n minutes earlier.
func nth(n int, v view) view {
	id, earlier := fmt.Sprintf("order-%04d", n), -time.Duration(n)*time.Minute
	v.id = id
	if v.order != nil {
		v.order.ID = id
		v.order.CreatedAt, v.order.UpdatedAt = v.order.CreatedAt.Add(earlier), v.order.UpdatedAt.Add(earlier)
	}
	if r := v.reservation; r != nil {
		r.OrderID, r.CreatedAt, r.UpdatedAt = id, r.CreatedAt.Add(earlier), r.UpdatedAt.Add(earlier)
	}
	if p := v.payment; p != nil {
		p.OrderID, p.CreatedAt, p.UpdatedAt = id, p.CreatedAt.Add(earlier), p.UpdatedAt.Add(earlier)
	}
	for i := range v.ledger {
		v.ledger[i].OrderID, v.ledger[i].CreatedAt = id, v.ledger[i].CreatedAt.Add(earlier)
	}
	for i := range v.notifications {
		v.notifications[i].OrderID, v.notifications[i].CreatedAt = id, v.notifications[i].CreatedAt.Add(earlier)
	}
	return v
}

// shop has sold many orders, but for those that are given.
func shop(others map[int]view) *services {
	s := &services{}
	sold := map[string]int{}
	for n := range many {
		v, other := others[n]
		if !other {
			v = soldOrder()
		}
		s.have(nth(n, v))
		if v.reservation != nil && v.reservation.Status == committed {
			for _, item := range v.reservation.Items {
				sold[item.ProductID] += item.Quantity
			}
		}
	}
	for id, pieces := range sold {
		s.products = append(s.products, product{ID: id, Sold: pieces, UpdatedAt: settledAt})
	}
	return s
}

func run(t *testing.T, s *services, options ...Option) Report {
	t.Helper()
	r, err := Run(t.Context(), s.serve(t), options...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expectFindings(t *testing.T, r Report, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.OrderID+f.ProductID+": "+f.Problem)
	}
	if !slices.Equal(got, want) || r.Clean() != (len(want) == 0) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEveryOrderIsCompared(t *testing.T) {
	t.Parallel()
	s := shop(map[int]view{
		0:   ordered(completed, "").withReservation(reserved).withPayment(processed).withCharge().told("OrderConfirmed", "PaymentProcessed"),
		199: soldOrder().but(func(v *view) { v.notifications = v.notifications[:1] }),
		500: refundedOrder(),
		999: soldOrder().but(func(v *view) { v.order = nil; v.payment, v.ledger, v.notifications = nil, nil, nil }),
	})
	for i := range s.products {
		s.products[i].Reserved = map[string]int{"product-A": 2, "product-B": 1}[s.products[i].ID]
	}
	r := run(t, s)
	expectFindings(t, r,
		"order-0999: unknown to the order service, but there is a reservation that is COMMITTED",
		"order-0199: its customer was not told PaymentProcessed",
		"order-0000: COMPLETED, but its reservation is RESERVED",
	)
	if r.Orders != many-1 || r.Products != 2 {
		t.Errorf("compared %d orders and %d products", r.Orders, r.Products)
	}
}

func TestOnlyWhatIsNotMatchedYetIsInMemory(t *testing.T) {
	t.Parallel()
	orders, most := 0, 0
	j := join{endpoints: shop(nil).serve(t), views: map[string]*view{}, reserved: func(reservation) {}}
	j.whole = func(view) { orders, most = orders+1, max(most, len(j.views)) }
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	// An example leaves rows for four minutes, one is placed each minute, and the
	// clocks may be a minute apart.
	if orders != many || most > 10 {
		t.Errorf("%d orders, up to %d in memory", orders, most)
	}
}

func TestWhatIsWellByNowIsNotReported(t *testing.T) {
	t.Parallel()
	s := shop(nil)
	s.behind = map[string]bool{"order-0007": true}
	r := run(t, s)
	// The list never showed the reservation, so the stock differs in both counts.
	expectFindings(t, r,
		"product-A: stock shows 0 available, 0 reserved and 2000 sold, but the reservations hold 0 and sold 1998",
		"product-B: stock shows 0 available, 0 reserved and 1000 sold, but the reservations hold 0 and sold 999")
	if s.counts != 2 {
		t.Errorf("stock was counted %d times", s.counts)
	}
}

func TestAnOrderWhoseStockDiffersIsNotReservedAgain(t *testing.T) {
	t.Parallel()
	s := shop(map[int]view{3: ordered(pending, "")})
	r := run(t, s)
	if len(r.Findings) != 1 || r.Findings[0].LostEvent != "OrderCreated" {
		t.Errorf("%+v", r.Findings)
	}

	s.products[0].Reserved++
	r = run(t, s)
	if len(r.Findings) != 2 || r.Findings[0].LostEvent != "" || r.Findings[0].Advice != deletedReservation {
		t.Errorf("%+v", r.Findings)
	}
}

func TestAnOrderWhoseReservationMayHaveBeenDeletedIsNotReservedAgain(t *testing.T) {
	t.Parallel()
	s := shop(map[int]view{3: ordered(pending, "")})
	// Its pieces are still set aside. While the reservations are read, another
	// order takes as many.
	for i := range s.products {
		s.products[i].Reserved = map[string]int{"product-A": 2, "product-B": 1}[s.products[i].ID]
	}
	other := held(reserved, 0, 600, 600)
	other.OrderID, other.Items = "order-new", lines()
	s.reservations = slices.Insert(s.reservations, 0, other)
	s.orders = slices.Insert(s.orders, 0, order{ID: "order-new", Items: lines(), TotalAmount: total, Status: pending, CreatedAt: at(600), UpdatedAt: time.Now()})
	r := run(t, s)
	expectFindings(t, r, "order-0003: PENDING, and nothing is reserved")
	if f := r.Findings[0]; f.LostEvent != "" || f.Advice != deletedReservation {
		t.Errorf("%+v", f)
	}
}

func TestGraceIsCountedFromTheStart(t *testing.T) {
	t.Parallel()
	v := soldOrder().but(func(v *view) { v.notifications = v.notifications[1:] })
	v.order.UpdatedAt = time.Now().Add(-time.Hour)
	s := shop(map[int]view{0: v})
	expectFindings(t, run(t, s, WithGrace(2*time.Hour)))
	expectFindings(t, run(t, s), "order-0000: its customer was not told OrderConfirmed")
}

func TestAServiceThatDoesNotAnswerEndsTheAudit(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
	}))
	t.Cleanup(broken.Close)
	for name, change := range map[string]func(*Endpoints){
		"order":        func(e *Endpoints) { e.Order = broken.URL },
		"inventory":    func(e *Endpoints) { e.Inventory = broken.URL },
		"payment":      func(e *Endpoints) { e.Payment = broken.URL },
		"notification": func(e *Endpoints) { e.Notification = broken.URL },
		"another site": func(e *Endpoints) { e.Order += "/elsewhere" },
	} {
		e := shop(nil).serve(t)
		change(&e)
		if _, err := Run(t.Context(), e); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
