package wiring

import (
	"context"
	"sync"
	"testing"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// patience is for what should come soon.
const patience = time.Minute

// Two thousand wait at one replica for what happens at another one. It costs each
// of them two looks at its order, and all of them together a look at the journal
// for each transaction that changes it.
func TestThousandsWaitWithoutPolling(t *testing.T) {
	url := newDatabase(t)
	there, here := newReplica(t, url), newReplica(t, url)
	const many = 2000
	ids := make([]domain.OrderID, many)
	each(many, func(i int) { ids[i] = there.order(t, "customer-1") })

	var waiting, waited sync.WaitGroup
	waiting.Add(many)
	await := application.NewAwaitEnd(here.orders, seenWaiting{here.feed, waiting.Done})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, id := range ids {
		waited.Go(func() {
			if o, err := await.Do(ctx, id); err != nil || o.Snapshot().Status != domain.Cancelled {
				t.Errorf("%s: %v, %v", id, o, err)
			}
		})
	}
	waiting.Wait()
	if n := here.reads.orders.Load(); n != many {
		t.Errorf("%d looks at the orders while %d begin to wait", n, many)
	}
	each(many, func(i int) {
		if _, err := there.cancel.Do(t.Context(), ids[i], ""); err != nil {
			t.Error(err)
		}
	})
	waited.Wait()
	if ctx.Err() != nil {
		t.Error("somebody waited in vain")
	}
	t.Logf("%d looks at the journal", here.reads.journal.Load())
	if n := here.reads.orders.Load(); n != 2*many {
		t.Errorf("%d looks at the orders of %d who waited", n, many)
	}
	if n := here.reads.journal.Load(); n > many/2 {
		t.Errorf("%d looks at the journal for %d who waited", n, many)
	}
}

// each calls do for 0 to n-1, many at a time.
func each(n int, do func(i int)) {
	const atATime = 200
	next := make(chan int)
	var all sync.WaitGroup
	for range atATime {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

// seenWaiting is a feed that tells when each subscriber begins to wait.
type seenWaiting struct {
	application.Feed
	waits func()
}

func (f seenWaiting) Subscribe(ctx context.Context, s application.Selection) (application.Subscription, error) {
	subscription, err := f.Feed.Subscribe(ctx, s)
	return waitingSubscription{subscription, sync.OnceFunc(f.waits)}, err
}

type waitingSubscription struct {
	application.Subscription
	waits func()
}

func (s waitingSubscription) Entries() <-chan *application.Entry {
	s.waits()
	return s.Subscription.Entries()
}

// A client whose replica goes away again and again, while others write, gets each
// event once and in order, wherever it comes back.
func TestStreamGoesOnAtAnotherReplica(t *testing.T) {
	url := newDatabase(t)
	readers := []replica{newReplica(t, url), newReplica(t, url)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	selected := application.Selection{CustomerID: "hers"}
	position := beginning(ctx, t, readers[0], selected)

	const placed = 600
	var hers []domain.OrderID
	var mu sync.Mutex
	var writing sync.WaitGroup
	for range 2 {
		writer := newReplica(t, url)
		writing.Go(func() {
			each(placed, func(i int) {
				customer := [...]string{"hers", "others"}[i%2]
				id := writer.order(t, customer)
				mu.Lock()
				defer mu.Unlock()
				if customer == "hers" {
					hers = append(hers, id)
				}
			})
		})
	}
	seen := map[domain.OrderID]bool{}
	for turn := 0; len(seen) < placed && ctx.Err() == nil; turn++ {
		reader := &readers[turn%len(readers)]
		for _, e := range follow(ctx, t, *reader, selected, position, min(1+turn%40, placed-len(seen))) {
			if e.Position <= position || e.CustomerID != "hers" || seen[e.OrderID] {
				t.Fatalf("%+v came after %d, seen before: %v", e, position, seen[e.OrderID])
			}
			position, seen[e.OrderID] = e.Position, true
		}
		if turn%5 == 0 {
			reader.stop()
			*reader = newReplica(t, url)
		}
	}
	writing.Wait()
	for _, id := range hers {
		if !seen[id] {
			t.Errorf("nobody has told of %s", id)
		}
	}
}

// A customer comes back to a journal that others have filled in the meantime, and
// fill while it catches up: it gets its own once and in order, and reads few others.
func TestLongPastOfOthersIsNotRead(t *testing.T) {
	url := newDatabase(t)
	reader, writer := newReplica(t, url), newReplica(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const others, before, meanwhile = 100_000, 300, 600
	fillJournal(t, url, others, before)
	last, seen := int64(0), map[domain.OrderID]bool{}
	takes := func(count int) {
		t.Helper()
		for _, e := range follow(ctx, t, reader, application.Selection{VisibleTo: "hers"}, last, count) {
			if e.Position <= last || e.CustomerID != "hers" || seen[e.OrderID] {
				t.Fatalf("%+v came after %d, seen before: %v", e, last, seen[e.OrderID])
			}
			last, seen[e.OrderID] = e.Position, true
		}
	}
	takes(before / 2)
	var writing sync.WaitGroup
	writing.Go(func() { each(2*meanwhile, func(i int) { writer.order(t, [...]string{"hers", "others"}[i%2]) }) })
	takes(before + meanwhile - len(seen))
	writing.Wait()
	if len(seen) != before+meanwhile {
		t.Errorf("%d events came, want %d", len(seen), before+meanwhile)
	}
	if n := reader.reads.rows.Load(); n > others/2 { // a look that isn't over in time costs 20,000
		t.Errorf("%d rows were read", n)
	}
}

// fillJournal gives others so many orders with one event each, and some to her, now and
// then.
func fillJournal(t *testing.T, url string, others, hers int) {
	t.Helper()
	_, err := pgtest.Open(t, url).Exec(t.Context(), `
WITH placed AS (
	INSERT INTO orders (id, customer_id, items, total_minor, payment_method, status, created_at, updated_at)
	SELECT gen_random_uuid(), CASE WHEN n % (1 + $1 / $2) = 0 THEN 'hers' ELSE 'others' END, '[]', 1, '', 'PENDING', at, at
	FROM generate_series(1, $1::int + $2::int) n CROSS JOIN LATERAL (SELECT now() - interval '1 day' + n * interval '1 second') t (at)
	RETURNING id, created_at
)
INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at)
SELECT id, id, 'OrderCreated', '/order', '', created_at FROM placed ORDER BY created_at`, others, hers)
	if err != nil {
		t.Fatal(err)
	}
}

// beginning returns where the journal is now.
func beginning(ctx context.Context, t *testing.T, r replica, s application.Selection) int64 {
	t.Helper()
	stream, err := r.follow.All(ctx, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	return stream.Position()
}

// follow returns at least n entries after the position, or what there is when ctx
// ends.
func follow(ctx context.Context, t *testing.T, r replica, s application.Selection, after int64, n int) (entries []application.Entry) {
	t.Helper()
	stream, err := r.follow.All(ctx, s, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for len(entries) < n && ctx.Err() == nil {
		more, err := stream.Next(ctx, patience)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, more...)
	}
	return entries
}
