package e2e

import (
	"testing"

	"orders.internal/shared-kernel/contracts"
)

// What each of these tests delivers is made by hand, into the queue of one
// service: so the order of arrival is certain.

func TestCancelledBeforeCreatedReservesNothing(t *testing.T) {
	b, p, id := dialBroker(t), newProduct(t, 5), newID()
	b.deliverHandled(inventory, newEvent(cancelled(id)))
	expectTombstone(t, id)

	b.deliverHandled(inventory, newEvent(contracts.OrderCreated{
		OrderID: id, CustomerID: "customer-1", Items: []contracts.Item{{ProductID: p, Quantity: 2}}, TotalAmount: price,
	}))
	expectTombstone(t, id)
	expectStock(t, p, stock{Available: 5})
}

func expectTombstone(t *testing.T, id string) {
	t.Helper()
	found := mustList[reservation](t, inventory, "/api/reservations", "order_id="+id)
	if len(found) != 1 || found[0].Status != "RELEASED" || len(found[0].Items) != 0 {
		t.Errorf("reservations %+v, want one tombstone", found)
	}
}

func TestCancelledBeforeReservedChargesNothing(t *testing.T) {
	b, id := dialBroker(t), newID()
	b.deliverHandled(payments, newEvent(cancelled(id)))
	expectVoided(t, id)

	b.deliverHandled(payments, newEvent(contracts.InventoryReserved{
		OrderID: id, CustomerID: "customer-1", Items: []contracts.Item{{ProductID: "product-A", Quantity: 2}}, TotalAmount: price,
	}))
	expectVoided(t, id)
}

func expectVoided(t *testing.T, id string) {
	t.Helper()
	p := mustGet[payment](t, payments, "/api/payments/"+id)
	if p.Status != "VOIDED" || p.Amount != nil || p.Attempts != 0 || p.TransactionID != nil {
		t.Errorf("payment %+v, want a tombstone", p)
	}
	if entries, err := ledgerOf(id); err != nil || entries != "" {
		t.Errorf("ledger %q, %v", entries, err)
	}
}

func TestFirstDecisionAboutAnOrderWins(t *testing.T) {
	b, p := dialBroker(t), newProduct(t, 1)
	completed, refused := place(t, of(line{p, 1})), place(t, of(line{newProduct(t, 0), 1}))
	waitFor(t, completed.ID, sold)
	waitFor(t, refused.ID, short)

	b.deliverHandled(orders, newEvent(contracts.InventoryUnavailable{OrderID: completed.ID}))
	b.deliverHandled(orders, newEvent(contracts.PaymentFailed{
		OrderID: completed.ID, CustomerID: completed.CustomerID, Amount: price, Reason: "DECLINED", Attempts: 1,
	}))
	b.deliverHandled(orders, newEvent(contracts.PaymentProcessed{
		OrderID: refused.ID, CustomerID: refused.CustomerID, Amount: price, TransactionID: newID(), Attempts: 1,
	}))
	for id, want := range map[string]outcome{completed.ID: sold, refused.ID: short} {
		if err := checkOutcome(id, want); err != nil {
			t.Error(err)
		}
	}
	expectStock(t, p, stock{Sold: 1})
}

func cancelled(id string) contracts.OrderCancelled {
	return contracts.OrderCancelled{OrderID: id, CustomerID: "customer-1", Reason: "CUSTOMER_REQUEST"}
}
