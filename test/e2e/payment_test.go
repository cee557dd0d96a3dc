package e2e

import (
	"fmt"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

func TestDeclinedPaymentGivesTheStockBack(t *testing.T) {
	t.Parallel()
	b, p := dialBroker(t), newProduct(t, 3)
	placed := place(t, of(line{p, 2}).paying("sim_decline"))
	waitFor(t, placed.ID, declined)
	expectStock(t, p, stock{Available: 3})
	expectFailure(t, b, placed.ID, "DECLINED", 1)
}

func TestUnavailableGatewayFailsThePaymentAfterThreeAttempts(t *testing.T) {
	t.Parallel()
	b, p := dialBroker(t), newProduct(t, 3)
	placed := place(t, of(line{p, 2}).paying("sim_unavailable"))
	waitFor(t, placed.ID, exhausted)
	expectStock(t, p, stock{Available: 3})
	expectFailure(t, b, placed.ID, "PAYMENT_FAILED", 3)
}

// expectFailure checks what the payment service says about a failed payment.
func expectFailure(t *testing.T, b *broker, order, reason string, attempts int) {
	t.Helper()
	m, err := contracts.Decode(b.eventsOf(order, eventsDeclined...)["PaymentFailed"].Body)
	if err != nil {
		t.Fatal(err)
	}
	failed := m.Data.(contracts.PaymentFailed)
	if failed.Reason != reason || failed.Attempts != attempts || failed.Amount != price {
		t.Errorf("%+v, want the reason %s after %d attempts", failed, reason, attempts)
	}
	if got := mustGet[payment](t, payments, "/api/payments/"+order).Attempts; got != attempts {
		t.Errorf("%d attempts, want %d", got, attempts)
	}
}

func TestLostAnswerOfTheGatewayChargesOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 3)
	placed := place(t, of(line{p, 2}).paying("sim_timeout"))
	waitFor(t, placed.ID, sold)
	expectStock(t, p, stock{Available: 1, Sold: 2})
	if got := mustGet[payment](t, payments, "/api/payments/"+placed.ID).Attempts; got != 2 {
		t.Errorf("%d attempts, want 2", got)
	}
}

func TestAnyOtherPaymentMethodIsAccepted(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 2)
	for _, method := range []string{"sim_success", "card-on-file"} {
		waitFor(t, place(t, of(line{p, 1}).paying(method)).ID, sold)
	}
}

// An open breaker postpones payments; that is no attempt, and fails none.
func TestOpenBreakerPostponesPayments(t *testing.T) {
	const closed, enough = 0, 4 // orders, with three failed attempts each
	p := newProduct(t, 20)
	var failing, good []order
	for range enough {
		failing = append(failing, place(t, of(line{p, 1}).paying("sim_unavailable")))
	}
	eventually(t, func() error {
		state, _, err := metric(payments, "payment_gateway_breaker_state")
		if err == nil && state == closed {
			err = fmt.Errorf("the breaker is closed")
		}
		return err
	})
	for range enough {
		good = append(good, place(t, of(line{p, 1})))
	}
	for _, o := range failing {
		waitFor(t, o.ID, exhausted)
	}
	for _, o := range good {
		waitFor(t, o.ID, sold)
	}
	if state, _, err := metric(payments, "payment_gateway_breaker_state"); err != nil || state != closed {
		t.Errorf("the breaker's state is %v, %v", state, err)
	}
	expectStock(t, p, stock{Available: 20 - enough, Sold: enough})
}
