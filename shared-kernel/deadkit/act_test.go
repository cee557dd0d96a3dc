package deadkit

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestReplayedMessageIsInTheServicesQueueAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, dead("contradiction", "order-1"), dead("contradiction", "order-2"))
	letter := o.list(t)[0]
	r, err := o.Do(t.Context(), Order{Verb: Replay, Operator: "ada", ID: letter.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := Action{
		ID: r.Actions[0].ID, Verb: Replay, Operator: "ada", LetterID: letter.ID, MessageID: letter.MessageID, Type: contracts.TypeOrderConfirmed,
		OrderID: letter.OrderID, Reason: "contradiction", OriginalKey: "order.confirmed", Outcome: Done, RequestedAt: noon, FinishedAt: &noon,
	}
	if !reflect.DeepEqual(r.Actions, []Action{want}) || r.Done != 1 {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	stored, err := o.Actions(t.Context(), ActionFilter{Limit: 10, OrderID: letter.OrderID})
	if err != nil || !reflect.DeepEqual(stored, []Action{want}) {
		t.Errorf("stored %+v, %v", stored, err)
	}
	o.expectDepth(t, deadQueue, 1)
	o.expectDepth(t, eventsQueue, 1)
	if d := o.get(t, eventsQueue); d.CorrelationId != letter.OrderID || d.Headers[rabbitkit.HeaderReason] != nil {
		t.Errorf("%+v", d)
	}
	if _, err := o.Do(t.Context(), Order{Verb: Replay, ID: letter.ID}); !errs.Is(err, errs.NotFound) {
		t.Errorf("it waits no more, but: %v", err)
	}
	for name, got := range map[string]float64{
		"waiting": testutil.ToFloat64(o.metrics.waiting), "replayed": testutil.ToFloat64(o.metrics.actedOn[Replay]),
	} {
		if got != 1 {
			t.Errorf("%g %s", got, name)
		}
	}
}

func TestDiscardedMessageIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, rabbitkit.Message{Body: []byte("\xff\x00{"), ID: "id\xff", Headers: map[string]any{rabbitkit.HeaderReason: "a\x00b"}})
	r, err := o.Do(t.Context(), Order{Verb: Discard, Operator: "ada", ID: o.only(t).ID})
	if err != nil || r.Done != 1 || r.Actions[0].MessageID != "id\uFFFD" || r.Actions[0].Reason != "a\uFFFDb" {
		t.Errorf("%+v, %v", r, err)
	}
	o.expectDepth(t, deadQueue, 0)
	o.expectDepth(t, eventsQueue, 0)
	if got := testutil.ToFloat64(o.metrics.actedOn[Discard]); got != 1 {
		t.Errorf("%g discarded", got)
	}
}

// Of several equal messages each order takes one.
func TestEqualMessagesAreReplayedOneByOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, dead("failed", "order-1"), dead("failed", "order-1"))
	letter := o.only(t)
	for left := 1; left >= 0; left-- {
		if _, err := o.Do(t.Context(), Order{Verb: Replay, ID: letter.ID}); err != nil {
			t.Fatal(err)
		}
		o.expectDepth(t, deadQueue, left)
	}
	o.expectDepth(t, eventsQueue, 2)
}

func TestGroupIsReplayedAHundredAtATime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	created := dead("failed", "order-1")
	created.Body = []byte(`{"type":"OrderCreated","subject":"order-1"}`)
	o.bury(t, several("failed", 230)...)
	o.bury(t, created, dead("contradiction", "order-2"))
	for _, want := range []Result{{Done: 100, Left: 130}, {Done: 100, Left: 30}, {Done: 30}, {}} {
		r, err := o.Do(t.Context(), Order{Verb: Replay, Reason: "failed", Type: contracts.TypeOrderConfirmed})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Actions) != want.Done {
			t.Errorf("%d actions", len(r.Actions))
		}
		if r.Actions = nil; !reflect.DeepEqual(r, want) {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
	o.expectDepth(t, eventsQueue, 230)
	if r, err := o.Do(t.Context(), Order{Verb: Discard, Reason: "failed"}); err != nil || r.Done != 1 || r.Actions[0].Type != "OrderCreated" {
		t.Errorf("%+v, %v", r, err)
	}
	if got := o.only(t); got.Reason != "contradiction" {
		t.Errorf("%+v", got)
	}
}

// What the broker refuses waits on, and the rest is done all the same.
func TestWhatCannotBePublishedStays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, several("failed", 3)...)
	publish := o.Keeper.publish
	o.Keeper.publish = func(ctx context.Context, batch []rabbitkit.Message) []error {
		results := publish(ctx, []rabbitkit.Message{batch[0], batch[2]})
		return []error{results[0], errors.New("the broker takes none of these"), results[1]}
	}
	r, err := o.Do(t.Context(), Order{Verb: Replay, Reason: "failed"})
	if err != nil || r.Done != 2 || r.Failed != 1 || r.Left != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := o.recorded(t); !slices.Equal(got, []Outcome{Done, Failed, Done}) || r.Actions[1].Detail != "the broker takes none of these" {
		t.Errorf("%v, %+v", got, r.Actions[1])
	}
	if got := o.only(t); got.OrderID != "failed-0001" {
		t.Errorf("%s waits", got.OrderID)
	}
}

// The service can be lost between any two steps of a replay. The message must
// then wait still, and the next replay must find it.
func TestCrashInTheMiddleOfAReplayLosesNothing(t *testing.T) {
	t.Parallel()
	gone := func(batch []rabbitkit.Message) []error {
		return slices.Repeat([]error{errs.New(errs.Unavailable, "the connection was lost")}, len(batch))
	}
	type step func(context.Context, []rabbitkit.Message) []error
	for name, c := range map[string]struct {
		lost     func(proxy *rabbittest.Proxy, publish step) step
		copies   int // of the message that the service gets in the end
		recorded []Outcome
	}{
		"before it is published": {func(proxy *rabbittest.Proxy, _ step) step {
			return func(_ context.Context, batch []rabbitkit.Message) []error {
				proxy.Cut()
				return gone(batch)
			}
		}, 1, []Outcome{Failed, Done}},
		"before the broker confirms": {func(proxy *rabbittest.Proxy, publish step) step {
			return func(ctx context.Context, batch []rabbitkit.Message) []error {
				publish(ctx, batch)
				proxy.Cut()
				return gone(batch)
			}
		}, 2, []Outcome{Failed, Done}},
		"before it is removed": {func(proxy *rabbittest.Proxy, publish step) step {
			return func(ctx context.Context, batch []rabbitkit.Message) []error {
				defer proxy.Cut()
				return publish(ctx, batch)
			}
		}, 2, []Outcome{Requested, Done}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.bury(t, dead("failed", "order-1"))
			letter := o.only(t)
			proxy := rabbittest.NewProxy(t, o.url)
			crashing := o.replica(o.database)
			crashing.letters = rabbitkit.NewDeadLetters(proxy.URL, service)
			crashing.publish = c.lost(proxy, crashing.publish)
			if _, err := crashing.Do(t.Context(), Order{Verb: Replay, ID: letter.ID}); !errs.Is(err, errs.Unavailable) {
				t.Errorf("%v", err)
			}
			rabbittest.Eventually(t, "the message waits again", func() bool {
				waiting, err := o.letters.Waiting(t.Context())
				return err == nil && waiting == 1
			})
			if _, err := o.Do(t.Context(), Order{Verb: Replay, ID: letter.ID}); err != nil {
				t.Fatal(err)
			}
			o.expectDepth(t, deadQueue, 0)
			o.expectDepth(t, eventsQueue, c.copies)
			if got := o.recorded(t); !slices.Equal(got, c.recorded) {
				t.Errorf("recorded: %v", got)
			}
		})
	}
}

func TestNothingIsRecordedThatCannotBegin(t *testing.T) {
	t.Parallel()
	o := newOfficeWithoutBroker(t)
	for _, order := range []Order{{Verb: Discard, Reason: "failed"}, {Verb: Replay, ID: "x"}} {
		if _, err := o.Do(t.Context(), order); !errs.Is(err, errs.Unavailable) {
			t.Errorf("%v", err)
		}
	}
	if got := o.recorded(t); got != nil {
		t.Errorf("recorded: %v", got)
	}
}

// Nothing is done that can't be recorded; and when the database is lost later,
// the record says that the end isn't known.
func TestDatabaseIsLost(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, dead("failed", "order-1"))
	id := o.only(t).ID

	pool := pgtest.Open(t, o.database.Config().ConnString())
	losing := o.replica(pool)
	losing.publish = func(ctx context.Context, batch []rabbitkit.Message) []error {
		go pool.Close() // waits for the connection that has the turn
		for pool.Ping(ctx) == nil {
		}
		return o.send(ctx, batch)
	}
	if _, err := losing.Do(t.Context(), Order{Verb: Replay, ID: id}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("lost in the middle: %v", err)
	}
	if got := o.recorded(t); !slices.Equal(got, []Outcome{Requested}) {
		t.Errorf("recorded: %v", got)
	}
	o.expectDepth(t, eventsQueue, 1)

	o.bury(t, dead("failed", "order-1"))
	for name, err := range map[string]error{
		"replay": second(losing.Do(t.Context(), Order{Verb: Replay, ID: id})),
		"list":   second(losing.List(t.Context(), Filter{Limit: 1})),
		"sample": losing.sample(t.Context()),
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s without a database: %v", name, err)
		}
	}
	o.expectDepth(t, deadQueue, 1)
}

func second[T any](_ T, err error) error { return err }

// Whoever asks, and however often at once, each message is taken once.
func TestConcurrentReplaysTakeEachMessageOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, several("failed", 150)...)
	keepers := []*Keeper{o.Keeper, o.replica(o.database), o.replica(o.database)}
	results := make([]Result, 2*len(keepers))
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			var err error
			if results[i], err = keepers[i%len(keepers)].Do(t.Context(), Order{Verb: Replay, Reason: "failed"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	done := 0
	for _, r := range results {
		done += r.Done
	}
	if done != 150 {
		t.Errorf("%d were replayed", done)
	}
	o.expectDepth(t, deadQueue, 0)
	o.expectDepth(t, eventsQueue, 150)
}

func TestActionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	o := newOfficeWithoutBroker(t)
	var actions []Action
	for range 5 {
		actions = append(actions, o.action(Order{Verb: Discard}, message{}))
	}
	if err := o.record(t.Context(), actions); err != nil {
		t.Fatal(err)
	}
	var got []string
	f := ActionFilter{Limit: 2}
	for {
		page, err := o.Actions(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			got = append(got, a.ID)
		}
		f.After = &ActionPosition{page[len(page)-1].RequestedAt, page[len(page)-1].ID}
	}
	want := slices.Clone(got)
	slices.Sort(want)
	slices.Reverse(want)
	if len(got) != 5 || !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestSampleCountsWhatNobodyHolds(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, several("failed", 3)...)
	sampled := func(want float64) {
		t.Helper()
		if err := o.sample(t.Context()); err != nil {
			t.Error(err)
		}
		if got := testutil.ToFloat64(o.metrics.waiting); got != want {
			t.Errorf("%g wait, want %g", got, want)
		}
	}
	sampled(3)
	err := o.replica(o.database).hold(t.Context(), func(held *rabbitkit.Held) error {
		_, err := held.Next(t.Context(), 3)
		sampled(3) // as before: they are not gone
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Run(ctx) // comes back
	o.Keeper.letters = rabbitkit.NewDeadLetters("amqp://127.0.0.1:1/", service)
	if err := o.sample(t.Context()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("without a broker: %v", err)
	}
	if got := fmt.Sprint(testutil.ToFloat64(o.metrics.waiting)); got != "3" {
		t.Errorf("%s wait", got)
	}
}
