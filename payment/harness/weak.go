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
		return weak{s, forget}
	case simkit.PaymentClaim:
		return unclaiming{weak{s, unclaim}}
	case simkit.AttemptsCounted:
		return weak{s, uncount}
	}
	return s
}

// weak loses something of what was stored of each payment that was to be changed.
type weak struct {
	*Store
	lose func(s *Store, id domain.OrderID)
}

func (w weak) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	defer w.lose(w.Store, id)
	return w.Store.Update(ctx, id, change)
}

func (w weak) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	defer w.lose(w.Store, known.OrderID())
	return w.Store.UpdateKnown(ctx, known, change)
}

// forget keeps no tombstones: voided payments of nothing.
func forget(s *Store, id domain.OrderID) {
	if stored, _ := s.payments.Get(id); stored.Status == domain.Voided && stored.Amount == 0 {
		s.payments.Delete(id)
	}
}

// unclaiming leases payments without a note that a charge may have been sent.
type unclaiming struct{ weak }

func (u unclaiming) Claim(ctx context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	claimed, err := u.Store.Claim(ctx, now, until, limit)
	for _, c := range claimed {
		u.lose(u.Store, c.Payment.OrderID())
	}
	return claimed, err
}

func unclaim(s *Store, id domain.OrderID) {
	if stored, found := s.payments.Get(id); found {
		stored.Claimed = false
		s.payments.Put(id, stored)
	}
}

// uncount forgets how often a charge has failed.
func uncount(s *Store, id domain.OrderID) {
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
