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
		id, err := string(d.Payment.OrderID()), settle.Do(ctx, d.Payment)
		switch {
		case err == nil:
			log.InfoContext(ctx, "payment settled", "order_id", id)
		case errs.Is(err, errs.Contradiction):
			log.ErrorContext(ctx, "the payment gateway contradicts itself", "order_id", id, "error", err)
		default:
			log.WarnContext(ctx, "payment postponed", "order_id", id, "error", err)
		}
	}, log)
}
