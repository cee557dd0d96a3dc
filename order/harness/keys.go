package harness

import (
	"context"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
)

// keyID identifies a key among those of all callers.
type keyID struct{ caller, value string }

// holder is who had a key first.
type holder struct {
	id      keyID
	request [32]byte
	order   domain.OrderID
}

var _ application.Keys = (*Store)(nil)

// AddOnce implements application.Orders.
func (s *Store) AddOnce(ctx context.Context, o *domain.Order, key application.IdempotencyKey) (first *domain.Order, err error) {
	err = s.world.Call("add order once", string(o.ID()), func() error {
		id := keyID{key.Caller, key.Value}
		held, taken := s.keys.Get(id)
		if taken {
			first, err = s.placedUnder(held, key)
			return err
		}
		if err := s.save(ctx, row{}, o); err != nil {
			return err
		}
		s.keys.Put(id, holder{id, key.Request, o.ID()})
		first = o
		return nil
	})
	return first, err
}

// PlacedUnder implements application.Orders.
func (s *Store) PlacedUnder(_ context.Context, key application.IdempotencyKey) (placed *domain.Order, err error) {
	err = s.world.Call("look up key", key.Value, func() error {
		held, taken := s.keys.Get(keyID{key.Caller, key.Value})
		if !taken {
			return application.ErrKeyUnused
		}
		placed, err = s.placedUnder(held, key)
		return err
	})
	return placed, err
}

func (s *Store) placedUnder(held holder, key application.IdempotencyKey) (*domain.Order, error) {
	if held.request != key.Request {
		return nil, application.ErrKeyReused
	}
	stored, _ := s.orders.Get(held.order)
	return domain.Restore(stored.Snapshot), nil
}

// ForgetKeys implements application.Keys.
func (s *Store) ForgetKeys(_ context.Context, placedBefore time.Time, limit int) (forgotten int, err error) {
	err = s.world.Call("forget keys", "", func() error {
		var old []keyID // in the order of their insertion, which is that of their age
		for k := range s.keys.All() {
			if o, _ := s.orders.Get(k.order); o.CreatedAt.Before(placedBefore) && len(old) < limit {
				old = append(old, k.id)
			}
		}
		for _, id := range old {
			s.keys.Delete(id)
		}
		forgotten = len(old)
		return nil
	})
	return forgotten, err
}
