package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func keyed(value string, content byte) application.IdempotencyKey {
	return application.IdempotencyKey{Caller: "alice", Value: value, Request: [32]byte{content}}
}

// addition is an operation that adds an order under a key.
func addition(t *testing.T, key application.IdempotencyKey) *operation {
	o := porttest.NewOrder(t, "c", porttest.Now)
	return &operation{ctx: t.Context(), id: uuid.MustParse(string(o.ID())), add: o, once: &request{IdempotencyKey: key}}
}

func (f fixture) count(t *testing.T, table string) (n int) {
	t.Helper()
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestKeysOfOneTransaction(t *testing.T) {
	f := setup(t)
	stored := addition(t, keyed("stored", 1))
	if _, err := f.AddOnce(t.Context(), stored.add, stored.once.IdempotencyKey); err != nil {
		t.Fatal(err)
	}
	operations := []*operation{
		addition(t, keyed("new", 1)),
		addition(t, keyed("new", 1)),    // of the same transaction
		addition(t, keyed("new", 2)),    // asks for something else
		addition(t, keyed("stored", 1)), // of an earlier transaction
		addition(t, keyed("stored", 2)),
		addition(t, keyed("a newer", 1)),
	}
	outcomes := f.inOneTransaction(t, operations...)
	for i, want := range []struct {
		order domain.OrderID
		err   error
	}{
		{operations[0].add.ID(), nil}, {operations[0].add.ID(), nil}, {"", application.ErrKeyReused},
		{stored.add.ID(), nil}, {"", application.ErrKeyReused}, {operations[5].add.ID(), nil},
	} {
		if !errors.Is(outcomes[i], want.err) {
			t.Errorf("operation %d: %v, want %v", i, outcomes[i], want.err)
		} else if got := operations[i].once.order; want.err == nil && got.ID() != want.order {
			t.Errorf("operation %d got the order %s, want %s", i, got.ID(), want.order)
		}
	}
	if orders, keys := f.count(t, "orders"), f.count(t, "idempotency_keys"); orders != 3 || keys != 3 {
		t.Errorf("%d orders and %d keys", orders, keys)
	}
}

func TestRoundTripsOfOneTransaction(t *testing.T) {
	f := setup(t)
	used := addition(t, keyed("used", 1))
	if _, err := f.AddOnce(t.Context(), used.add, used.once.IdempotencyKey); err != nil {
		t.Fatal(err)
	}
	pool, batches := pgtest.Traced(t, f.pool)
	change := func() *operation {
		return &operation{ctx: t.Context(), id: used.id, change: func(o *domain.Order) error { o.Confirm(porttest.Now); return nil }}
	}
	plain, other := addition(t, keyed("", 0)), addition(t, keyed("", 0))
	plain.once, other.once = nil, nil
	placed := func() *operation {
		return f.operationOf(t, f.add(t, porttest.NewOrder(t, "c", porttest.Now)), observing("e-1"))
	}
	for name, c := range map[string]struct {
		operations []*operation
		want       int
	}{
		"a new order":                        {[]*operation{plain}, 1},
		"a change":                           {[]*operation{change()}, 2},
		"a change of what was placed here":   {[]*operation{placed()}, 1},
		"the same and a new order":           {[]*operation{placed(), other}, 1},
		"the same and a new key":             {[]*operation{placed(), addition(t, keyed("d", 1))}, 2},
		"the same and a change":              {[]*operation{placed(), change()}, 2},
		"a new key":                          {[]*operation{addition(t, keyed("a", 1))}, 2},
		"a change and a new key":             {[]*operation{change(), addition(t, keyed("b", 1))}, 2},
		"a change, a new key and an old one": {[]*operation{change(), addition(t, keyed("c", 1)), addition(t, keyed("used", 1))}, 3},
	} {
		var err error
		sent := batches.During(func() {
			err = pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
				_, err := f.transact(ctx, tx, c.operations)
				return err
			})
		})
		if err != nil || len(sent) != c.want {
			t.Errorf("%s: %d round trips, %v; want %d", name, len(sent), err, c.want)
		}
	}
}

// Two replicas get the same hundred requests at the same time.
func TestEachOfManyConcurrentRequestsGetsTheSameOrder(t *testing.T) {
	f := setup(t)
	other := pgtest.Open(t, f.pool.Config().ConnString())
	replicas := []*Orders{f.Orders, NewOrders(other, f.encode, func([]outbox.Message) {})}
	const requests, keys = 100, 7
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		found = map[string]map[domain.OrderID]bool{}
	)
	for i := range requests * len(replicas) {
		key := keyed(fmt.Sprintf("k-%d", i*5%keys), 1) // so that batches have them in different orders
		o := porttest.NewOrder(t, "c", porttest.Now)
		all.Go(func() {
			first, err := replicas[i%len(replicas)].AddOnce(t.Context(), o, key)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if found[key.Value] == nil {
				found[key.Value] = map[domain.OrderID]bool{}
			}
			found[key.Value][first.ID()] = true
		})
	}
	all.Wait()
	for key, orders := range found {
		if len(orders) != 1 {
			t.Errorf("%s stands for %d orders", key, len(orders))
		}
	}
	if orders, events := f.count(t, "orders"), len(f.outbox(t)); orders != keys || events != keys {
		t.Errorf("%d orders with %d events, want %d", orders, events, keys)
	}
}

// While another transaction is about to save the key's order, a request waits: for
// that order, or for its own turn when the other one fails.
func TestRequestWaitsForTheFirst(t *testing.T) {
	for name, commit := range map[string]bool{"commits": true, "fails": false} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			first, key := addition(t, keyed("k", 1)), keyed("k", 1)
			second := porttest.NewOrder(t, "c", porttest.Now)
			got := make(chan domain.OrderID, 1)
			want, fails := first.add.ID(), errors.New("fails")
			err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
				if _, err := f.transact(ctx, tx, []*operation{first}); err != nil {
					return err
				}
				go func() {
					defer close(got)
					if o, err := f.AddOnce(t.Context(), second, key); err != nil {
						t.Error(err)
					} else {
						got <- o.ID()
					}
				}()
				pgtest.AwaitBlocked(t, f.pool)
				select {
				case id := <-got:
					t.Errorf("it didn't wait: %s", id)
				default:
				}
				if !commit {
					want = second.ID()
					return fails
				}
				return nil
			})
			if err != nil && !errors.Is(err, fails) {
				t.Fatal(err)
			}
			if id := <-got; id != want {
				t.Errorf("got the order %s, want %s", id, want)
			}
		})
	}
}

// An order that can't be saved takes its key with it, and costs others nothing.
func TestPoisonUnderAKeyCostsNobodyElse(t *testing.T) {
	f := setup(t)
	poison := porttest.NewOrder(t, "poison", porttest.Now)
	encode := f.encode
	f.encode = func(ctx context.Context, events []event.Event) ([]outbox.Message, error) {
		if len(events) > 0 && events[0].Subject() == string(poison.ID()) {
			return nil, errPoison
		}
		return encode(ctx, events)
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if i == 25 {
				if _, err := f.AddOnce(t.Context(), poison, keyed("poison", 1)); !errors.Is(err, errPoison) {
					t.Errorf("poison: %v", err)
				}
				return
			}
			o := porttest.NewOrder(t, "c", porttest.Now)
			if first, err := f.AddOnce(t.Context(), o, keyed(fmt.Sprint(i), 1)); err != nil || first.ID() != o.ID() {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
	if orders, keys := f.count(t, "orders"), f.count(t, "idempotency_keys"); orders != 49 || keys != 49 {
		t.Errorf("%d orders and %d keys", orders, keys)
	}
}

var errPoison = errors.New("poison")

// Several replicas forget at once, while requests use keys that are about to go.
func TestKeysAreForgottenWhileTheyAreUsed(t *testing.T) {
	f := setup(t)
	const keys = 200
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			if _, err := f.AddOnce(t.Context(), porttest.NewOrder(t, "c", porttest.Now), keyed(fmt.Sprint(i), 1)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	later := porttest.Now.Add(time.Hour)
	forgotten := make([]int, 4)
	for i := range forgotten {
		all.Go(func() {
			for {
				n, err := f.ForgetKeys(t.Context(), later, 10)
				if err != nil {
					t.Error(err)
				}
				if forgotten[i] += n; n < 10 {
					return
				}
			}
		})
	}
	for i := range keys {
		all.Go(func() {
			if _, err := f.AddOnce(t.Context(), porttest.NewOrder(t, "c", later), keyed(fmt.Sprint(i), 1)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range forgotten {
		sum += n
	}
	if orders := f.count(t, "orders"); orders < keys || orders > keys+sum || sum > keys {
		t.Errorf("%d orders; %d keys were forgotten", orders, sum)
	}
	if events := len(f.outbox(t)); events != f.count(t, "orders") {
		t.Errorf("%d events for %d orders", events, f.count(t, "orders"))
	}
}

func TestKeysNeedTheDatabase(t *testing.T) {
	pool := pgtest.Open(t, "postgres://127.0.0.1:1/none?connect_timeout=1")
	orders := NewOrders(pool, nil, func([]outbox.Message) {})
	if _, err := orders.AddOnce(t.Context(), porttest.NewOrder(t, "c", porttest.Now), keyed("k", 1)); !errs.Is(err, errs.Unavailable) {
		t.Errorf("AddOnce: %v", err)
	}
	if _, err := orders.PlacedUnder(t.Context(), keyed("k", 1)); !errs.Is(err, errs.Unavailable) {
		t.Errorf("PlacedUnder: %v", err)
	}
	if _, err := orders.ForgetKeys(t.Context(), porttest.Now, 1); !errs.Is(err, errs.Unavailable) {
		t.Errorf("ForgetKeys: %v", err)
	}
}

// A request is recognized by its key: each time it would be another order.
func TestRetriesForAKeyThatIsBeingClaimedYield(t *testing.T) {
	f := setup(t)
	claim := `INSERT INTO idempotency_keys (caller, key, request, order_id, created_at) VALUES ('alice', 'k', '', gen_random_uuid(), now())`
	pgtest.ExpectRetriesToYield(t, f.pool, claim, func(pool *pgxpool.Pool) func() error {
		orders := NewOrders(pool, f.encode, f.hand)
		return func() error {
			_, err := orders.AddOnce(t.Context(), porttest.NewOrder(t, "c", porttest.Now), keyed("k", 1))
			return err
		}
	})
}

func TestPostWithoutAKeyIsNobodysRetry(t *testing.T) {
	if key := (&operation{add: porttest.NewOrder(t, "c", porttest.Now)}).retriedAs(); key != nil {
		t.Errorf("it is recognized by %v", key)
	}
}
