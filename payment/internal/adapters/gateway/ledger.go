package gateway

import (
	"context"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/money"
	"orders.internal/shared-kernel/pgkit"
)

// entry is a row of the ledger.
type entry struct {
	Number    int64
	OrderID   string
	Kind      string
	Amount    int64
	CreatedAt time.Time
}

const entryColumns = `number, order_id, kind, amount_minor, created_at`

// Entries implements application.Ledger.
func (s *Simulated) Entries(ctx context.Context, f application.LedgerFilter) ([]application.Entry, error) {
	listing := pgkit.NewestFirst(entryColumns, "gateway.ledger", "created_at", "number")
	pgkit.Equal(listing, "order_id", string(f.OrderID))
	if f.After != nil {
		listing.After(f.After.CreatedAt, f.After.Number)
	}
	return pgkit.List(ctx, s.pool, listing, f.Limit, func(e entry) (application.Entry, error) {
		return application.Entry{
			Number: e.Number, OrderID: domain.OrderID(e.OrderID), Kind: e.Kind, Amount: money.Amount(e.Amount), CreatedAt: e.CreatedAt.UTC(),
		}, nil
	})
}
