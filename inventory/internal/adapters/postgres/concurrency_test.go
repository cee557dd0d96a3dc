package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// atOnce runs every task in a goroutine of its own and waits for all of them.
func atOnce(t *testing.T, tasks ...func(ctx context.Context) error) {
	t.Helper()
	begin := make(chan struct{})
	var all sync.WaitGroup
	for _, task := range tasks {
		all.Go(func() {
			<-begin
			if err := task(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}

func TestTwoHundredOrdersSellExactlyTen(t *testing.T) {
	f := setup(t)
	var tasks []func(context.Context) error
	for i := range 200 {
		o := porttest.Order(fmt.Sprintf("o-%03d", i), domain.Item{ProductID: "product-A", Quantity: 1})
		tasks = append(tasks, func(ctx context.Context) error { return f.reserve.Do(ctx, o) })
	}
	atOnce(t, tasks...)
	if got := f.stock(t, "product-A"); got != [3]int{0, 10, 0} {
		t.Errorf("product-A %v after reserving", got)
	}

	count := map[domain.Status]int{}
	reservations, err := f.List(t.Context(), application.Filter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	tasks = nil
	for _, r := range reservations {
		count[r.Status()]++
		if r.Status() == domain.Reserved {
			id := r.Snapshot().OrderID
			tasks = append(tasks, func(ctx context.Context) error { return f.commit.Do(ctx, id) })
		}
	}
	if count[domain.Reserved] != 10 || count[domain.Rejected] != 190 {
		t.Errorf("reservations: %v", count)
	}
	atOnce(t, tasks...)
	if got := f.stock(t, "product-A"); got != [3]int{0, 0, 10} {
		t.Errorf("product-A %v after committing", got)
	}
}

// Every order's creation and cancellation arrive three times each, all at once:
// whoever comes first, nothing stays reserved.
func TestEventsOfOneOrderAtOnce(t *testing.T) {
	f := setup(t)
	var tasks []func(context.Context) error
	for i := range 20 {
		o := porttest.Order(fmt.Sprintf("o-%02d", i), domain.Item{ProductID: "product-A", Quantity: 1}, domain.Item{ProductID: "product-B", Quantity: 1})
		for range 3 {
			tasks = append(tasks,
				func(ctx context.Context) error { return f.reserve.Do(ctx, o) },
				func(ctx context.Context) error { return f.release.Do(ctx, o.ID) })
		}
	}
	atOnce(t, tasks...)
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{10, 0, 0} || b != [3]int{5, 0, 0} {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
	reservations, err := f.List(t.Context(), application.Filter{Limit: 21})
	if err != nil || len(reservations) != 20 {
		t.Fatalf("%d reservations, %v", len(reservations), err)
	}
	count := map[string]int{}
	for _, e := range f.events(t) {
		count[e]++
	}
	if count["InventoryReserved"] != count["InventoryReleased"] {
		t.Errorf("events: %v", count)
	}
	for _, r := range reservations {
		// Short for a moment, because others held what was there: rejected.
		if s := r.Snapshot(); s.Status != domain.Released && s.Status != domain.Rejected {
			t.Errorf("order %s is %s", s.OrderID, s.Status)
		}
	}
}

func TestOrdersOfTheSameProductsInOtherOrderDoNotBlockEachOther(t *testing.T) {
	f := setup(t)
	set := application.NewSetStock(f.products, porttest.Clock)
	for _, id := range []domain.ProductID{"product-A", "product-B"} {
		if _, err := set.Do(t.Context(), id, 1000); err != nil {
			t.Fatal(err)
		}
	}
	a, b := domain.Item{ProductID: "product-A", Quantity: 1}, domain.Item{ProductID: "product-B", Quantity: 1}
	var tasks []func(context.Context) error
	for i := range 50 {
		there, back := porttest.Order(fmt.Sprintf("there-%d", i), a, b), porttest.Order(fmt.Sprintf("back-%d", i), b, a)
		tasks = append(tasks,
			func(ctx context.Context) error { return f.reserve.Do(ctx, there) },
			func(ctx context.Context) error { return f.reserve.Do(ctx, back) })
	}
	atOnce(t, tasks...)
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{900, 100, 0} || b != a {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
}

// Another replica commits an event of the order after this one has found no
// reservation: it runs again, and sees what the other one did.
func TestLostInsertRaceRunsAgain(t *testing.T) {
	f := setup(t)
	elsewhere := application.NewReleaseStock(f.replica(), porttest.Clock)
	o := porttest.Order("o-1", domain.Item{ProductID: "product-A", Quantity: 2})
	runs := 0
	err := f.Update(t.Context(), o.ID, []domain.ProductID{"product-A"}, func(r *domain.Reservation, shelf domain.Shelf) error {
		if runs++; runs == 1 {
			if err := elsewhere.Do(t.Context(), o.ID); err != nil {
				return err
			}
		}
		return r.Reserve(o, shelf, porttest.Now)
	})
	if err != nil || runs != 2 {
		t.Fatalf("%d runs, %v", runs, err)
	}
	if got := f.reservation(t, "o-1").Status; got != domain.Released {
		t.Errorf("reservation is %s", got)
	}
	if got := f.stock(t, "product-A"); got != [3]int{10, 0, 0} || len(f.events(t)) > 0 {
		t.Errorf("product-A %v, outbox %v", got, f.events(t))
	}
}

// Two replicas that believe what they have seen last, however often it was wrong, get
// events of the same few products, some of them both and some twice.
func TestReplicasBelieveWhileTheOtherChangesTheStock(t *testing.T) {
	const callers, rounds, pieces = 8, 40, 60
	f := setup(t)
	products := []domain.ProductID{"product-A", "product-B", "product-C", "product-D"}
	for _, id := range products {
		f.set(t, id, pieces)
	}
	here, batches := f.traced(t)
	there, otherBatches := f.traced(t)
	replicas := []fixture{here.trusting(t), there.trusting(t)}
	var tasks []func(context.Context) error
	for n := range callers {
		tasks = append(tasks, func(ctx context.Context) error {
			for round := range rounds {
				alike := rand.New(rand.NewPCG(uint64(n/2), uint64(round))) // two callers have the same orders
				some := slices.Clone(products)
				alike.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				o := order(fmt.Sprint("o-", n/2, "-", round), 1, some[:1+alike.IntN(3)]...)
				ends := []func(*Reservations) error{
					func(r *Reservations) error { return reserving(ctx, o).update(ctx, r) },
					func(r *Reservations) error { return reserving(ctx, o).update(ctx, r) },
				}
				if n/2%2 == 0 {
					ends = append(ends, func(r *Reservations) error { return releasing(ctx, o.ID).update(ctx, r) })
				}
				rand.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
				for i, end := range ends {
					if err := end(replicas[(n+i)%2].Reservations); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	var sent [][]string
	other := otherBatches.During(func() { sent = batches.During(func() { atOnce(t, tasks...) }) })
	sent = append(sent, other...)
	if n := pgtest.Deadlocks(t, replicas[0].pool, replicas[1].pool); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	reserved := map[domain.ProductID]int{}
	reservations, err := f.List(t.Context(), application.Filter{Limit: 1000})
	if err != nil || len(reservations) != callers/2*rounds {
		t.Fatalf("%d reservations, %v", len(reservations), err)
	}
	for _, r := range reservations {
		for _, item := range r.Snapshot().Items {
			if r.Status() == domain.Reserved {
				reserved[item.ProductID] += item.Quantity
			}
		}
	}
	for _, id := range products {
		if got, want := f.stock(t, id), [3]int{pieces - reserved[id], reserved[id], 0}; got != want {
			t.Errorf("%s %v, want %v", id, got, want)
		}
	}
	// That it is right otherwise TestWhatIsKnownIsNotRead holds.
	if !slices.ContainsFunc(sent, func(statements []string) bool {
		return strings.Contains(strings.Join(statements, " "), lockStock) && !slices.Contains(statements, "commit")
	}) {
		t.Error("nobody's belief was wrong")
	}
}

func TestRetriesForALockedReservationYield(t *testing.T) {
	f := setup(t)
	if err := f.reserve.Do(t.Context(), order("o-1", 1, "product-A")); err != nil {
		t.Fatal(err)
	}
	pgtest.ExpectRetriesToYield(t, f.pool, "SELECT FROM reservations FOR UPDATE", func(pool *pgxpool.Pool) func() error {
		commit := application.NewCommitStock(NewReservations(pool, f.encode, f.known.now, f.hand), porttest.Clock)
		return func() error { return commit.Do(t.Context(), "o-1") }
	})
}
