package feed

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestSubscribersGetWhatTheySelectedFromThenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		h, _ := run(t, b)
		b.add(true, "o-1", "o-2")
		all := subscribe(t, h, application.Selection{})
		if got := all.Position(); got != 2 {
			t.Errorf("position %d, want 2", got)
		}
		one := subscribe(t, h, application.Selection{OrderID: "o-1"})
		hers := subscribe(t, h, application.Selection{CustomerID: "of o-2"})
		b.add(true, "o-1", "o-2", "o-1")
		for s, want := range map[application.Subscription]string{all: "[3 4 5]", one: "[3 5]", hers: "[4]"} {
			if got := got(s); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		one.Close()
		b.add(true, "o-1")
		if got := got(one); got != "[]" || one.Position() != 5 {
			t.Errorf("a closed one got %s and is at %d", got, one.Position())
		}
		if got := got(all); got != "[6]" || all.Position() != 6 {
			t.Errorf("the other one got %s and is at %d", got, all.Position())
		}
	})
}

func TestEntriesComeAtOnce(t *testing.T) {
	for name, tell := range map[string]func(*Hub, *book){
		"when this replica has committed":  func(h *Hub, b *book) { b.add(false, "o-1"); h.Wake() },
		"when another one has":             func(_ *Hub, b *book) { b.add(true, "o-1") },
		"and late when nobody has told so": func(_ *Hub, b *book) { b.add(false, "o-1"); pass(pollEvery) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &book{}
				h, _ := run(t, b)
				s := subscribe(t, h, application.Selection{})
				tell(h, b)
				if got := got(s); got != "[1]" {
					t.Errorf("got %s", got)
				}
			})
		})
	}
}

func TestNothingIsReadWhileNobodyIsSubscribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		h, _ := run(t, b)
		idle := func() {
			t.Helper()
			synctest.Wait()
			heads, reads, _ := b.counts()
			b.add(true, "o-1")
			h.Wake()
			pass(5 * pollEvery)
			if h, r, _ := b.counts(); h != heads || r != reads {
				t.Errorf("%d reads", h-heads+r-reads)
			}
		}
		idle()
		if _, _, listening := b.counts(); listening {
			t.Error("it listens already")
		}
		subscribe(t, h, application.Selection{}).Close()
		idle()
		if _, _, listening := b.counts(); !listening {
			t.Error("it doesn't linger")
		}
		pass((linger + 1) * pollEvery)
		if _, _, listening := b.counts(); listening {
			t.Error("it listens still")
		}
		s := subscribe(t, h, application.Selection{OrderID: "o-1"})
		b.add(true, "o-1")
		if got := got(s); got != "[3]" {
			t.Errorf("got %s after the pause, want only what is new", got)
		}
	})
}

func TestManySubscribersCostNoReadsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		h, _ := run(t, b)
		const many = 2000
		subscriptions := make([]application.Subscription, many)
		var all sync.WaitGroup
		for i := range subscriptions {
			all.Go(func() { subscriptions[i] = subscribe(t, h, application.Selection{OrderID: domain.OrderID(rune(i))}) })
		}
		all.Wait()
		b.add(true, domain.OrderID(rune(7)))
		if got := got(subscriptions[7]); got != "[1]" {
			t.Errorf("got %s", got)
		}
		pass(10 * pollEvery)
		if heads, reads, _ := b.counts(); heads != 1 || reads > 15 {
			t.Errorf("%d looks for the head and %d reads while %d wait for ten polls", heads, reads, many)
		}
	})
}

func TestSubscriberThatDoesntKeepUpIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		h, _ := run(t, b)
		slow, fast := subscribe(t, h, application.Selection{OrderID: "o-1"}), subscribe(t, h, application.Selection{OrderID: "o-1"})
		for range bufferOfOrder {
			b.add(true, "o-1")
			got(fast)
		}
		if hasEnded(slow) {
			t.Error("it is cut off already")
		}
		b.add(true, "o-1")
		b.add(true, "o-1")
		if !hasEnded(slow) || hasEnded(fast) {
			t.Errorf("the slow one has ended: %v; the fast one: %v", hasEnded(slow), hasEnded(fast))
		}
		if got := slow.Position(); got != bufferOfOrder {
			t.Errorf("the slow one is at %d, want %d: it never gets the next one", got, bufferOfOrder)
		}
		if got := got(fast); got != "[65 66]" {
			t.Errorf("the fast one got %s", got)
		}
		if got := testutil.ToFloat64(h.cut); got != 1 {
			t.Errorf("%v were cut off", got)
		}
		slow.Close() // may be called all the same
	})
}

func TestLongBacklogIsHandedOnWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		h, _ := run(t, b)
		s := subscribe(t, h, application.Selection{})
		b.add(true, make([]domain.OrderID, 2*page+1)...)
		for want := int64(1); want <= 2*page+1; want++ {
			if e := <-s.Entries(); e.Position != want {
				t.Fatalf("got %d, want %d", e.Position, want)
			}
		}
	})
}

func TestHubOutlastsTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{down: true}
		h, _ := run(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := h.Subscribe(ctx, application.Selection{}); !errs.Is(err, errs.Unavailable) {
			t.Errorf("err = %v", err)
		}
		b.setDown(false)
		s := subscribe(t, h, application.Selection{})
		b.setDown(true)
		b.add(true, "o-1")
		pass(time.Minute)
		if got(s) != "[]" || hasEnded(s) {
			t.Error("an outage ended the subscription")
		}
		b.setDown(false)
		pass(pollEvery)
		if got := got(s); got != "[1]" {
			t.Errorf("got %s after the outage", got)
		}
	})
}

func TestStopEndsTheWaitForASilentDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, stop := run(t, &book{down: true})
		ended := make(chan error)
		go func() {
			_, err := h.Subscribe(t.Context(), application.Selection{})
			ended <- err
		}()
		synctest.Wait()
		stop()
		if err := <-ended; !errs.Is(err, errs.Unavailable) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestStopEndsEverySubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, stop := run(t, &book{})
		all, one := subscribe(t, h, application.Selection{}), subscribe(t, h, application.Selection{OrderID: "o-1"})
		stop()
		if !hasEnded(all) || !hasEnded(one) {
			t.Error("a subscription goes on")
		}
		if _, err := h.Subscribe(t.Context(), application.Selection{}); !errs.Is(err, errs.Unavailable) {
			t.Errorf("err = %v", err)
		}
	})
}
