package porttest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// addOnce adds an order of its own under the key, and returns the order that the
// key stands for.
func (s Store) addOnce(t *testing.T, key application.IdempotencyKey, at time.Time) (own domain.OrderID, first *domain.Order) {
	t.Helper()
	o := NewOrder(t, "customer-1", at)
	first, err := s.AddOnce(t.Context(), o, key)
	if err != nil {
		t.Fatal(err)
	}
	return o.ID(), first
}

func requestSentAgain(t *testing.T, s Store) {
	key := application.IdempotencyKey{Value: "k", Request: [32]byte{1}}
	own, first := s.addOnce(t, key, Now)
	placed := first.Snapshot()
	if placed.ID != own || placed.Status != domain.Pending {
		t.Fatalf("the first request got %+v", placed)
	}
	if err := s.Update(t.Context(), own, confirm); err != nil {
		t.Fatal(err)
	}
	_, again := s.addOnce(t, key, Now.Add(time.Minute))
	if got := again.Snapshot(); got.ID != own || got.Status != domain.Completed {
		t.Errorf("the second request got %+v", got)
	}
	if got := again.AsPlaced().Snapshot(); !reflect.DeepEqual(got, placed) {
		t.Errorf("as it was placed: %+v, want %+v", got, placed)
	}
	s.wantOutbox(t, "OrderCreated", "OrderConfirmed")
	if all, err := s.List(t.Context(), application.Filter{Limit: 10}); err != nil || len(all) != 1 {
		t.Errorf("%d orders, %v", len(all), err)
	}
}

func keyBelongsToCallerAndRequest(t *testing.T, s Store) {
	key := application.IdempotencyKey{Caller: "alice", Value: "k", Request: [32]byte{1}}
	s.addOnce(t, key, Now)
	for _, other := range []application.IdempotencyKey{
		{Caller: "bob", Value: "k", Request: [32]byte{1}},
		{Caller: "", Value: "k", Request: [32]byte{2}},
		{Caller: "alice", Value: "K", Request: [32]byte{1}},
	} {
		if own, first := s.addOnce(t, other, Now); first.ID() != own {
			t.Errorf("%+v stands for another order", other)
		}
	}
	key.Request = [32]byte{2}
	if _, err := s.AddOnce(t.Context(), NewOrder(t, "customer-1", Now), key); !errors.Is(err, application.ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
	s.wantOutbox(t, "OrderCreated", "OrderCreated", "OrderCreated", "OrderCreated")
}

func keysAreForgotten(t *testing.T, s Store) {
	var keys []application.IdempotencyKey
	for i := range 5 {
		keys = append(keys, application.IdempotencyKey{Value: string(rune('a' + i))})
		s.addOnce(t, keys[i], Now.Add(time.Duration(i)*time.Second))
	}
	for _, want := range []int{2, 1, 0} { // of a, b and c
		if n, err := s.Keys.ForgetKeys(t.Context(), Now.Add(3*time.Second), 2); err != nil || n != want {
			t.Errorf("forgot %d keys, %v; want %d", n, err, want)
		}
	}
	for i, key := range keys {
		own, first := s.addOnce(t, key, Now.Add(time.Minute))
		if forgotten := first.ID() == own; forgotten != (i < 3) {
			t.Errorf("key %s: forgotten is %v", key.Value, forgotten)
		}
	}
}

func knownKeyIsLookedUp(t *testing.T, s Store) {
	key := application.IdempotencyKey{Caller: "alice", Value: "k", Request: [32]byte{1}}
	if o, err := s.PlacedUnder(t.Context(), key); !errs.Is(err, errs.NotFound) {
		t.Errorf("before it was used: %v, %v", o, err)
	}
	own, _ := s.addOnce(t, key, Now)
	if err := s.Update(t.Context(), own, confirm); err != nil {
		t.Fatal(err)
	}
	if o, err := s.PlacedUnder(t.Context(), key); err != nil || o.ID() != own || o.Snapshot().Status != domain.Completed {
		t.Errorf("afterwards: %v, %v", o, err)
	}
	for _, other := range []application.IdempotencyKey{
		{Caller: "bob", Value: "k", Request: [32]byte{1}},
		{Caller: "alice", Value: "K", Request: [32]byte{1}},
	} {
		if o, err := s.PlacedUnder(t.Context(), other); !errs.Is(err, errs.NotFound) {
			t.Errorf("%+v: %v, %v", other, o, err)
		}
	}
	key.Request = [32]byte{2}
	if _, err := s.PlacedUnder(t.Context(), key); !errors.Is(err, application.ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
}
