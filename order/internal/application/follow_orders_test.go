package application

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// at are entries of an order at the given positions.
func at(positions ...int64) (entries []Entry) { return of("customer-1", positions...) }

// of are those of a customer's order.
func of(customer string, positions ...int64) (entries []Entry) {
	for _, p := range positions {
		entries = append(entries, Entry{Position: p, OrderID: "o-1", CustomerID: customer, Status: domain.Pending})
	}
	return entries
}

func (l live) send(positions ...int64) {
	for _, e := range at(positions...) {
		l.entries <- &e
	}
}

// next expects what the stream hands on next.
func next(t *testing.T, s *Stream, want ...int64) {
	t.Helper()
	patience := time.Hour
	if len(want) == 0 {
		patience = 0
	}
	got, err := s.Next(t.Context(), patience)
	var positions []int64
	for _, e := range got {
		positions = append(positions, e.Position)
	}
	if err != nil || !slices.Equal(positions, want) {
		t.Errorf("handed on %v, %v; want %v", positions, err, want)
	}
}

func position(t *testing.T, s *Stream, want int64) {
	t.Helper()
	if got := s.Position(); got != want {
		t.Errorf("position %d, want %d", got, want)
	}
}

// fullPage are the positions from 1 on, as many as are read at a time, and the last
// of them.
func fullPage() (positions []int64, last int64) {
	for len(positions) < mostAtOnce {
		last++
		positions = append(positions, last)
	}
	return positions, last
}

// follow goes on after a position, until the test's end.
func follow(t *testing.T, uc *FollowOrders, s Selection, after int64) *Stream {
	t.Helper()
	stream, err := uc.All(t.Context(), s, &after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	return stream
}

func newJournal(t *testing.T) *MockJournal { return NewMockJournal(gomock.NewController(t)) }

func TestStreamOfAllBeginsNow(t *testing.T) {
	selected := Selection{Status: domain.Pending}
	feed := newLive(t, selected, 7)
	s, err := NewFollowOrders(newJournal(t), feed).All(t.Context(), selected, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	position(t, s, 7)
	next(t, s)
	feed.send(9, 12)
	position(t, s, 7) // what has come was not handed on yet
	next(t, s, 9, 12)
	position(t, s, 12)
}

func TestStreamGoesOnWhereTheClientWas(t *testing.T) {
	journal, feed := newJournal(t), newLive(t, Selection{}, 8)
	full, last := fullPage()
	gomock.InOrder(
		journal.EXPECT().Head(gomock.Any()).Return(last+9, nil),
		journal.EXPECT().After(gomock.Any(), int64(0), mostAtOnce).Return(at(full...), nil),
		journal.EXPECT().After(gomock.Any(), last, mostAtOnce).Return(at(last+3), nil),
		journal.EXPECT().After(gomock.Any(), last+3, mostAtOnce).Return(at(last+4), nil),
	)
	after := int64(0)
	s, err := NewFollowOrders(journal, feed).All(t.Context(), Selection{}, &after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	position(t, s, 0)
	next(t, s, full...)
	next(t, s, last+3)
	feed.send(last+4, last+6) // the one was read, too
	next(t, s, last+4)
	next(t, s, last+6)
}

func TestPositionThatNothingHasYetIsRefused(t *testing.T) {
	after := int64(10)
	for name, begin := range begins {
		journal := newJournal(t)
		journal.EXPECT().Head(gomock.Any()).Return(int64(9), nil)
		// How many there are is nobody's business.
		_, err := begin(NewFollowOrders(journal, livelyFeed(t, 9)), t.Context(), &after)
		if !errs.Is(err, errs.Invalid) || strings.Contains(err.Error(), "9") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var begins = map[string]func(*FollowOrders, context.Context, *int64) (*Stream, error){
	"all": func(f *FollowOrders, ctx context.Context, after *int64) (*Stream, error) {
		return f.All(ctx, Selection{}, after)
	},
	"one": func(f *FollowOrders, ctx context.Context, after *int64) (*Stream, error) {
		return f.One(ctx, Selection{OrderID: "o-1"}, after)
	},
}

func TestStreamsDontBeginDuringAnOutage(t *testing.T) {
	for name, begin := range begins {
		feed := livelyFeed(t, 9)
		feed.EXPECT().Subscribe(gomock.Any(), gomock.Any()).Return(nil, down)
		if _, err := begin(NewFollowOrders(newJournal(t), feed), t.Context(), nil); !errors.Is(err, down) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStreamOfOneOrderBeginsWithItsHistory(t *testing.T) {
	for name, c := range map[string]struct {
		after *int64
		want  []int64
	}{
		"from the beginning": {nil, []int64{2, 5, 6}},
		"from a position":    {new(int64(5)), []int64{6}},
	} {
		t.Run(name, func(t *testing.T) {
			selected := Selection{OrderID: "o-1"}
			journal, feed := newJournal(t), newLive(t, selected, 5)
			if c.after != nil {
				journal.EXPECT().Head(gomock.Any()).Return(int64(6), nil)
			}
			journal.EXPECT().OfOrder(gomock.Any(), domain.OrderID("o-1")).Return(at(2, 5, 6), nil)
			s, err := NewFollowOrders(journal, feed).One(t.Context(), selected, c.after)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if c.after == nil {
				position(t, s, 0)
			} else {
				position(t, s, *c.after)
			}
			next(t, s, c.want...)
			feed.send(6, 8)
			next(t, s, 8)
		})
	}
}

func TestOrderThatIsNotThereForTheCallerIsNotFound(t *testing.T) {
	for name, c := range map[string]struct {
		visibleTo string
		history   []Entry
		err       error
	}{
		"unknown":      {"", nil, NoSuchOrder("o-1")},
		"somebody's":   {"customer-2", at(1), nil},
		"not reported": {"customer-1", nil, NoSuchOrder("o-1")},
	} {
		t.Run(name, func(t *testing.T) {
			selected := Selection{OrderID: "o-1", VisibleTo: c.visibleTo}
			journal := newJournal(t)
			journal.EXPECT().OfOrder(gomock.Any(), domain.OrderID("o-1")).Return(c.history, c.err)
			if _, err := NewFollowOrders(journal, newLive(t, selected, 1)).One(t.Context(), selected, nil); !errs.Is(err, errs.NotFound) {
				t.Errorf("err = %v", err)
			}
		})
	}
}
