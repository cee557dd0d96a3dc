package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// traced returns the repository over connections whose batches are noted.
func (f fixture) traced(t *testing.T) (fixture, *pgtest.Batches) {
	t.Helper()
	pool, batches := pgtest.Traced(t, f.pool)
	f.pool, f.Orders = pool, NewOrders(pool, f.encode, f.hand)
	return f, batches
}

// both observes an event and makes a change of the order.
func both(event string, change func(*domain.Order)) func(*domain.Order) error {
	return func(o *domain.Order) error {
		change(o)
		return observing(event)(o)
	}
}

func confirm(o *domain.Order) { o.Confirm(porttest.Now) }
func timeOut(o *domain.Order) { o.Cancel(domain.TimedOut, "", porttest.Now) }
func refund(o *domain.Order)  { o.RecordRefund(porttest.Now) }

func (f fixture) change(t *testing.T, id domain.OrderID, change func(*domain.Order) error) {
	t.Helper()
	if err := f.Update(t.Context(), id, change); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) stored(t *testing.T, id domain.OrderID) domain.Snapshot {
	t.Helper()
	o, err := f.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o.Snapshot()
}

// operationOf is what Update makes.
func (f fixture) operationOf(t *testing.T, id domain.OrderID, change func(*domain.Order) error) *operation {
	key := uuid.MustParse(string(id))
	return &operation{ctx: t.Context(), id: key, change: change, placed: f.placed.get(key)}
}

func (f fixture) inOneTransaction(t *testing.T, operations ...*operation) []error {
	t.Helper()
	return pgtest.InOneTransaction(t, f.pool, f.transact, operations)
}

// reads reports whether one of the statements reads orders to decide by them.
func reads(sent [][]string) bool { return slices.Contains(slices.Concat(sent...), lockOrders) }

func TestEventsOfAnOrderThatWasPlacedHere(t *testing.T) {
	f, batches := setup(t).traced(t)
	id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	for i, c := range []struct {
		change func(*domain.Order) error
		want   int
	}{
		{observing("e-1"), 1},
		{observing("e-1"), 1}, // delivered again
		{both("e-2", confirm), 1},
		{observing("e-3"), 2}, // it isn't as it was placed any more
	} {
		sent := batches.During(func() { f.change(t, id, c.change) })
		if len(sent) != c.want || reads(sent) != (c.want == 2) {
			t.Errorf("event %d: sent %d times, want %d:\n%s", i, len(sent), c.want, strings.Join(slices.Concat(sent...), "\n"))
		}
	}
	if got := f.events(t, id); len(got) != 5 || got[1] != "e-1" || got[2] != "e-2" || got[4] != "e-3" {
		t.Errorf("events = %v, want OrderCreated, e-1, e-2, OrderConfirmed and e-3", got)
	}
	if got := f.stored(t, id).Status; got != domain.Completed {
		t.Errorf("the order is %s", got)
	}
	if n := f.handed.Load(); n != 2 {
		t.Errorf("the relay was handed %d events", n)
	}
}

func TestOrderThatWasPlacedElsewhereIsRead(t *testing.T) {
	f, batches := setup(t).traced(t)
	id := f.replica(t).add(t, porttest.NewOrder(t, "c", porttest.Now))
	if sent := batches.During(func() { f.change(t, id, both("e-1", confirm)) }); len(sent) != 2 || !reads(sent) {
		t.Errorf("sent %q", sent)
	}
	if got := f.stored(t, id).Status; got != domain.Completed {
		t.Errorf("the order is %s", got)
	}
}

// What another replica or a person has made of an order meanwhile is what counts.
func TestOrderThatHasChangedSinceItWasPlaced(t *testing.T) {
	byReplica := func(change func(*domain.Order)) func(*testing.T, fixture, domain.OrderID) {
		return func(t *testing.T, f fixture, id domain.OrderID) {
			f.replica(t).change(t, id, both("elsewhere", change))
		}
	}
	bySQL := func(set string) func(*testing.T, fixture, domain.OrderID) {
		return func(t *testing.T, f fixture, id domain.OrderID) {
			pgtest.Execute(t, f.pool, "UPDATE orders SET "+set+" WHERE id = $1", string(id))
		}
	}
	gone := func(t *testing.T, f fixture, id domain.OrderID) {
		pgtest.Execute(t, f.pool, "DELETE FROM orders WHERE id = $1", string(id))
	}
	cancelByCustomer := func(o *domain.Order) error { return o.CancelByCustomer(porttest.Now) }
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, fixture, domain.OrderID)
		change    func(*domain.Order) error
		code      errs.Code
		status    domain.Status
		events    int // that are published of it
	}{
		"cancelled, then paid for":     {byReplica(timeOut), both("e-1", confirm), "", domain.Cancelled, 2},
		"completed, then too late":     {byReplica(confirm), both("e-1", timeOut), "", domain.Completed, 2},
		"completed, then withdrawn":    {byReplica(confirm), cancelByCustomer, errs.Conflict, domain.Completed, 2},
		"cancelled by hand":            {bySQL("status = 'CANCELLED', cancellation_reason = 'TIMEOUT'"), both("e-1", confirm), "", domain.Cancelled, 1},
		"refunded by hand, then ended": {bySQL("refunded_at = now()"), both("e-1", confirm), "", domain.Completed, 2},
		"gone, in a restored backup":   {gone, both("e-1", confirm), errs.NotFound, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			f, batches := setup(t).traced(t)
			id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
			c.meanwhile(t, f, id)
			var before []domain.Snapshot // what each run begins with
			noted := func(o *domain.Order) error {
				before = append(before, o.Snapshot())
				return c.change(o)
			}
			var err error
			sent := batches.During(func() { err = f.Update(t.Context(), id, noted) })
			if (c.code == "") != (err == nil) || err != nil && !errs.Is(err, c.code) {
				t.Errorf("err = %v, want %q", err, c.code)
			}
			if len(sent) != 3 { // in vain; to read; to write
				t.Errorf("sent %d times", len(sent))
			}
			if events := f.outbox(t); len(events) != c.events {
				t.Errorf("%d events, want %d", len(events), c.events)
			}
			if f.placed.get(uuid.MustParse(string(id))) != nil {
				t.Error("it is still believed to be as it was placed")
			}
			if c.status == "" {
				return
			}
			if len(before) != 2 {
				t.Fatalf("%d runs", len(before))
			}
			after := f.stored(t, id)
			if before[0].Status != domain.Pending || !before[0].RefundedAt.IsZero() || after.Status != c.status {
				t.Errorf("decided by %+v; then %+v", before, after)
			}
			if !before[1].RefundedAt.Equal(after.RefundedAt) {
				t.Errorf("decided by %+v, and stored %+v", before[1], after)
			}
		})
	}
}

// While somebody else has the order, its change waits, and is decided by what that
// one has made of it.
func TestOrderThatWasPlacedHereIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		first func(*domain.Order)
		want  domain.Status
	}{
		"changed":  {timeOut, domain.Cancelled},
		"observed": {func(*domain.Order) {}, domain.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			id, replica := f.add(t, porttest.NewOrder(t, "c", porttest.Now)), f.replica(t)
			changed := make(chan error, 1)
			err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
				if _, err := replica.transact(ctx, tx, []*operation{replica.operationOf(t, id, both("e-1", c.first))}); err != nil {
					return err
				}
				if err := tx.Send(ctx); err != nil {
					return err
				}
				go func() { changed <- f.Update(context.WithoutCancel(ctx), id, both("e-1", confirm)) }()
				pgtest.AwaitBlocked(t, f.pool)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-changed; err != nil {
				t.Fatal(err)
			}
			if got := f.stored(t, id).Status; got != c.want {
				t.Errorf("the order is %s, want %s", got, c.want)
			}
			if got := f.events(t, id); len(got) != 3 {
				t.Errorf("events = %v, want OrderCreated, e-1 and the end", got)
			}
		})
	}
}

// Where one order of a transaction has to be read, all are, in one statement.
func TestAllOrdersAreReadOrNone(t *testing.T) {
	f, batches := setup(t).traced(t)
	here, other := f.add(t, porttest.NewOrder(t, "c", porttest.Now)), f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	elsewhere := f.replica(t).add(t, porttest.NewOrder(t, "c", porttest.Now))
	for _, c := range []struct {
		operations []*operation
		want       int
	}{
		{[]*operation{f.operationOf(t, other, observing("e-1")), f.operationOf(t, elsewhere, observing("e-1")), f.operationOf(t, here, observing("e-1"))}, 2},
		{[]*operation{f.operationOf(t, other, observing("e-2")), f.operationOf(t, here, observing("e-2")), f.operationOf(t, other, both("e-3", confirm))}, 1},
	} {
		var outcomes []error
		sent := batches.During(func() { outcomes = f.inOneTransaction(t, c.operations...) })
		if err := errors.Join(outcomes...); err != nil || len(sent) != c.want || reads(sent) != (c.want == 2) {
			t.Errorf("%v; sent %q", err, sent)
		}
		if all := strings.Join(slices.Concat(sent...), ""); strings.Count(all, "FOR UPDATE") != 1 {
			t.Errorf("locked otherwise than in one statement: %s", all)
		}
	}
	for id, want := range map[domain.OrderID]int{here: 3, other: 5, elsewhere: 2} { // with their own
		if got := f.events(t, id); len(got) != want {
			t.Errorf("events of %s = %v, want %d", id, got, want)
		}
	}
}

// Locks come before keys. A key that was claimed in vain is claimed again.
func TestOrdersThatWerePlacedHereBesideKeys(t *testing.T) {
	f, batches := setup(t).traced(t)
	here, changed := f.add(t, porttest.NewOrder(t, "c", porttest.Now)), f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	first := addition(t, keyed("first", 1))
	sent := batches.During(func() { f.inOneTransaction(t, first, f.operationOf(t, here, both("e-1", confirm))) })
	if len(sent) != 2 || reads(sent) || len(sent[0]) != 3 || sent[0][2] != insertKey { // after BEGIN and the locks
		t.Errorf("sent %q", sent)
	}
	f.replica(t).change(t, changed, both("e-0", timeOut))
	second := addition(t, keyed("second", 1))
	f.inOneTransaction(t, second, addition(t, keyed("first", 1)), f.operationOf(t, changed, both("e-1", confirm)))
	if a, b := f.stored(t, here).Status, f.stored(t, changed).Status; a != domain.Completed || b != domain.Cancelled {
		t.Errorf("the orders are %s and %s", a, b)
	}
	if first.once.order != first.add || second.once.order != second.add || f.count(t, "idempotency_keys") != 2 || f.count(t, "orders") != 4 {
		t.Errorf("%d keys, %d orders", f.count(t, "idempotency_keys"), f.count(t, "orders"))
	}
}

// Two replicas place orders and change all of them, their own and the other's, at once.
func TestReplicasChangeWhatEitherHasPlaced(t *testing.T) {
	const callers, rounds = 8, 60
	f := setup(t)
	replicas := []fixture{f, f.replica(t)}
	var (
		mu  sync.Mutex
		ids []domain.OrderID
		all sync.WaitGroup
	)
	changes := []func(*domain.Order){confirm, timeOut, func(*domain.Order) {}, func(*domain.Order) {}, refund}
	for n := range callers {
		f := replicas[n%2]
		all.Go(func() {
			for round := range rounds {
				o := porttest.NewOrder(t, "c", porttest.Now)
				if _, err := f.AddOnce(t.Context(), o, keyed(fmt.Sprint(n, " ", round), 1)); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				ids = append(ids, o.ID())
				some := []domain.OrderID{ids[rand.N(len(ids))], ids[max(0, len(ids)-1-rand.N(10))], o.ID()}
				mu.Unlock()
				for _, id := range some {
					if err := f.Update(t.Context(), id, both(fmt.Sprint("e-", rand.N(3)), changes[rand.N(len(changes))])); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if n := pgtest.Deadlocks(t, replicas[0].pool, replicas[1].pool); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	ends := map[string]int{}
	for _, m := range f.outbox(t) {
		if m.Type != "OrderCreated" {
			ends[m.Subject]++
		}
	}
	for _, id := range ids {
		want := 0
		if f.stored(t, id).Status.Terminal() {
			want = 1
		}
		if got := ends[string(id)]; got != want {
			t.Errorf("order %s has %d ends, want %d", id, got, want)
		}
	}
}

// It is found by its key, while the tables are empty and when they are full.
func TestPlanOfLockingWhatWasPlacedHere(t *testing.T) {
	f := setup(t)
	for range 2 {
		pgtest.Execute(t, f.pool, "VACUUM ANALYZE orders")
		plan := pgtest.PlanWithoutValues(t, f.pool, lockPending, "NULL", "NULL")
		pgtest.WantPlan(t, plan, map[string]int{"Index Scan using orders_pkey": 1, "Index Cond: (id = ANY ($1))": 1, "Index": 2})
		pgtest.Execute(t, f.pool, fill, 3000, porttest.Now, apart(3000))
	}
}

// elsewhere has orders placed by another replica, so that none is remembered.
type elsewhere struct {
	*Orders
	replica *Orders
}

func (e elsewhere) Add(ctx context.Context, o *domain.Order) error { return e.replica.Add(ctx, o) }

func TestOrdersThatWerePlacedElsewhere(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Store {
		f := setup(t)
		return porttest.Store{Orders: elsewhere{f.Orders, f.replica(t).Orders}, Keys: f, Outbox: f.outbox, Journal: f.journal()}
	})
}

func TestRetriesForALockedOrderYield(t *testing.T) {
	f := setup(t)
	id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	pgtest.ExpectRetriesToYield(t, f.pool, "SELECT FROM orders FOR UPDATE", func(pool *pgxpool.Pool) func() error {
		orders := NewOrders(pool, f.encode, f.hand)
		return func() error { return orders.Update(t.Context(), id, both("e-1", confirm)) }
	})
}
