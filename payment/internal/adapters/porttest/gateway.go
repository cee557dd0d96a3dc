package porttest

import (
	"context"
	"errors"
	"testing"

	"orders.internal/payment/internal/application"
)

// RunGateway tests the gateways that newGateway returns: each charges whatever
// it is asked to, and was never asked before.
func RunGateway(t *testing.T, newGateway func(t *testing.T) application.Gateway) {
	for name, test := range map[string]func(*testing.T, gateway){
		"it charges once for a key":                   chargesOnce,
		"a cancelled key charges nothing":             cancelledKeyChargesNothing,
		"cancel tells of a charge that was made":      cancelTellsOfCharge,
		"it refunds once for a key":                   refundsOnce,
		"it refunds only what was charged":            refundsOnlyCharges,
		"keys have nothing to do with each other":     keysAreApart,
		"a charge that succeeds is no failed attempt": successIsNoFailure,
	} {
		t.Run(name, func(t *testing.T) { test(t, gateway{newGateway(t)}) })
	}
}

type gateway struct{ application.Gateway }

func (g gateway) charge(t *testing.T, key string) (string, error) {
	return g.Charge(t.Context(), application.Charge{Key: key, OrderID: "o-1", Amount: 15000}, application.Attempts{
		Left: 3, Failed: func(context.Context) error { return errors.New("an attempt failed") },
	})
}

func (g gateway) mustCharge(t *testing.T, key string) (transactionID string) {
	t.Helper()
	transactionID, err := g.charge(t, key)
	if err != nil || transactionID == "" {
		t.Fatalf("charge answers %q, %v", transactionID, err)
	}
	return transactionID
}

func (g gateway) wantCancelled(t *testing.T, key, transactionID string) {
	t.Helper()
	if got, err := g.Cancel(t.Context(), key, "o-1"); err != nil || got != transactionID {
		t.Errorf("cancel answers %q, %v; want %q", got, err, transactionID)
	}
}

func chargesOnce(t *testing.T, g gateway) {
	first := g.mustCharge(t, "k")
	if again := g.mustCharge(t, "k"); again != first {
		t.Errorf("asked again it answers %s, want %s", again, first)
	}
}

func cancelledKeyChargesNothing(t *testing.T, g gateway) {
	for range 2 {
		g.wantCancelled(t, "k", "")
		if id, err := g.charge(t, "k"); !errors.Is(err, application.ErrKeyCancelled) {
			t.Errorf("charge answers %q, %v; want ErrKeyCancelled", id, err)
		}
	}
}

func cancelTellsOfCharge(t *testing.T, g gateway) {
	charged := g.mustCharge(t, "k")
	g.wantCancelled(t, "k", charged)
	if again := g.mustCharge(t, "k"); again != charged {
		t.Errorf("after the cancel it answers %s, want %s", again, charged)
	}
}

func refundsOnce(t *testing.T, g gateway) {
	wanted := application.Refund{Key: "r", OrderID: "o-1", TransactionID: g.mustCharge(t, "k"), Amount: 15000}
	first, err := g.Refund(t.Context(), wanted)
	if err != nil || first == "" {
		t.Fatalf("refund answers %q, %v", first, err)
	}
	if again, err := g.Refund(t.Context(), wanted); err != nil || again != first {
		t.Errorf("asked again it answers %q, %v; want %s", again, err, first)
	}
}

func refundsOnlyCharges(t *testing.T, g gateway) {
	charged := g.mustCharge(t, "k")
	for name, wrong := range map[string]application.Refund{
		"of another transaction": {Key: "r-1", OrderID: "o-1", TransactionID: "tx", Amount: 15000},
		"of another amount":      {Key: "r-2", OrderID: "o-1", TransactionID: charged, Amount: 1},
		"of another order":       {Key: "r-3", OrderID: "o-2", TransactionID: charged, Amount: 15000},
	} {
		if id, err := g.Refund(t.Context(), wrong); err == nil {
			t.Errorf("a refund %s answers %q", name, id)
		}
	}
}

func keysAreApart(t *testing.T, g gateway) {
	one, other := g.mustCharge(t, "k-1"), g.mustCharge(t, "k-2")
	if one == other {
		t.Errorf("two keys have the transaction %s", one)
	}
	g.wantCancelled(t, "k-3", "")
	g.wantCancelled(t, "k-1", one)
}

func successIsNoFailure(t *testing.T, g gateway) {
	failed := 0
	_, err := g.Charge(t.Context(), application.Charge{Key: "k", OrderID: "o-1", Amount: 1}, application.Attempts{
		Left: 1, Failed: func(context.Context) error { failed++; return nil },
	})
	if err != nil || failed > 0 {
		t.Errorf("%d attempts failed, %v", failed, err)
	}
}
