package postgres

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// What one caller gets wrong costs the others only time: one transaction more, in which
// all are read, and no search for the one.
func TestOldKnowledgeIsOneCallersAlone(t *testing.T) {
	f := setup(t)
	var operations []*operation
	runs := make([]int, 100)
	for i := range runs {
		n := porttest.New(t, fmt.Sprint("e-", i), fmt.Sprint("o-", i), domain.OrderConfirmed, porttest.Now)
		if _, err := f.Add(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		operations = append(operations, changing(n, func(n *domain.Notification) {
			runs[i]++
			n.Delivered(porttest.Now)
		}))
	}
	f.inOneTransaction(t, &operation{key: operations[50].key, change: fails}) // since somebody looked
	pool, batches := pgtest.Traced(t, f.pool)
	f.pool = pool
	sent := batches.During(func() {
		for i, err := range f.inOneTransaction(t, operations...) {
			if err != nil {
				t.Errorf("operation %d: %v", i, err)
			}
		}
	})
	if len(sent) != 3 || !slices.Contains(sent[1], lockNotifications) { // in vain; to read; to write
		t.Errorf("sent %q", sent)
	}
	all := f.all(t)
	for i := range runs {
		attempts := 0
		if i == 50 {
			attempts = 1
		}
		if got := all[operations[i].key.OrderID]; got.DeliveredAt.IsZero() || got.Attempts != attempts || runs[i] != 2 {
			t.Errorf("after %d runs notification %d is %+v", runs[i], i, got)
		}
	}
}

// What wouldn't change proves nothing about what is stored, which is read at once.
func TestUnchangedIsReadInTheSameTransaction(t *testing.T) {
	f := setup(t)
	n := porttest.New(t, "e", "o", domain.OrderConfirmed, porttest.Now)
	if _, err := f.Add(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	runs := 0
	pool, batches := pgtest.Traced(t, f.pool)
	sent := batches.During(func() {
		err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
			runs++
			_, err := transact(ctx, tx, []*operation{changing(n, func(*domain.Notification) {})})
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	if runs != 1 || len(sent) != 2 || !slices.Contains(sent[0], lockNotifications) {
		t.Errorf("after %d runs sent %q", runs, sent)
	}
}
