package application

import (
	"context"
	"errors"
	"slices"
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
		journal.EXPECT().After(gomock.Any(), int64(0), catchUpPage).Return(at(full...), nil),
		journal.EXPECT().After(gomock.Any(), last, catchUpPage).Return(at(last+1), nil),
		journal.EXPECT().After(gomock.Any(), last+1, catchUpPage).Return(nil, nil),
	)
	after := int64(0)
	s, err := NewFollowOrders(journal, feed).All(t.Context(), selected, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if fresh, err := s.Next(t.Context(), time.Hour); err != nil || len(fresh) > 0 {
		t.Errorf("a page without anything brought %v, %v", fresh, err)
	}
	position(t, s, last)
	feed.entries <- &Entry{Position: 2001, Status: domain.Completed}
	next(t, s, 2001)
	position(t, s, 2001)
}

// Who follows one customer and was away for long has no more read than what happened
// to that customer, and up to where the journal was before that was read.
func TestLongPastOfACustomerIsReadByItself(t *testing.T) {
	for name, selected := range map[string]Selection{
		"selected":         {CustomerID: "customer-2"},
		"the only visible": {VisibleTo: "customer-2"},
	} {
		t.Run(name, func(t *testing.T) {
			journal, feed := newJournal(t), newLive(t, selected, 9_000_003)
			full, last := fullPage()
			const head = 9_000_000
			gomock.InOrder(
				journal.EXPECT().Head(gomock.Any()).Return(int64(head), nil),
				journal.EXPECT().After(gomock.Any(), int64(0), catchUpPage).Return(at(full...), nil),
				journal.EXPECT().Head(gomock.Any()).Return(int64(head), nil),
				journal.EXPECT().OfCustomer(gomock.Any(), "customer-2", last, ownPage).Return(of("customer-2", 3000, 7_000_000), nil),
				journal.EXPECT().After(gomock.Any(), int64(head), catchUpPage).Return(of("customer-2", head+2), nil),
				journal.EXPECT().After(gomock.Any(), int64(head+2), catchUpPage).Return(nil, nil),
			)
			after := int64(0)
			s, err := NewFollowOrders(journal, feed).All(t.Context(), selected, &after)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if fresh, err := s.Next(t.Context(), time.Hour); err != nil || len(fresh) > 0 {
				t.Errorf("a page of others brought %v, %v", fresh, err)
			}
			position(t, s, last)
			next(t, s, 3000, 7_000_000)
			position(t, s, 7_000_000)
			next(t, s, head+2)
			feed.entries <- &of("customer-2", head+2)[0] // was read, too
			feed.entries <- &of("customer-2", head+5)[0]
			next(t, s, head+5)
		})
	}
}

// What has happened to one customer may be a lot, too. And it may be more than the
// head tells: whatever is read is handed on, and nothing twice.
func TestLongPastOfACustomerIsHandedOnInParts(t *testing.T) {
	selected := Selection{CustomerID: "customer-1"}
	journal, feed := newJournal(t), newLive(t, selected, 100_000)
	var own []int64
	for p := range int64(ownPage) {
		own = append(own, catchUpPage+1+p)
	}
	full, last := fullPage()
	read := own[ownPage-1]
	gomock.InOrder(
		journal.EXPECT().Head(gomock.Any()).Return(read, nil),
		journal.EXPECT().After(gomock.Any(), int64(0), catchUpPage).Return(at(full...), nil),
		journal.EXPECT().Head(gomock.Any()).Return(read-5, nil),
		journal.EXPECT().OfCustomer(gomock.Any(), "customer-1", last, ownPage).Return(at(own...), nil),
		journal.EXPECT().After(gomock.Any(), read, catchUpPage).Return(at(read+1), nil),
	)
	after := int64(0)
	s, err := NewFollowOrders(journal, feed).All(t.Context(), selected, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	next(t, s, full...)
	for part := range slices.Chunk(own, catchUpPage) {
		next(t, s, part...)
		position(t, s, part[catchUpPage-1])
	}
	next(t, s, read+1)
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
	journal.EXPECT().After(gomock.Any(), int64(2), catchUpPage).Return(at(3), nil)
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
		journal.EXPECT().After(gomock.Any(), gomock.Any(), catchUpPage).DoAndReturn(
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
	for name, broken := range map[string]func(*MockJournal, live){
		"the journal": func(j *MockJournal, _ live) {
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(nil, down)
		},
		"the journal of one customer": func(j *MockJournal, _ live) {
			full, _ := fullPage()
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(at(full...), nil)
			j.EXPECT().Head(gomock.Any()).Return(int64(5000), nil)
			j.EXPECT().OfCustomer(gomock.Any(), "customer-1", gomock.Any(), gomock.Any()).Return(nil, down)
		},
		"the head": func(j *MockJournal, _ live) {
			full, _ := fullPage()
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(at(full...), nil)
			j.EXPECT().Head(gomock.Any()).Return(int64(0), down)
		},
		"the feed": func(j *MockJournal, l live) {
			j.EXPECT().After(gomock.Any(), gomock.Any(), gomock.Any()).Return(at(1), nil)
			l.EXPECT().Subscribe(gomock.Any(), gomock.Any()).Return(nil, down)
		},
	} {
		t.Run(name, func(t *testing.T) {
			journal, feed := newJournal(t), livelyFeed(t, 1)
			journal.EXPECT().Head(gomock.Any()).Return(int64(1), nil)
			broken(journal, feed)
			after := int64(0)
			s, err := NewFollowOrders(journal, feed).All(t.Context(), Selection{CustomerID: "customer-1"}, &after)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
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
