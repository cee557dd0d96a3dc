package application

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
)

func TestStreamPassesOverWhatIsNotSelected(t *testing.T) {
	selected := Selection{Status: domain.Completed}
	journal, feed := newJournal(t), newLive(t, selected, 2000)
	full, last := fullPage()
	gomock.InOrder(
		journal.EXPECT().Head(gomock.Any()).Return(int64(2000), nil),
		journal.EXPECT().After(gomock.Any(), int64(0), mostAtOnce).Return(at(full...), nil),
		journal.EXPECT().After(gomock.Any(), last, mostAtOnce).Return(at(last+1), nil),
		journal.EXPECT().After(gomock.Any(), last+1, mostAtOnce).Return(nil, nil),
	)
	after := int64(0)
	s, err := NewFollowOrders(journal, feed).All(t.Context(), selected, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	feed.entries <- &Entry{Position: 2001, Status: domain.Completed}
	next(t, s, 2001)
	position(t, s, 2001)
}

// Who follows one customer and was away for long has nothing read but what happened
// to that customer, and up to where the journal was before that was read.
func TestLongPastOfACustomerIsReadByItself(t *testing.T) {
	for name, selected := range map[string]Selection{
		"selected":         {CustomerID: "customer-2"},
		"the only visible": {VisibleTo: "customer-2"},
	} {
		t.Run(name, func(t *testing.T) {
			journal, feed := newJournal(t), newLive(t, selected, 9_000_003)
			const head = 9_000_000
			gomock.InOrder(
				journal.EXPECT().Head(gomock.Any()).Return(int64(8_000_000), nil),
				journal.EXPECT().Head(gomock.Any()).Return(int64(head), nil),
				journal.EXPECT().OfCustomer(gomock.Any(), "customer-2", int64(1), mostAtOnce).Return(of("customer-2", 3000, 7_000_000), nil),
				journal.EXPECT().After(gomock.Any(), int64(head), mostAtOnce).Return(of("customer-2", head+2), nil),
				journal.EXPECT().After(gomock.Any(), int64(head+2), mostAtOnce).Return(nil, nil),
			)
			s := follow(t, NewFollowOrders(journal, feed), selected, 1)
			next(t, s, 3000, 7_000_000)
			position(t, s, head)
			next(t, s, head+2)
			feed.entries <- &of("customer-2", head+2)[0] // was read, too
			feed.entries <- &of("customer-2", head+5)[0]
			next(t, s, head+5)
		})
	}
}

// What was read may be more than the head tells: it is handed on, and nothing twice.
func TestCustomersPastGoesBeyondTheHead(t *testing.T) {
	selected := Selection{CustomerID: "customer-1"}
	journal := newJournal(t)
	const head = 9_000_000
	gomock.InOrder(
		journal.EXPECT().Head(gomock.Any()).Return(int64(head), nil).Times(2),
		journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", int64(0), mostAtOnce).Return(at(3, head+3), nil),
		journal.EXPECT().After(gomock.Any(), int64(head+3), mostAtOnce).Return(at(head+4), nil),
	)
	s := follow(t, NewFollowOrders(journal, newLive(t, selected, head+3)), selected, 0)
	next(t, s, 3, head+3)
	next(t, s, head+4)
}

// Who is not far behind reads what happened to everybody, as does who follows everybody.
func TestShortPastIsReadByPages(t *testing.T) {
	for name, c := range map[string]struct {
		selected Selection
		after    int64
	}{
		"a customer's":  {Selection{CustomerID: "customer-1"}, 1_000_001},
		"everybody's":   {Selection{}, 0},
		"of one status": {Selection{Status: domain.Pending}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			journal := newJournal(t)
			journal.EXPECT().Head(gomock.Any()).Return(int64(1_000_000+farBehind), nil)
			journal.EXPECT().After(gomock.Any(), c.after, mostAtOnce).Return(at(c.after+1), nil)
			next(t, follow(t, NewFollowOrders(journal, newLive(t, c.selected, 1)), c.selected, c.after), c.after+1)
		})
	}
}

// spaced are as many positions as are handed on at a time.
func spaced(after, distance int64) (positions []int64) {
	for len(positions) < mostAtOnce {
		after += distance
		positions = append(positions, after)
	}
	return positions
}

// A customer may have more than is handed on together. Whose looks don't get far has the
// pages of everybody read in between, and then farther and farther.
func TestLooksAtTheCustomersPastAreFarApart(t *testing.T) {
	selected := Selection{CustomerID: "customer-1"}
	journal := newJournal(t)
	journal.EXPECT().Head(gomock.Any()).Return(int64(1_000_000_000), nil).AnyTimes()
	s := follow(t, NewFollowOrders(journal, livelyFeed(t, 1)), selected, 0)
	looks := func(distance int64) {
		t.Helper()
		own := spaced(s.Position(), distance)
		journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", s.Position(), mostAtOnce).Return(at(own...), nil)
		next(t, s, own...)
		position(t, s, own[mostAtOnce-1])
	}
	turnsPage := func(distance int64) {
		t.Helper()
		all := spaced(s.Position(), distance)
		journal.EXPECT().After(gomock.Any(), s.Position(), mostAtOnce).Return(at(all...), nil)
		next(t, s, all...)
	}
	const far = farBehind/mostAtOnce + 1
	looks(far) // by as much as it has to, so that the next one begins at once
	looks(1)
	turnsPage(1)
	turnsPage(far)
	looks(1)
	turnsPage(far)
	turnsPage(far)
	looks(far) // not twice as much
	turnsPage(far)
	turnsPage(far)
	turnsPage(far)
	looks(8 * far)
	looks(1)
}

// While pages are turned, the journal may run ahead by more than that takes. That is
// noticed, or a crowd that comes back would never get to the end.
func TestJournalRunsAheadOfACustomer(t *testing.T) {
	selected := Selection{CustomerID: "customer-1"}
	journal := newJournal(t)
	page := spaced(0, 1)
	last := page[mostAtOnce-1]
	const head = 1_000_000
	gomock.InOrder(
		journal.EXPECT().Head(gomock.Any()).Return(int64(farBehind-1), nil),
		journal.EXPECT().After(gomock.Any(), int64(0), mostAtOnce).Return(at(page...), nil),
		journal.EXPECT().Head(gomock.Any()).Return(int64(head), nil).Times(2), // one for what is read next
		journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", last, mostAtOnce).Return(at(last+7), nil),
	)
	s := follow(t, NewFollowOrders(journal, livelyFeed(t, 1)), selected, 0)
	next(t, s, page...)
	next(t, s, last+7)
	position(t, s, head)
}

// The orders of one customer may be so many that no look at them ends in time. The
// stream gets on by what happened to everybody, and looks again much later.
func TestTooLongPastOfACustomerIsReadByPages(t *testing.T) {
	for name, fails := range map[string]func(context.Context) error{
		"takes too long": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"fails": func(context.Context) error { return down },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				selected := Selection{CustomerID: "customer-1"}
				journal := newJournal(t)
				first, second := spaced(0, 1), spaced(mostAtOnce, farBehind)
				last := second[mostAtOnce-1]
				gomock.InOrder(
					journal.EXPECT().Head(gomock.Any()).Return(int64(1_000_000_000), nil).Times(2),
					journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", int64(0), mostAtOnce).DoAndReturn(
						func(ctx context.Context, _ string, _ int64, _ int) ([]Entry, error) { return nil, fails(ctx) }),
					journal.EXPECT().After(gomock.Any(), int64(0), mostAtOnce).DoAndReturn(
						func(ctx context.Context, _ int64, _ int) ([]Entry, error) { return at(first...), ctx.Err() }),
					journal.EXPECT().After(gomock.Any(), first[mostAtOnce-1], mostAtOnce).Return(at(second...), nil),
					journal.EXPECT().Head(gomock.Any()).Return(int64(1_000_000_000), nil),
					journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", last, mostAtOnce).Return(at(last+7), nil),
				)
				s := follow(t, NewFollowOrders(journal, livelyFeed(t, 1)), selected, 0)
				begun := time.Now()
				next(t, s, first...)
				if took := time.Since(begun); took > ownTimeout {
					t.Errorf("it took %s", took)
				}
				next(t, s, second...)
				next(t, s, last+7)
			})
		})
	}
}

func TestWhoCantReadThePastYetWaitsForAPlace(t *testing.T) {
	journal, feed := newJournal(t), newLive(t, Selection{}, 3)
	journal.EXPECT().Head(gomock.Any()).Return(int64(3), nil)
	after := int64(2)
	follow := NewFollowOrders(journal, feed)
	s, err := follow.All(t.Context(), Selection{}, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range mostCatchUp {
		follow.catchUp <- struct{}{}
	}
	next(t, s) // there is none
	<-follow.catchUp
	journal.EXPECT().After(gomock.Any(), int64(2), mostAtOnce).Return(at(3), nil)
	next(t, s, 3)
}

// Who reads the past gives a sign of life now and then, and reads on; but a stop waits
// for no database.
func TestLookAtThePastIsCutShortByTheEndAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal, feed := newJournal(t), newLive(t, Selection{}, 3)
		const slow = lookTimeout / 2
		after := int64(2)
		journal.EXPECT().Head(gomock.Any()).Return(int64(3), nil)
		journal.EXPECT().After(gomock.Any(), gomock.Any(), mostAtOnce).DoAndReturn(
			func(ctx context.Context, position int64, _ int) ([]Entry, error) {
				select {
				case <-time.After(slow):
					return at(position + 1), nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}).Times(2)
		s, err := NewFollowOrders(journal, feed).All(t.Context(), Selection{}, &after)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		fresh, err := s.Next(t.Context(), slow/2)
		if err != nil || len(fresh) != 1 {
			t.Errorf("a sign of life was due: %v, %v", fresh, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), slow/2)
		defer cancel()
		begun := time.Now()
		fresh, err = s.Next(ctx, time.Hour)
		if took := time.Since(begun); err != nil || len(fresh) > 0 || took != slow/2 {
			t.Errorf("the end was due: %v, %v after %s", fresh, err, took)
		}
		position(t, s, 3)
	})
}

func TestStreamEndsWhenItIsCutOff(t *testing.T) {
	feed := newLive(t, Selection{}, 1)
	s, err := NewFollowOrders(newJournal(t), feed).All(t.Context(), Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	close(feed.ended)
	if _, err := s.Next(t.Context(), time.Hour); !errors.Is(err, ErrCutOff) {
		t.Errorf("err = %v", err)
	}
}

func TestStreamEndsAtAnOutageWhileItCatchesUp(t *testing.T) {
	// A look at one customer's past that fails is not the end; this is.
	failsToLook := func(j *MockJournal) {
		j.EXPECT().Head(gomock.Any()).Return(int64(farBehind), nil)
		j.EXPECT().OfCustomer(gomock.Any(), "customer-1", gomock.Any(), gomock.Any()).Return(nil, down)
	}
	for name, broken := range map[string]func(*MockJournal, live){
		"the head": func(j *MockJournal, _ live) {
			j.EXPECT().Head(gomock.Any()).Return(int64(0), down)
		},
		"the journal": func(j *MockJournal, _ live) {
			failsToLook(j)
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(nil, down)
		},
		"the feed": func(j *MockJournal, l live) {
			failsToLook(j)
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(at(1), nil)
			l.EXPECT().Subscribe(gomock.Any(), gomock.Any()).Return(nil, down)
		},
	} {
		t.Run(name, func(t *testing.T) {
			journal, feed := newJournal(t), livelyFeed(t, 1)
			journal.EXPECT().Head(gomock.Any()).Return(int64(farBehind), nil)
			broken(journal, feed)
			s := follow(t, NewFollowOrders(journal, feed), Selection{CustomerID: "customer-1"}, 0)
			if _, err := s.Next(t.Context(), time.Hour); !errors.Is(err, down) {
				t.Errorf("err = %v", err)
			}
			position(t, s, 0)
		})
	}
}

func TestSelectionsMatch(t *testing.T) {
	e := &Entry{OrderID: "o-1", CustomerID: "customer-1", Status: domain.Completed}
	for name, c := range map[string]struct {
		selection Selection
		want      bool
	}{
		"everything":     {Selection{}, true},
		"order":          {Selection{OrderID: "o-1"}, true},
		"other order":    {Selection{OrderID: "o-2"}, false},
		"customer":       {Selection{CustomerID: "customer-1"}, true},
		"other customer": {Selection{CustomerID: "customer-2"}, false},
		"status":         {Selection{Status: domain.Completed}, true},
		"other status":   {Selection{Status: domain.Pending}, false},
		"own":            {Selection{VisibleTo: "customer-1"}, true},
		"somebody's":     {Selection{CustomerID: "customer-1", VisibleTo: "customer-2"}, false},
	} {
		if got := c.selection.Matches(e); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
