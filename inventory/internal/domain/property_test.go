package domain

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"orders.internal/shared-kernel/errs"
)

// warehouse is the stock with every order's reservation, as the database
// would hold them.
type warehouse struct {
	products     []*Product
	reservations map[OrderID]*Reservation
}

func newWarehouse(available []int) *warehouse {
	w := &warehouse{reservations: map[OrderID]*Reservation{}}
	for i, pieces := range available {
		w.products = append(w.products, RestoreProduct(ProductSnapshot{ID: productName(i), Available: pieces}))
	}
	return w
}

func productName(i int) ProductID { return ProductID(fmt.Sprintf("product-%d", i)) }

func (w *warehouse) deliver(t *rapid.T, order Order, what trigger) {
	r, found := w.reservations[order.ID]
	if !found {
		r = NewReservation(order.ID)
	}
	before, shelf := w.snapshot(), NewShelf(w.products...)
	var err error
	switch what {
	case created:
		err = r.Reserve(order, shelf, noon)
	case cancelled:
		err = r.Release(shelf, noon)
	case confirmed:
		err = r.Commit(shelf, noon)
	}
	if err != nil {
		if !errs.Is(err, errs.Contradiction) {
			t.Fatalf("%s %s: %v", order.ID, what, err)
		}
		if !slices.Equal(before, w.snapshot()) {
			t.Fatalf("%s %s is a contradiction, but the stock changed", order.ID, what)
		}
	}
	if r.Status() != None {
		w.reservations[order.ID] = r
	}
}

func (w *warehouse) snapshot() []ProductSnapshot {
	snapshots := make([]ProductSnapshot, len(w.products))
	for i, p := range w.products {
		snapshots[i] = p.Snapshot()
	}
	return snapshots
}

// check holds the stock to the reservations: what is reserved and sold is what
// they say, nothing is below zero, and no piece has appeared or gone.
func (w *warehouse) check(t *rapid.T, stockedWith []int) {
	held := map[Status]map[ProductID]int{Reserved: {}, Committed: {}}
	for r := range maps.Values(w.reservations) {
		for _, item := range r.Snapshot().Items {
			if of := held[r.Status()]; of != nil {
				of[item.ProductID] += item.Quantity
			}
		}
	}
	for i, p := range w.snapshot() {
		if p.Available < 0 || p.Available+p.Reserved+p.Sold != stockedWith[i] {
			t.Fatalf("stocked with %d, now %+v", stockedWith[i], p)
		}
		if p.Reserved != held[Reserved][p.ID] || p.Sold != held[Committed][p.ID] {
			t.Fatalf("reservations hold %d and sold %d, product is %+v", held[Reserved][p.ID], held[Committed][p.ID], p)
		}
	}
}

func drawStock(t *rapid.T) []int {
	return rapid.SliceOfN(rapid.IntRange(0, 12), 3, 3).Draw(t, "stock")
}

func drawOrders(t *rapid.T) []Order {
	item := rapid.Custom(func(t *rapid.T) Item {
		return Item{ // product-3 is never stocked
			ProductID: productName(rapid.SampledFrom([]int{0, 0, 1, 1, 2, 2, 3}).Draw(t, "product")),
			Quantity:  rapid.IntRange(1, 4).Draw(t, "quantity"),
		}
	})
	lists := rapid.SliceOfN(rapid.SliceOfN(item, 1, 4), 1, 6).Draw(t, "orders")
	orders := make([]Order, len(lists))
	for i, items := range lists {
		orders[i] = Order{ID: OrderID(fmt.Sprintf("order-%d", i)), CustomerID: "c", Items: items, TotalAmount: 100}
	}
	return orders
}

// Whatever arrives, how often and in which order, even what the saga could
// never send: the stock adds up after every step.
func TestStockAddsUpUnderAnyDelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stock, orders := drawStock(t), drawOrders(t)
		w := newWarehouse(stock)
		for range rapid.IntRange(1, 40).Draw(t, "deliveries") {
			order := rapid.SampledFrom(orders).Draw(t, "order")
			w.deliver(t, order, rapid.SampledFrom([]trigger{created, cancelled, confirmed}).Draw(t, "event"))
			w.check(t, stock)
		}
	})
}

// The events that the saga sends about an order end, in every order of arrival
// and with any of them doubled, in the same stock: a cancelled order holds
// nothing, a confirmed one has sold exactly its items.
func TestEndDoesNotDependOnTheOrderOfArrival(t *testing.T) {
	type delivery struct {
		order Order
		what  trigger
	}
	rapid.Check(t, func(t *rapid.T) {
		orders := drawOrders(t)
		plenty := []int{100, 100, 100, 100}
		var deliveries []delivery
		confirms := map[OrderID]bool{}
		w := newWarehouse(plenty)
		for _, order := range orders {
			confirms[order.ID] = rapid.Bool().Draw(t, "confirms")
			if confirms[order.ID] {
				// A confirmation follows from a reservation made here.
				w.deliver(t, order, created)
				deliveries = append(deliveries, delivery{order, created}, delivery{order, confirmed}, delivery{order, confirmed})
				continue
			}
			deliveries = append(deliveries, delivery{order, created}, delivery{order, created},
				delivery{order, cancelled}, delivery{order, cancelled})
		}
		for _, d := range rapid.Permutation(deliveries).Draw(t, "arrival") {
			w.deliver(t, d.order, d.what)
		}

		w.check(t, plenty)
		for _, order := range orders {
			want := Released
			if confirms[order.ID] {
				want = Committed
			}
			if got := w.reservations[order.ID].Status(); got != want {
				t.Fatalf("%s ends %s, want %s", order.ID, got, want)
			}
		}
	})
}
