package application

import (
	"context"
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
)

// live is what a feed gives to its one subscriber.
type live struct {
	*MockFeed
	subscription *MockSubscription
	entries      chan *Entry
	ended        chan struct{}
}

// newLive returns a feed that is at the position and expects a subscription to
// what is selected, which has to be closed.
func newLive(t *testing.T, selected Selection, position int64) live {
	t.Helper()
	l := livelyFeed(t, position)
	l.EXPECT().Subscribe(gomock.Any(), selected).Return(l.subscription, nil)
	l.subscription.EXPECT().Close()
	return l
}

func livelyFeed(t *testing.T, position int64) live {
	ctrl := gomock.NewController(t)
	l := live{NewMockFeed(ctrl), NewMockSubscription(ctrl), make(chan *Entry, 10), make(chan struct{})}
	l.subscription.EXPECT().Entries().Return(l.entries).AnyTimes()
	l.subscription.EXPECT().Ended().Return(l.ended).AnyTimes()
	l.subscription.EXPECT().Position().Return(position).AnyTimes()
	return l
}

func inStatus(status domain.Status) *domain.Order {
	return domain.Restore(domain.Snapshot{ID: "o-1", Status: status})
}

// looks makes the store show the order in one status after the other.
func looks(orders *MockOrders, statuses ...domain.Status) {
	var all []*gomock.Call
	for _, status := range statuses {
		all = append(all, orders.EXPECT().ByID(gomock.Any(), domain.OrderID("o-1")).Return(inStatus(status), nil))
	}
	gomock.InOrder(all...)
}

func TestWaitingEnds(t *testing.T) {
	pending := &Entry{Status: domain.Pending}
	for name, c := range map[string]struct {
		happens func(l live, impatient context.CancelFunc)
		looks   []domain.Status
		want    domain.Status
	}{
		"at once, when the order has ended": {
			func(live, context.CancelFunc) {}, []domain.Status{domain.Cancelled}, domain.Cancelled,
		},
		"when the order ends": {
			func(l live, _ context.CancelFunc) {
				l.entries <- pending
				l.entries <- &Entry{Status: domain.Completed}
			}, []domain.Status{domain.Pending, domain.Completed}, domain.Completed,
		},
		"when the client has waited long enough": {
			func(l live, impatient context.CancelFunc) {
				l.entries <- pending
				impatient()
			}, []domain.Status{domain.Pending, domain.Pending}, domain.Pending,
		},
		"when the feed ends": {
			func(l live, _ context.CancelFunc) { close(l.ended) }, []domain.Status{domain.Pending, domain.Pending}, domain.Pending,
		},
	} {
		t.Run(name, func(t *testing.T) {
			orders, _ := setup(t)
			feed := newLive(t, Selection{OrderID: "o-1"}, 1)
			looks(orders, c.looks...)
			ctx, impatient := context.WithCancel(t.Context())
			defer impatient()
			c.happens(feed, impatient)
			o, err := NewAwaitEnd(orders, feed).Do(ctx, "o-1")
			if err != nil || o.Snapshot().Status != c.want {
				t.Errorf("order %v, %v; want %s", o, err, c.want)
			}
		})
	}
}

func TestLastLookIsNotCutShortByImpatience(t *testing.T) {
	orders, _ := setup(t)
	feed := newLive(t, Selection{OrderID: "o-1"}, 1)
	orders.EXPECT().ByID(gomock.Any(), domain.OrderID("o-1")).DoAndReturn(
		func(ctx context.Context, _ domain.OrderID) (*domain.Order, error) {
			return inStatus(domain.Pending), ctx.Err()
		}).Times(2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewAwaitEnd(orders, feed).Do(ctx, "o-1"); err != nil {
		t.Error(err)
	}
}

func TestWaitingFailsWithoutFeedOrStore(t *testing.T) {
	orders, _ := setup(t)
	feed := livelyFeed(t, 1)
	feed.EXPECT().Subscribe(gomock.Any(), gomock.Any()).Return(nil, down)
	if _, err := NewAwaitEnd(orders, feed).Do(t.Context(), "o-1"); !errors.Is(err, down) {
		t.Errorf("without a feed: %v", err)
	}
	orders.EXPECT().ByID(gomock.Any(), gomock.Any()).Return(nil, down)
	if _, err := NewAwaitEnd(orders, newLive(t, Selection{OrderID: "o-1"}, 1)).Do(t.Context(), "o-1"); !errors.Is(err, down) {
		t.Errorf("without a store: %v", err)
	}
}
