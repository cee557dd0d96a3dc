package wiring

import (
	"fmt"
	"sync"
	"testing"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// How payments end.
var (
	paid     = outcome{domain.Processed, 1, "charge 150.00", "PaymentProcessed"}
	declined = outcome{domain.Failed, 1, "", "PaymentFailed"}
	givenUp  = outcome{domain.Failed, 3, "cancel 0.00", "PaymentFailed"}
	late     = outcome{domain.Processed, 2, "charge 150.00", "PaymentProcessed"} // its first answer was lost
	refunded = outcome{domain.Refunded, 1, "charge 150.00, refund 150.00", "PaymentProcessed PaymentRefunded"}
	voided   = outcome{domain.Voided, 0, "", ""}
)

func TestOutcomesOfSimulatedMethods(t *testing.T) {
	s := start(t)
	wants := map[string]outcome{
		"sim_success": paid, "sim_decline": declined, "sim_unavailable": givenUp, "sim_timeout": late, "": paid,
	}
	for method := range wants {
		s.publish(t, reserved("order "+method, method))
	}
	for method, want := range wants {
		s.expect(t, "order "+method, want)
	}
	for method := range wants { // delivered once more
		s.publish(t, reserved("order "+method, method))
	}
	s.publish(t, reserved("the last", "sim_success"))
	s.expect(t, "the last", paid)
	for method, want := range wants {
		s.expect(t, "order "+method, want)
	}
}

func TestEventsCarryWhatTheyGoBackTo(t *testing.T) {
	s := start(t)
	s.publish(t, reserved("o-1", "sim_success"))
	s.expect(t, "o-1", paid)
	s.publish(t, cancelled("o-1"))
	s.expect(t, "o-1", refunded)
	for _, m := range s.eventsOf("o-1") {
		want := origin
		switch data := m.Data.(type) {
		case contracts.PaymentProcessed:
			want.CausationID = "InventoryReserved of o-1"
			if data.CustomerID != "c" || data.Amount != 15000 || data.TransactionID == "" || data.Attempts != 1 {
				t.Errorf("published %+v", data)
			}
		case contracts.PaymentRefunded:
			want.CausationID = "OrderCancelled of o-1"
			if data.CustomerID != "c" || data.Amount != 15000 || data.RefundID == "" {
				t.Errorf("published %+v", data)
			}
		}
		if m.Origin != want {
			t.Errorf("%s goes back to %+v, want %+v", m.Data.EventType(), m.Origin, want)
		}
	}
}

func TestCancellationBeforeTheReservationChargesNothing(t *testing.T) {
	s := start(t)
	s.publish(t, cancelled("o-1"))
	s.expect(t, "o-1", voided)
	s.publish(t, reserved("o-1", "sim_success"))
	s.publish(t, reserved("after it", "sim_success"))
	s.expect(t, "after it", paid)
	s.expect(t, "o-1", voided)
}

// Reservation, cancellation, and their repetitions meet in any order at three
// replicas: none of the orders keeps a charge.
func TestCancelledOrdersKeepNoCharge(t *testing.T) {
	s := start(t)
	s.addReplica(t)
	s.addReplica(t)
	const orders = 60
	methods := []string{"sim_success", "sim_timeout", "sim_unavailable", "sim_decline", ""}
	var all sync.WaitGroup
	for i := range orders {
		all.Go(func() {
			id := fmt.Sprint("o-", i)
			s.publish(t, reserved(id, methods[i%len(methods)]))
			s.publish(t, cancelled(id))
			s.publish(t, reserved(id, methods[i%len(methods)]))
			s.publish(t, cancelled(id))
		})
	}
	all.Wait()
	for i := range orders {
		end := s.awaitEnd(t, fmt.Sprint("o-", i))
		switch end.Status {
		case domain.Refunded:
			if end.Ledger != refunded.Ledger {
				t.Errorf("refunded with the ledger %q", end.Ledger)
			}
		case domain.Voided, domain.Failed:
			if end.Ledger != "" && end.Ledger != "cancel 0.00" {
				t.Errorf("%s with the ledger %q", end.Status, end.Ledger)
			}
		default:
			t.Errorf("payment of a cancelled order is %s", end.Status)
		}
	}
}

// awaitEnd waits for a status in which a cancelled order's payment can end.
func (s *system) awaitEnd(t *testing.T, order string) (end outcome) {
	t.Helper()
	rabbittest.Eventually(t, "the end of "+order, func() bool {
		end = s.outcomeOf(t, order)
		return end.Status == domain.Voided || end.Status == domain.Failed || end.Status == domain.Refunded
	})
	return end
}

// Replicas share the work; no order is charged twice or forgotten.
func TestReplicasChargeEachOrderOnce(t *testing.T) {
	s := start(t)
	s.addReplica(t)
	const orders = 100
	for i := range orders {
		s.publish(t, reserved(fmt.Sprint("o-", i), "sim_success"))
	}
	for i := range orders {
		s.expect(t, fmt.Sprint("o-", i), paid)
	}
	entries, err := s.ledger.Do(t.Context(), application.LedgerFilter{Limit: 2 * orders})
	if err != nil || len(entries) != orders {
		t.Errorf("%d ledger entries, %v; want %d", len(entries), err, orders)
	}
}

// A gateway in trouble opens the breaker. Payments that come then wait, which
// uses none of their attempts.
func TestOpenBreakerPostponesPayments(t *testing.T) {
	s := start(t)
	const failing = 4 // of three attempts each; ten failures open the breaker
	for i := range failing {
		s.publish(t, reserved(fmt.Sprint("failing ", i), "sim_unavailable"))
	}
	rabbittest.Eventually(t, "an open breaker", func() bool { return s.breakerIsOpen(t) })
	s.publish(t, reserved("o-1", "sim_success"))
	for i := range failing {
		s.expect(t, fmt.Sprint("failing ", i), givenUp)
	}
	s.expect(t, "o-1", paid)
}

// The database's machine has vanished, and what stands at its address since then
// knows nothing of the old connections: no wait for an answer lasts for ever.
func TestServiceOutlastsADatabaseThatNeverAnswers(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.NewURL(t))
	s := startOn(t, proxy.URL)
	s.publish(t, reserved("o-1", "sim_success"))
	s.expect(t, "o-1", paid)
	defer proxy.Bury()
	proxy.Swallow()
	s.publish(t, reserved("o-2", "sim_success"))
	rabbittest.Eventually(t, "an end", func() bool {
		end := s.outcomeOf(t, "o-2").Status // the provider's connections were lost too
		return end == domain.Processed || end == domain.Failed
	})
}
