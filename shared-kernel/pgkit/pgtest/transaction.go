package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

// InOneTransaction does the operations together, as a group does, and returns their
// outcomes.
func InOneTransaction[T any](t *testing.T, pool *pgxpool.Pool, run pgkit.Run[T], operations []T) (outcomes []error) {
	t.Helper()
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) (err error) {
		outcomes, err = run(ctx, tx, operations)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}
