package deadkit

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
)

func TestListShowsWhatWaitsAndTakesNothingAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, dead("contradiction", "order-1"))
	for range 3 {
		got := o.only(t)
		want := Letter{
			ID: got.ID, Copies: 1, Reason: "contradiction", Detail: "why", Type: contracts.TypeOrderConfirmed, OrderID: "order-1",
			MessageID: "event-of-order-1", OriginalKey: "order.confirmed", PublishedAt: noon, Size: len(got.Body.JSON),
			Headers: map[string]any{
				rabbitkit.HeaderReason: "contradiction", rabbitkit.HeaderDetail: "why", rabbitkit.HeaderOriginalRoutingKey: "order.confirmed",
			},
			Body: Body{JSON: []byte(`{"type":"OrderConfirmed","subject":"order-1"}`)},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		o.expectDepth(t, deadQueue, 1)
	}
}

func TestListIsReadPageByPageNewestFirst(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	batch := several("failed", 25)
	slices.Reverse(batch) // the newest comes last into the queue
	o.bury(t, batch...)
	undated := dead("failed", "undated")
	undated.Timestamp = time.Time{}
	o.bury(t, batch[3], undated, batch[3]) // now three times there

	var got []string
	f := Filter{Limit: 10}
	for {
		page, err := o.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			got = append(got, fmt.Sprintf("%s x%d", l.OrderID, l.Copies))
		}
		f.After = &Position{page[len(page)-1].PublishedAt, page[len(page)-1].ID}
	}
	var want []string
	for i := range 25 {
		copies := 1
		if i == 21 {
			copies = 3
		}
		want = append(want, fmt.Sprintf("failed-%04d x%d", i, copies))
	}
	if want = append(want, "undated x1"); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestListAndSummaryByReasonAndType(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, several("failed", 3)...)
	o.bury(t, several("contradiction", 2)...)
	foreign := rabbitkit.Message{Body: []byte("\x00\xff{")}
	created := dead("failed", "order-1")
	created.Body = []byte(`{"type":"OrderCreated","subject":"order-1"}`)
	o.bury(t, foreign, created)

	s, err := o.Summary(t.Context())
	want := Summary{Waiting: 7, Seen: 7, Groups: []Group{
		{"failed", "OrderConfirmed", 3}, {"contradiction", "OrderConfirmed", 2}, {"failed", "OrderCreated", 1}, {"unknown", "", 1},
	}}
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, %v", s, err)
	}
	for f, want := range map[Filter]int{
		{}: 7, {Reason: "failed"}: 4, {Reason: "failed", Type: "OrderCreated"}: 1, {Type: "OrderConfirmed"}: 5, {Reason: unknown}: 1, {Reason: "fail"}: 0,
	} {
		f.Limit = 100
		if got, err := o.List(t.Context(), f); err != nil || len(got) != want {
			t.Errorf("%+v: %d letters, %v", f, len(got), err)
		}
	}
}

func TestOneLetterIsShownWhole(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	long := dead("too_large", "order-1")
	long.Body = fmt.Appendf(nil, `"%s"`, bytes.Repeat([]byte("x"), 300<<10))
	o.bury(t, long, dead("failed", "order-2"), long)
	listed := o.list(t)
	i := slices.IndexFunc(listed, func(l Letter) bool { return l.Reason == "too_large" })
	if !listed[i].Body.Truncated || len(listed[i].Body.Text) != maxPreview || listed[i].Size != len(long.Body) {
		t.Errorf("%d bytes of %d are listed", len(listed[i].Body.Text), listed[i].Size)
	}
	got, err := o.ByID(t.Context(), listed[i].ID)
	if err != nil || !bytes.Equal(got.Body.JSON, long.Body) || got.Copies != 2 {
		t.Errorf("%d bytes, %d copies, %v", len(got.Body.JSON), got.Copies, err)
	}
	if _, err := o.ByID(t.Context(), "no-id"); !errs.Is(err, errs.NotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

// Two who look at once must not see half of the queue each, on one replica or
// on several.
func TestConcurrentLooksSeeTheWholeQueue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bury(t, several("failed", 700)...)
	other := o.replica(o.database)
	var all sync.WaitGroup
	for range 4 {
		for _, k := range []*Keeper{o.Keeper, other} {
			all.Go(func() {
				if s, err := k.Summary(t.Context()); err != nil || s.Waiting != 700 || s.Seen != 700 {
					t.Errorf("%+v, %v", s, err)
				}
			})
		}
	}
	all.Wait()
	o.expectDepth(t, deadQueue, 700)
}

func TestNobodyWaitsLongerForTheTurnThanTheyHaveTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	impatient := pgtest.Like(t, o.database, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["lock_timeout"] = "10ms" // the time that others have for a lock is another
	})
	other := o.replica(impatient)
	err := o.hold(t.Context(), func(*rabbitkit.Held) error {
		for _, k := range []*Keeper{o.Keeper, other} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := k.Summary(ctx); !errs.Is(err, errs.Unavailable) || ctx.Err() == nil {
				t.Errorf("%v", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*Keeper{o.Keeper, other} { // the turn is free again
		if _, err := k.Summary(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
