// Package worker drives the settling of payments.
package worker

import (
	"context"
	"log/slog"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/workkit"
)

// New returns a pool that claims payments that are due and settles them, up to
// hands at the same time.
func New(signal *workkit.Signal, claim *application.ClaimDue, settle *application.SettlePayment, hands int, log *slog.Logger) *workkit.Pool[application.Claimed] {
	return workkit.NewPool(hands, signal, claim.Do, func(ctx context.Context, d application.Claimed) {
		ctx = event.WithOrigin(ctx, d.Origin)
		log := log.With("order_id", string(d.Payment.OrderID()))
		err := settle.Do(ctx, d.Payment)
		switch {
		case err == nil:
			log.InfoContext(ctx, "payment settled")
		case errs.Is(err, errs.Contradiction):
			log.ErrorContext(ctx, "the payment gateway contradicts itself", "error", err)
		default:
			log.WarnContext(ctx, "payment postponed", "error", err)
		}
	}, log)
}
