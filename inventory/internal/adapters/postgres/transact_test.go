package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

var errRefused = errors.New("refused")

// The operations of the use cases.

func reserving(ctx context.Context, o domain.Order) *operation {
	return &operation{ctx: ctx, id: o.ID, products: domain.ProductsOf(o.Items),
		change: func(r *domain.Reservation, shelf domain.Shelf) error { return r.Reserve(o, shelf, porttest.Now) }}
}

func releasing(ctx context.Context, id domain.OrderID) *operation {
	return &operation{ctx: ctx, id: id,
		change: func(r *domain.Reservation, shelf domain.Shelf) error { return r.Release(shelf, porttest.Now) }}
}

func committing(ctx context.Context, id domain.OrderID) *operation {
	return &operation{ctx: ctx, id: id,
		change: func(r *domain.Reservation, shelf domain.Shelf) error { return r.Commit(shelf, porttest.Now) }}
}

// failing does all that op does before it fails.
func failing(op *operation) *operation {
	change := op.change
	op.change = func(r *domain.Reservation, shelf domain.Shelf) error {
		return errors.Join(change(r, shelf), errRefused)
	}
	return op
}

func (f fixture) together(t *testing.T, operations ...*operation) (outcomes []error) {
	t.Helper()
	outcomes = pgtest.InOneTransaction(t, f.pool, f.transact, operations)
	f.known.learn(f.decided)
	return outcomes
}

func (f fixture) wantStatus(t *testing.T, id domain.OrderID, want domain.Status) {
	t.Helper()
	if got := f.reservation(t, id).Status; got != want {
		t.Errorf("reservation of %s is %s, want %s", id, got, want)
	}
}

// Calls that share a transaction see each other's stock and reservations as if
// they had come one after the other, and a failed one has no part in what is saved.
func TestOperationsOfOneTransaction(t *testing.T) {
	f := setup(t)
	ctx, line := t.Context(), domain.Item{ProductID: "product-A", Quantity: 4}
	old, short := porttest.Order("old", line), porttest.Order("short", line)
	if err := f.reserve.Do(ctx, old); err != nil {
		t.Fatal(err)
	}
	outcomes := f.together(t,
		failing(reserving(ctx, porttest.Order("failed", line))),
		reserving(ctx, porttest.Order("cancelled", line)), // 2 of 10 are left
		reserving(ctx, short),
		failing(releasing(ctx, old.ID)),
		releasing(ctx, "cancelled"),
		committing(ctx, "unheard-of"),
		committing(ctx, old.ID),
		reserving(ctx, porttest.Order("cancelled", line)), // doubled, too late
		reserving(ctx, porttest.Order("sold", line)),
		committing(ctx, "sold"),
	)
	for i, err := range outcomes {
		switch i {
		case 0, 3:
			if !errors.Is(err, errRefused) {
				t.Errorf("operation %d: %v", i, err)
			}
		case 5:
			if !errs.Is(err, errs.Contradiction) {
				t.Errorf("operation %d: %v", i, err)
			}
		default:
			if err != nil {
				t.Errorf("operation %d: %v", i, err)
			}
		}
	}
	f.wantStatus(t, "cancelled", domain.Released)
	f.wantStatus(t, "short", domain.Rejected)
	f.wantStatus(t, "old", domain.Committed)
	f.wantStatus(t, "sold", domain.Committed)
	if all, err := f.List(ctx, application.Filter{Limit: 10}); err != nil || len(all) != 4 {
		t.Errorf("%d reservations, %v; want 4", len(all), err)
	}
	if got := f.stock(t, "product-A"); got != [3]int{2, 0, 8} {
		t.Errorf("product-A %v", got)
	}
	want := []string{"InventoryReserved", "InventoryReserved", "InventoryUnavailable", "InventoryReleased", "InventoryReserved"}
	if got := f.events(t); !slices.Equal(got, want) {
		t.Errorf("outbox = %v, want %v", got, want)
	}
}

// The other products of an order that fails are as they were, too, and those
// that it wasn't about at all keep what others made of them.
func TestFailedOperationRestoresEveryProduct(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	both := porttest.Order("both", domain.Item{ProductID: "product-A", Quantity: 3}, domain.Item{ProductID: "product-B", Quantity: 3})
	f.together(t,
		reserving(ctx, porttest.Order("one", domain.Item{ProductID: "product-B", Quantity: 2})),
		failing(reserving(ctx, both)),
		reserving(ctx, porttest.Order("two", domain.Item{ProductID: "product-A", Quantity: 10})),
	)
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{0, 10, 0} || b != [3]int{3, 2, 0} {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
}

// One call whose transaction would fail (PostgreSQL has no text with a NUL)
// costs those around it nothing, and all need far fewer transactions than there
// are calls.
func TestConcurrentCallsShareTransactions(t *testing.T) {
	f := setup(t)
	var transactions, poisoned atomic.Int32
	f.group = pgkit.NewGroup(f.pool, func(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
		transactions.Add(1)
		return f.transact(ctx, tx, operations)
	})
	var tasks []func(context.Context) error
	for i := range 100 {
		o := porttest.Order(fmt.Sprintf("o-%03d", i), domain.Item{ProductID: "product-C", Quantity: 1})
		tasks = append(tasks, func(ctx context.Context) error { return f.reserve.Do(ctx, o) })
	}
	atOnce(t, tasks...)
	if n := transactions.Load(); n > 50 {
		t.Errorf("%d transactions for 100 calls", n)
	}
	tasks = append(tasks, func(ctx context.Context) error {
		if err := f.release.Do(ctx, "o-\x00"); err == nil || errs.Is(err, errs.Unavailable) {
			return fmt.Errorf("the order whose id can't be stored: %v", err)
		}
		poisoned.Add(1)
		return nil
	})
	atOnce(t, tasks...)
	if all, err := f.List(t.Context(), application.Filter{Limit: 200}); err != nil || len(all) != 100 || poisoned.Load() != 1 {
		t.Errorf("%d reservations, %v; %d failed", len(all), err, poisoned.Load())
	}
}

// Two replicas get the same events, each in an order of its own: neither waits
// for the other in a circle, and each event counts once.
func TestReplicasShareAHotProduct(t *testing.T) {
	f := setup(t)
	if _, err := application.NewSetStock(f.products, porttest.Clock).Do(t.Context(), "product-A", 150); err != nil {
		t.Fatal(err)
	}
	var tasks []func(context.Context) error
	for _, r := range []*Reservations{f.Reservations, f.replica()} {
		reserve, release := application.NewReserveStock(r, porttest.Clock), application.NewReleaseStock(r, porttest.Clock)
		for i := range 200 {
			o := porttest.Order(fmt.Sprintf("o-%03d", i), domain.Item{ProductID: "product-A", Quantity: 1}, domain.Item{ProductID: "product-B", Quantity: 6})
			if i%2 == 0 {
				o.Items = o.Items[:1]
			}
			tasks = append(tasks, func(ctx context.Context) error { return reserve.Do(ctx, o) })
			if i%4 == 0 {
				tasks = append(tasks, func(ctx context.Context) error { return release.Do(ctx, o.ID) })
			}
		}
		tasks = append(tasks, func(ctx context.Context) error {
			return f.products.Update(ctx, "product-B", func(p *domain.Product) error { return p.SetAvailable(5, porttest.Now) })
		})
	}
	atOnce(t, tasks...)
	// Of each four orders the first is released, the third keeps its piece, and
	// the others want more of product-B than there is.
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{100, 50, 0} || b != [3]int{5, 0, 0} {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
	count := map[string]int{}
	for _, e := range f.events(t) {
		count[e]++
	}
	if count["InventoryUnavailable"] != 100 || count["InventoryReserved"]-count["InventoryReleased"] != 50 {
		t.Errorf("events: %v", count)
	}
}
