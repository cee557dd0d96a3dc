package harness

import (
	"context"
	"slices"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

// weakened returns the store without the given protection.
func weakened(s *Store, missing simkit.Protection) application.Payments {
	switch missing {
	case simkit.PaymentTombstone:
		return forgetful{s}
	case simkit.PaymentClaim:
		return unclaiming{s}
	case simkit.AttemptsCounted:
		return uncounting{s}
	}
	return s
}

// forgetful keeps no tombstones: voided payments of nothing.
type forgetful struct{ *Store }

func (s forgetful) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	defer s.forget(id)
	return s.Store.Update(ctx, id, change)
}

func (s forgetful) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	defer s.forget(known.OrderID())
	return s.Store.UpdateKnown(ctx, known, change)
}

func (s forgetful) forget(id domain.OrderID) {
	if stored, _ := s.payments.Get(id); stored.Status == domain.Voided && stored.Amount == 0 {
		s.payments.Delete(id)
	}
}

// unclaiming leases payments without a note that a charge may have been sent.
type unclaiming struct{ *Store }

func (s unclaiming) Claim(ctx context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	claimed, err := s.Store.Claim(ctx, now, until, limit)
	for _, c := range claimed {
		s.unclaim(c.Payment.OrderID())
	}
	return claimed, err
}

func (s unclaiming) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	defer s.unclaim(id)
	return s.Store.Update(ctx, id, change)
}

func (s unclaiming) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	defer s.unclaim(known.OrderID())
	return s.Store.UpdateKnown(ctx, known, change)
}

func (s unclaiming) unclaim(id domain.OrderID) {
	if stored, found := s.payments.Get(id); found {
		stored.Claimed = false
		s.payments.Put(id, stored)
	}
}

// uncounting forgets how often a charge has failed.
type uncounting struct{ *Store }

func (s uncounting) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	defer s.uncount(id)
	return s.Store.Update(ctx, id, change)
}

func (s uncounting) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	defer s.uncount(known.OrderID())
	return s.Store.UpdateKnown(ctx, known, change)
}

func (s uncounting) uncount(id domain.OrderID) {
	if stored, _ := s.payments.Get(id); stored.Status == domain.Pending {
		stored.Attempts = 0
		s.payments.Put(id, stored)
	}
}

// announced returns the messages without the given protection: those of a
// payment that has taken the status.
func announced(messages []outbox.Message, status domain.Status, missing simkit.Protection) []outbox.Message {
	if missing != simkit.ChargeAnnounced || status != domain.Refunding {
		return messages
	}
	return slices.DeleteFunc(messages, func(m outbox.Message) bool { return m.Type == contracts.TypePaymentProcessed })
}
