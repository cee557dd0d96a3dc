package application

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestFingerprintTellsPlacementsApart(t *testing.T) {
	method, other := "sim_success", "sim_decline"
	line := func(product string, quantity int) domain.Item {
		return domain.Item{ProductID: product, Quantity: quantity}
	}
	placements := map[string]domain.Placement{
		"one":              {CustomerID: "c", Items: []domain.Item{line("p", 1)}, Total: 100},
		"another customer": {CustomerID: "d", Items: []domain.Item{line("p", 1)}, Total: 100},
		"another product":  {CustomerID: "c", Items: []domain.Item{line("q", 1)}, Total: 100},
		"another quantity": {CustomerID: "c", Items: []domain.Item{line("p", 2)}, Total: 100},
		"two lines":        {CustomerID: "c", Items: []domain.Item{line("p", 1), line("q", 1)}, Total: 100},
		"their order":      {CustomerID: "c", Items: []domain.Item{line("q", 1), line("p", 1)}, Total: 100},
		"another total":    {CustomerID: "c", Items: []domain.Item{line("p", 1)}, Total: 101},
		"a method":         {CustomerID: "c", Items: []domain.Item{line("p", 1)}, Total: 100, PaymentMethod: &method},
		"another method":   {CustomerID: "c", Items: []domain.Item{line("p", 1)}, Total: 100, PaymentMethod: &other},
	}
	seen := map[any]string{}
	for name, p := range placements {
		if twin, found := seen[fingerprint(p)]; found {
			t.Errorf("%s and %s are the same", name, twin)
		}
		seen[fingerprint(p)] = name
	}
	copied := method
	if p := placements["a method"]; fingerprint(p) != fingerprint(domain.Placement{
		CustomerID: p.CustomerID, Items: []domain.Item{line("p", 1)}, Total: p.Total, PaymentMethod: &copied,
	}) {
		t.Error("the same placement twice is two")
	}
}

// Keys are kept for a day, over deployments.
func TestFingerprintStaysTheSame(t *testing.T) {
	if got := fmt.Sprintf("%x", fingerprint(placement())); !strings.HasPrefix(got, "2679d302") {
		t.Errorf("fingerprint is %s", got)
	}
	if fields := reflect.TypeFor[domain.Placement]().NumField(); fields != 4 {
		t.Errorf("a placement has %d fields; the fingerprint knows of 4", fields)
	}
}

func TestOrderIsPlacedOnce(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().Return(false).Times(2)
	key := IdempotencyKey{Caller: "alice", Value: "k-1"}
	asked := key
	asked.Request = fingerprint(placement())
	orders.EXPECT().AddOnce(gomock.Any(), gomock.Any(), asked).DoAndReturn(
		func(_ context.Context, o *domain.Order, _ IdempotencyKey) (*domain.Order, error) { return o, nil })
	place := placeOrder(orders, backlog)

	placed, replayed, err := place.DoOnce(t.Context(), placement(), key)
	if err != nil || replayed || placed.ID() != "o-1" {
		t.Errorf("the first time: %v, %v, %v", placed, replayed, err)
	}

	first := domain.Restore(domain.Snapshot{ID: "o-0", Status: domain.Completed})
	orders.EXPECT().AddOnce(gomock.Any(), gomock.Any(), asked).Return(first, nil)
	placed, replayed, err = place.DoOnce(t.Context(), placement(), key)
	if err != nil || !replayed || placed != first {
		t.Errorf("again: %v, %v, %v", placed, replayed, err)
	}
}

func TestKeyIsNotUsedUpByAFailure(t *testing.T) {
	orders, backlog := setup(t)
	place := placeOrder(orders, backlog)
	backlog.EXPECT().Full().Return(false)
	if _, _, err := place.DoOnce(t.Context(), domain.Placement{}, IdempotencyKey{Value: "k"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a bad placement: %v", err)
	}
	orders.EXPECT().AddOnce(gomock.Any(), gomock.Any(), gomock.Any()).Return(nil, down)
	if o, _, err := place.DoOnce(t.Context(), placement(), IdempotencyKey{Value: "k"}); o != nil || !errors.Is(err, down) {
		t.Errorf("no store: %v, %v", o, err)
	}
}

// An order that was taken before costs nothing, so it is shown when new ones are
// refused, too.
func TestKnownKeyIsReplayedInOverload(t *testing.T) {
	key := IdempotencyKey{Caller: "alice", Value: "k-1"}
	asked := key
	asked.Request = fingerprint(placement())
	first := domain.Restore(domain.Snapshot{ID: "o-0", Status: domain.Completed})
	for name, c := range map[string]struct {
		found        *domain.Order
		failure      error
		wantReplayed bool
		want         func(error) bool
	}{
		"known":           {first, nil, true, func(err error) bool { return err == nil }},
		"new":             {nil, errs.New(errs.NotFound, "none"), false, func(err error) bool { return errs.Is(err, errs.Overloaded) }},
		"another request": {nil, ErrKeyReused, false, func(err error) bool { return errors.Is(err, ErrKeyReused) }},
		"no store":        {nil, down, false, func(err error) bool { return errors.Is(err, down) }},
	} {
		t.Run(name, func(t *testing.T) {
			orders, backlog := setup(t)
			backlog.EXPECT().Full().Return(true)
			orders.EXPECT().PlacedUnder(gomock.Any(), asked).Return(c.found, c.failure)
			place := placeOrder(orders, backlog)
			placed, replayed, err := place.DoOnce(t.Context(), placement(), key)
			if placed != c.found || replayed != c.wantReplayed || !c.want(err) {
				t.Errorf("got %v, %v, %v", placed, replayed, err)
			}
			if n := place.placing.Load(); n != 0 {
				t.Errorf("%d orders count as being placed", n)
			}
		})
	}
}

// What was admitted as a new order, and isn't one, leaves its place to another.
func TestReplayTakesNoNewOrdersPlace(t *testing.T) {
	for name, failure := range map[string]error{"the same request": nil, "another request": ErrKeyReused} {
		t.Run(name, func(t *testing.T) {
			p := newPaced(10 * time.Second)
			p.fallBehind()
			if p.Admit() {
				t.Fatal("taken before an order ended")
			}
			p.Ended(11 * time.Second)
			orders, backlog := setup(t)
			backlog.EXPECT().Full().Return(false).Times(2)
			place := NewPlaceOrder(orders, backlog, p.Pace, func() domain.OrderID { return "o-1" }, clock)
			orders.EXPECT().AddOnce(gomock.Any(), gomock.Any(), gomock.Any()).Return(domain.Restore(domain.Snapshot{ID: "o-0"}), failure)
			if _, _, err := place.DoOnce(t.Context(), placement(), IdempotencyKey{Value: "k"}); !errors.Is(err, failure) {
				t.Fatal(err)
			}
			orders.EXPECT().Add(gomock.Any(), gomock.Any())
			if _, err := place.Do(t.Context(), placement()); err != nil {
				t.Errorf("a new order: %v", err)
			}
		})
	}
}

func TestOldKeysAreForgottenBatchByBatch(t *testing.T) {
	keys := NewMockKeys(gomock.NewController(t))
	yesterday := now.Add(-24 * time.Hour)
	gomock.InOrder(
		keys.EXPECT().ForgetKeys(gomock.Any(), yesterday, forgetBatch).Return(forgetBatch, nil),
		keys.EXPECT().ForgetKeys(gomock.Any(), yesterday, forgetBatch).Return(3, nil),
		keys.EXPECT().ForgetKeys(gomock.Any(), yesterday, forgetBatch).Return(0, down),
	)
	forget := NewForgetKeys(keys, clock)
	if n, err := forget.Do(t.Context()); n != forgetBatch+3 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	if n, err := forget.Do(t.Context()); n != 0 || !errors.Is(err, down) {
		t.Errorf("forgot %d, %v", n, err)
	}
}

func TestReasonSaysTheStatus(t *testing.T) {
	orders, _ := setup(t)
	read := NewReadOrders(orders)
	orders.EXPECT().List(gomock.Any(), Filter{Reason: domain.TimedOut, Limit: 3}).Return([]*domain.Order{nil}, nil).Times(2)
	for _, status := range []domain.Status{"", domain.Cancelled} {
		if got, err := read.List(t.Context(), Filter{Status: status, Reason: domain.TimedOut, Limit: 3}); err != nil || len(got) != 1 {
			t.Errorf("%q: %v, %v", status, got, err)
		}
	}
	for _, status := range []domain.Status{domain.Pending, domain.Completed} { // asks for nothing
		if got, err := read.List(t.Context(), Filter{Status: status, Reason: domain.TimedOut, Limit: 3}); err != nil || got != nil {
			t.Errorf("%q: %v, %v", status, got, err)
		}
	}
}
