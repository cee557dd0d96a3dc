package outbox

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
)

// receive returns the ids of the next n messages that were confirmed.
func (b *broker) receive(n int) map[string]int {
	got := map[string]int{}
	for range n {
		got[(<-b.got).ID]++
	}
	return got
}

// caughtUp returns a relay that has nothing left to look for in the table.
func caughtUp(t *testing.T, r *Relay) *Relay {
	t.Helper()
	if err := r.catchUp(t.Context()); err != nil || r.isBehind() {
		t.Fatalf("behind %v, %v", r.isBehind(), err)
	}
	return r
}

func TestWhatIsHandedOverIsPublishedOnceAndDeleted(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	relay.Hand(insert(t, pool, ids(3)...))
	if err := relay.publish(t.Context(), t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids(3) {
		if b.confirmed[id] != 1 {
			t.Errorf("%s is published %d times", id, b.confirmed[id])
		}
	}
	if left := rowsLeft(t, pool); left != 0 {
		t.Errorf("%d rows left", left)
	}
}

// The broker took so long that others may take the rows from the table, and they are not
// deleted yet.
func TestLookPublishesNothingThatWasConfirmedJustNow(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	relay.Hand(insert(t, pool, ids(3)...))
	if err := relay.publish(t.Context(), t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "UPDATE outbox SET occurred_at = occurred_at - $1::interval", 2*fresh); err != nil {
		t.Fatal(err)
	}
	relay.look(t.Context())
	for _, id := range ids(3) {
		if b.confirmed[id] != 1 {
			t.Errorf("%s is published %d times", id, b.confirmed[id])
		}
	}
	if left := rowsLeft(t, pool); left != 0 || relay.isBehind() {
		t.Errorf("%d rows left, behind %v", left, relay.isBehind())
	}
}

// A batch of which one message isn't confirmed costs the others nothing, and
// that one is found in the table.
func TestWhatIsHandedOverAndNotConfirmedIsTakenFromTheTable(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	b.refuseWith(func(m rabbitkit.Message) error {
		if m.ID == "e-0001" {
			return errors.New("nack")
		}
		return nil
	})
	relay.Hand(insert(t, pool, ids(3)...))
	if err := relay.publish(t.Context(), t.Context(), nil); err == nil || !relay.isBehind() {
		t.Errorf("behind %v, %v", relay.isBehind(), err)
	}
	b.refuseWith(nil)
	if err := relay.publish(t.Context(), t.Context(), nil); err != nil || relay.isBehind() {
		t.Errorf("behind %v, %v", relay.isBehind(), err)
	}
	if got := b.receive(3); len(got) != 3 {
		t.Errorf("published %v", got)
	}
	if left := rowsLeft(t, pool); left != 0 {
		t.Errorf("%d rows left", left)
	}
}

// Each message that is published hands over the next.
func TestRowsOfOthersAreFoundUnderLoad(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	var found atomic.Bool
	b.refuseWith(func(m rabbitkit.Message) error {
		if m.ID == "another's" {
			found.Store(true)
		}
		if !found.Load() {
			time.Sleep(time.Millisecond) // as a broker takes, or it would be ten thousands
			relay.Hand([]Message{{EventID: "mine"}})
		}
		return nil
	})
	relay.Hand([]Message{{EventID: "mine"}})
	start(t, relay)
	insert(t, pool, "another's")
	for m := range b.got {
		if m.ID == "another's" {
			return
		}
	}
}

func TestRelayOutlastsADatabaseThatNeverAnswers(t *testing.T) {
	direct := pgtest.New(t, table)
	proxy := pgtest.NewProxy(t, direct.Config().ConnString())
	b := newBroker()
	relay := caughtUp(t, NewRelay(pgtest.Open(t, proxy.URL), b, quiet))
	insert(t, direct, "another's")
	defer proxy.Bury()
	proxy.Swallow()
	if relay.look(t.Context()); relay.isBehind() {
		t.Error("behind after one look without an answer: what is handed over would be forgotten")
	}
	start(t, relay)
	b.expect(t, "another's")
}

// It is slow, perhaps, and a transaction has more time than a look.
func TestLooksWithoutAnAnswerHaveTheTableRead(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	relay.limit = time.Nanosecond
	insert(t, pool, "another's")
	start(t, relay)
	b.expect(t, "another's")
}

// What is handed over faster than it can be published doesn't pile up in memory.
func TestMemoryIsBounded(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	messages := insert(t, pool, ids(mostHanded+1)...)
	relay.Hand(messages[:mostHanded])
	if len(relay.handed) != mostHanded || relay.isBehind() {
		t.Errorf("%d messages in memory, behind %v", len(relay.handed), relay.isBehind())
	}
	relay.Hand(messages[mostHanded:])
	if len(relay.handed) != 0 || !relay.isBehind() {
		t.Errorf("%d messages in memory and one more, behind %v", len(relay.handed), relay.isBehind())
	}
	if err := relay.publish(t.Context(), t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := b.receive(mostHanded + 1); len(got) != mostHanded+1 {
		t.Errorf("published %d different messages, want %d", len(got), mostHanded+1)
	}
}

// Bodies that have left make room.
func TestMemoryIsBoundedByBytes(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := caughtUp(t, NewRelay(pool, b, quiet))
	for range 3 {
		relay.Hand([]Message{{EventID: "e-1", Body: make([]byte, mostHandedBytes)}})
		if relay.isBehind() {
			t.Fatal("no room")
		}
		if err := relay.publish(t.Context(), t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	relay.Hand([]Message{{EventID: "e-2", Body: make([]byte, mostHandedBytes)}})
	relay.forget([]string{"e-2"}) // it was found in the table
	if relay.size != 0 {
		t.Errorf("%d bytes for nothing", relay.size)
	}
	relay.Hand([]Message{{EventID: "e-3", Body: make([]byte, mostHandedBytes)}})
	relay.Hand([]Message{{EventID: "e-4", Body: []byte("{}")}})
	if len(relay.handed) != 0 || relay.size != 0 || !relay.isBehind() {
		t.Errorf("%d messages of %d bytes in memory and one more, behind %v", len(relay.handed), relay.size, relay.isBehind())
	}
}

func TestBatchesAreBounded(t *testing.T) {
	for from, relayed := range map[string]func(*Relay, []Message){
		"memory":    (*Relay).Hand,
		"the table": func(r *Relay, _ []Message) { r.behind = true },
	} {
		t.Run(from, func(t *testing.T) {
			pool, b := pgtest.New(t, table), newBroker()
			relay := caughtUp(t, NewRelay(pool, b, quiet, PublishAtMost(5)))
			relayed(relay, insert(t, pool, ids(12)...))
			if err := relay.publish(t.Context(), t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if got := b.receive(12); len(got) != 12 || b.largest != 5 {
				t.Errorf("published %d different messages by %d, want 12 by 5", len(got), b.largest)
			}
		})
	}
}

// Another relay may be about to publish them, or be gone without the database
// knowing yet: then they are this one's.
func TestDrainWaitsForRowsThatOthersHold(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	insert(t, pool, ids(2)...)
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, other *pgkit.Tx) error {
		if _, err := claim(ctx, other, time.Time{}, 1); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		drained := make(chan error, 1)
		go func() { drained <- NewRelay(pool, b, quiet).Drain(ctx) }()
		b.receive(1) // the row that is free
		cancel()
		if err := <-drained; err == nil {
			t.Error("called empty while a row is held")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := NewRelay(pool, b, quiet).Drain(t.Context()); err != nil || rowsLeft(t, pool) != 0 {
		t.Errorf("%d rows left, %v", rowsLeft(t, pool), err)
	}
}

func TestDrainDoesNotWaitForWhatOthersAdd(t *testing.T) {
	pool := pgtest.New(t, table)
	insert(t, pool, "e-1")
	if err := noneBefore(t.Context(), pool, time.Now().Add(-time.Minute)); err != nil {
		t.Error(err)
	}
	if err := noneBefore(t.Context(), pool, time.Now().Add(time.Minute)); !errors.Is(err, errHeld) {
		t.Errorf("err = %v", err)
	}
}

// Run ends with nothing half done: what the broker has confirmed is deleted.
func TestDrainFollowsRun(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := NewRelay(pool, b, quiet)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { relay.Run(ctx); close(done) }()
	relay.Hand(insert(t, pool, "e-1"))
	b.receive(1)
	cancel()
	<-done
	insert(t, pool, "e-2")
	if err := relay.Drain(t.Context()); err != nil || rowsLeft(t, pool) != 0 {
		t.Errorf("%d rows left, %v", rowsLeft(t, pool), err)
	}
	if b.confirmed["e-1"] != 1 || b.confirmed["e-2"] != 1 {
		t.Errorf("published %v", b.confirmed)
	}
}

// More rows than that are left in the table, to be published again.
func TestWhatWaitsToBeDeletedIsBounded(t *testing.T) {
	c := newConfirmed(nil, quiet)
	for range 3 {
		c.add(make([]string, mostConfirmed/2+1))
	}
	if len(c.ids) != mostConfirmed {
		t.Errorf("%d rows wait, want %d", len(c.ids), mostConfirmed)
	}
}
