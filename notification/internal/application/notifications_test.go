package application

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

var (
	noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	down = errs.New(errs.Unavailable, "no database")
	key  = domain.Key{OrderID: "o", Type: domain.PaymentProcessed}
)

func clock() time.Time { return noon }

func notifications(t *testing.T) *MockNotifications {
	return NewMockNotifications(gomock.NewController(t))
}

var occurrence = domain.Occurrence{EventID: "e", OrderID: "o", CustomerID: "c", Type: domain.PaymentProcessed, Amount: 100}

// adding returns a store that answers an Add, of a notification that is due at the
// given time.
func adding(t *testing.T, due time.Time, added bool, err error) *MockNotifications {
	store := notifications(t)
	store.EXPECT().Add(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, n *domain.Notification) (bool, error) {
		if got := n.Snapshot(); n.Key() != key || got.EventID != "e" || got.CreatedAt != noon || got.NextAttemptAt != due {
			t.Errorf("added %+v", got)
		}
		return added, err
	})
	return store
}

func TestRecordNotificationLeavesItToBeClaimed(t *testing.T) {
	hands := NewMockHands(gomock.NewController(t))
	hands.EXPECT().Take().Return(false)
	if err := NewRecordNotification(adding(t, noon, true, nil), hands, clock).Do(t.Context(), occurrence); err != nil {
		t.Fatal(err)
	}
}

func TestRecordNotificationGivesItToAFreeHand(t *testing.T) {
	hands := NewMockHands(gomock.NewController(t))
	hands.EXPECT().Take().Return(true)
	origin := event.Origin{CorrelationID: "c-1"}
	hands.EXPECT().Give(gomock.Any()).Do(func(c Claimed) {
		if got := c.Notification.Snapshot(); got.EventID != "e" || got.NextAttemptAt != noon.Add(lease) || c.Origin != origin {
			t.Errorf("gave %+v with %+v", got, c.Origin)
		}
	})
	record := NewRecordNotification(adding(t, noon.Add(lease), true, nil), hands, clock)
	if err := record.Do(event.WithOrigin(t.Context(), origin), occurrence); err != nil {
		t.Fatal(err)
	}
}

func TestRecordNotificationGivesAwayNothingThatIsNotNew(t *testing.T) {
	for _, failure := range []error{nil, down} {
		hands := NewMockHands(gomock.NewController(t))
		hands.EXPECT().Take().Return(true)
		hands.EXPECT().Return()
		err := NewRecordNotification(adding(t, noon.Add(lease), false, failure), hands, clock).Do(t.Context(), occurrence)
		if !errors.Is(err, failure) {
			t.Errorf("error is %v, want %v", err, failure)
		}
	}
}

// A notification that took long to save has too little left of its lease.
func TestRecordNotificationGivesAwayNothingLate(t *testing.T) {
	at := noon
	store := notifications(t)
	store.EXPECT().Add(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, *domain.Notification) (bool, error) {
		at = at.Add(lease - sendTimeout)
		return true, nil
	})
	hands := NewMockHands(gomock.NewController(t))
	hands.EXPECT().Take().Return(true)
	hands.EXPECT().Return()
	if err := NewRecordNotification(store, hands, func() time.Time { return at }).Do(t.Context(), occurrence); err != nil {
		t.Fatal(err)
	}
}

func TestRecordNotificationRefusesWhatIsNotForCustomers(t *testing.T) {
	record := NewRecordNotification(nil, nil, clock)
	if err := record.Do(t.Context(), domain.Occurrence{OrderID: "o", Type: "OrderCreated"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("not for customers: got %v", err)
	}
}

func TestClaimDueTakesALease(t *testing.T) {
	want := []Claimed{{Notification: domain.Restore(domain.Snapshot{EventID: "e"})}}
	store := notifications(t)
	store.EXPECT().Claim(gomock.Any(), noon, noon.Add(lease), 7).Return(want, nil)
	store.EXPECT().Claim(gomock.Any(), noon, noon.Add(lease), 1).Return(nil, down)
	claim := NewClaimDue(store, clock)

	if got, err := claim.Do(t.Context(), 7); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := claim.Do(t.Context(), 1); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v", err)
	}
}

// updating returns a store that applies one change to n, of which the caller knows
// what he claimed.
func updating(t *testing.T, known, n *domain.Notification) Notifications {
	store := notifications(t)
	store.EXPECT().Update(gomock.Any(), known, gomock.Any()).DoAndReturn(
		func(_ context.Context, _ *domain.Notification, change func(*domain.Notification)) error {
			change(n)
			return nil
		})
	return store
}

// claimed returns a notification as it was claimed, and as it is stored.
func claimed() (due, stored *domain.Notification) {
	state := domain.Snapshot{
		EventID: "e", OrderID: key.OrderID, Type: key.Type, CustomerID: "c", Channel: domain.Email,
		Text: "text", Attempts: 1, NextAttemptAt: noon.Add(lease), CreatedAt: noon,
	}
	return domain.Restore(state), domain.Restore(state)
}

func half() float64 { return 0.5 }

func TestDeliverSendsUnderTheEventsIDAndRecordsIt(t *testing.T) {
	due, stored := claimed()
	notifier := NewMockNotifier(gomock.NewController(t))
	notifier.EXPECT().Send(gomock.Any(), Message{ID: "e", CustomerID: "c", OrderID: "o", Channel: domain.Email, Text: "text"}).
		DoAndReturn(func(ctx context.Context, _ Message) error {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("sent without a deadline")
			}
			return nil
		})
	if err := NewDeliver(updating(t, due, stored), notifier, clock, half).Do(t.Context(), due); err != nil {
		t.Fatal(err)
	}
	if got := stored.Snapshot(); got.DeliveredAt != noon || got.Attempts != 1 {
		t.Errorf("stored %+v", got)
	}
}

func TestDeliverPostponesWhatCouldNotBeSent(t *testing.T) {
	due, stored := claimed()
	refused := errors.New("mailbox full")
	notifier := NewMockNotifier(gomock.NewController(t))
	notifier.EXPECT().Send(gomock.Any(), gomock.Any()).Return(refused)
	if err := NewDeliver(updating(t, due, stored), notifier, clock, half).Do(t.Context(), due); !errors.Is(err, refused) {
		t.Errorf("got %v, want %v", err, refused)
	}
	want := noon.Add(1500 * time.Millisecond) // two seconds after a second failure, less a quarter
	if got := stored.Snapshot(); !got.DeliveredAt.IsZero() || got.Attempts != 2 || got.NextAttemptAt != want {
		t.Errorf("stored %+v, want the next attempt at %v", got, want)
	}
}

func TestDeliverTellsWhenTheResultIsNotRecorded(t *testing.T) {
	due, _ := claimed()
	refused := errors.New("mailbox full")
	for name, answer := range map[string]error{"sent": nil, "not sent": refused} {
		store, notifier := notifications(t), NewMockNotifier(gomock.NewController(t))
		store.EXPECT().Update(gomock.Any(), due, gomock.Any()).Return(down)
		notifier.EXPECT().Send(gomock.Any(), gomock.Any()).Return(answer)
		err := NewDeliver(store, notifier, clock, half).Do(t.Context(), due)
		if !errors.Is(err, down) || answer != nil && !errors.Is(err, answer) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestListNotifications(t *testing.T) {
	want := []*domain.Notification{domain.Restore(domain.Snapshot{EventID: "e"})}
	filter := Filter{OrderID: "o", Limit: 3, After: &Position{CreatedAt: noon, EventID: "p"}}
	store := notifications(t)
	store.EXPECT().List(gomock.Any(), filter).Return(want, nil)
	store.EXPECT().List(gomock.Any(), Filter{Limit: 1}).Return(nil, down)
	list := NewListNotifications(store)

	if got, err := list.Do(t.Context(), filter); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := list.Do(t.Context(), Filter{Limit: 1}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v", err)
	}
}
