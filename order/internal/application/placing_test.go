package application

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// Orders that take long to be saved are fewer at a time. A crowd that comes at once to a
// service that was quick is no reason to refuse anybody.
func TestOnlySoManyOrdersArePlacedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		took time.Duration
		most int
	}{
		"quickly": {slowPlacing, mostPlacing},
		"slowly":  {slowPlacing + 1, manyPlacing},
	} {
		t.Run(name, func(t *testing.T) {
			orders, backlog := setup(t)
			backlog.EXPECT().Full().AnyTimes()
			var waiting, all sync.WaitGroup
			enough := make(chan struct{})
			orders.EXPECT().Add(gomock.Any(), gomock.Any()).Times(c.most).DoAndReturn(func(context.Context, *domain.Order) error {
				waiting.Done()
				<-enough
				return nil
			})
			place := placeOrder(orders, backlog)
			place.took.Store(int64(c.took))
			waiting.Add(c.most)
			for range c.most {
				all.Go(func() {
					if _, err := place.Do(t.Context(), placement()); err != nil {
						t.Error(err)
					}
				})
			}
			waiting.Wait()
			if _, err := place.Do(t.Context(), placement()); !errs.Is(err, errs.Overloaded) {
				t.Errorf("error is %v, want errs.Overloaded", err)
			}
			close(enough)
			all.Wait()
			orders.EXPECT().Add(gomock.Any(), gomock.Any())
			if _, err := place.Do(t.Context(), placement()); err != nil {
				t.Errorf("there is room again, but: %v", err)
			}
		})
	}
}

// How long the last order took is measured from when it was let in.
func TestPlacingIsTimed(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full()
	orders.EXPECT().Add(gomock.Any(), gomock.Any())
	at := time.Unix(0, 0)
	place := NewPlaceOrder(orders, backlog, newPaced(0).Pace, func() domain.OrderID { return "o-1" }, func() time.Time {
		at = at.Add(time.Second)
		return at
	})
	if _, err := place.Do(t.Context(), placement()); err != nil {
		t.Fatal(err)
	}
	if took := time.Duration(place.took.Load()); took != time.Second {
		t.Errorf("it took %s", took)
	}
}

// It may be saved all the same: its customer has hung up, or the answer was lost.
func TestWhatFailsToBeSavedKeepsItsPlace(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().AnyTimes()
	p := newPaced(time.Second)
	place := NewPlaceOrder(orders, backlog, p.Pace, func() domain.OrderID { return "o-1" }, clock)
	orders.EXPECT().Add(gomock.Any(), gomock.Any()).Return(errs.New(errs.Unavailable, "no answer"))
	if _, err := place.Do(t.Context(), placement()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("error is %v, want errs.Unavailable", err)
	}
	orders.EXPECT().AddOnce(gomock.Any(), gomock.Any(), gomock.Any()).Return(nil, errs.New(errs.Unavailable, "no answer"))
	if _, _, err := place.DoOnce(t.Context(), placement(), IdempotencyKey{}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("error is %v, want errs.Unavailable", err)
	}
	if p.seconds[0].taken != 2 || p.credit != 0 {
		t.Errorf("%d are taken, room for %v", p.seconds[0].taken, p.credit)
	}
}

// What is refused for another reason, or was taken before, is none of the pace's.
func TestThePaceCountsItsOwnRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		backlog bool
		place   func(*PlaceOrder) error
		found   error // of the order placed under the key
		want    int
	}{
		"an order":                   {false, withoutKey, nil, 1},
		"with a key":                 {false, withKey, errs.New(errs.NotFound, "none"), 1},
		"with one that has an order": {false, withKey, nil, 0},
		"with one for another":       {false, withKey, ErrKeyReused, 0},
		"past the backlog":           {true, withoutKey, nil, 0},
		"unread":                     {false, (*PlaceOrder).RefuseUnread, nil, 1},
		"unread, past the backlog":   {true, (*PlaceOrder).RefuseUnread, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			orders, backlog := setup(t)
			backlog.EXPECT().Full().Return(c.backlog)
			orders.EXPECT().PlacedUnder(gomock.Any(), gomock.Any()).Return(nil, c.found).AnyTimes()
			p := newPaced(10 * time.Second)
			p.fallBehind()
			err := c.place(NewPlaceOrder(orders, backlog, p.Pace, func() domain.OrderID { return "o-1" }, clock))
			if (c.want > 0 || c.backlog) && !errs.Is(err, errs.Overloaded) {
				t.Errorf("error is %v, want errs.Overloaded", err)
			}
			if got := p.seconds[0].refused; got != c.want || p.seconds[0].taken != 0 {
				t.Errorf("%d refused and %d taken, want %d and none", got, p.seconds[0].taken, c.want)
			}
		})
	}
}

func withoutKey(uc *PlaceOrder) error {
	_, err := uc.Do(context.Background(), placement())
	return err
}

func withKey(uc *PlaceOrder) error {
	_, _, err := uc.DoOnce(context.Background(), placement(), IdempotencyKey{Value: "k"})
	return err
}
