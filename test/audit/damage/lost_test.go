package damage

import "testing"

func TestOrderWhoseOutboxRowWasDeletedIsTakenUpAgain(t *testing.T) {
	if err := system.Broker.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := place(t, 10, "sim_decline")
	if deleted := execute(t, connect(t, ordering), `DELETE FROM outbox WHERE subject = $1`, s.order); deleted != 1 {
		t.Errorf("%d rows deleted", deleted)
	}
	if err := system.Broker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}

	r := s.look(t)
	if err := differs(r, "PENDING, and nothing is reserved -> OrderCreated"); err != nil {
		t.Fatal(err)
	}
	s.repair(t, r, "OrderCreated")
	// It was paid as its customer wanted: any other method would have succeeded.
	s.expect(t, "CANCELLED PAYMENT_FAILED")
}

func TestLostEventsAreFoundAndPublishedAgain(t *testing.T) {
	const untold = "its customer was not told "
	for name, c := range map[string]struct {
		lost    []string // event types
		stock   int
		method  string
		finds   []string
		then    func(sample, *testing.T) // and what that leads to
		finally []string
		repairs []string
		end     string
	}{
		"InventoryReserved": {
			lost: []string{"InventoryReserved"}, stock: 2, method: "sim_success",
			finds:   []string{"PENDING and reserved, but has no payment -> InventoryReserved"},
			repairs: []string{"InventoryReserved"}, end: "COMPLETED",
		},
		"InventoryUnavailable": {
			lost: []string{"InventoryUnavailable"}, stock: 1, method: "sim_success",
			finds:   []string{"PENDING, but its reservation is REJECTED -> InventoryUnavailable"},
			repairs: []string{"InventoryUnavailable"}, end: "CANCELLED INVENTORY_UNAVAILABLE",
		},
		"PaymentProcessed": {
			lost: []string{"PaymentProcessed"}, stock: 2, method: "sim_timeout",
			finds:   []string{"PENDING, but its payment is PROCESSED -> PaymentProcessed", untold + "PaymentProcessed -> PaymentProcessed"},
			repairs: []string{"PaymentProcessed"}, end: "COMPLETED",
		},
		"PaymentFailed": {
			lost: []string{"PaymentFailed"}, stock: 2, method: "sim_unavailable",
			finds:   []string{"PENDING, but its payment is FAILED -> PaymentFailed", untold + "PaymentFailed -> PaymentFailed"},
			repairs: []string{"PaymentFailed"}, end: "CANCELLED PAYMENT_FAILED",
		},
		"OrderConfirmed": {
			lost: []string{"OrderConfirmed"}, stock: 2, method: "sim_success",
			finds:   []string{"COMPLETED, but its reservation is RESERVED -> OrderConfirmed", untold + "OrderConfirmed -> OrderConfirmed"},
			repairs: []string{"OrderConfirmed"}, end: "COMPLETED",
		},
		"OrderCancelled": {
			lost: []string{"OrderCancelled"}, stock: 2, method: "sim_decline",
			finds:   []string{"CANCELLED (PAYMENT_FAILED), but its reservation is RESERVED -> OrderCancelled", untold + "OrderCancelled -> OrderCancelled"},
			repairs: []string{"OrderCancelled"}, end: "CANCELLED PAYMENT_FAILED",
		},
		"PaymentProcessed, and OrderCancelled after it": {
			lost: []string{"PaymentProcessed", "OrderCancelled"}, stock: 2, method: "sim_success",
			finds: []string{"PENDING, but its payment is PROCESSED -> PaymentProcessed", untold + "PaymentProcessed -> PaymentProcessed"},
			then:  sample.cancel,
			finally: []string{
				"CANCELLED (CUSTOMER_REQUEST), but its reservation is RESERVED -> OrderCancelled",
				"CANCELLED (CUSTOMER_REQUEST), but its payment is PROCESSED -> OrderCancelled",
				untold + "OrderCancelled -> OrderCancelled", untold + "PaymentProcessed -> PaymentProcessed",
			},
			repairs: []string{"OrderCancelled", "PaymentProcessed"}, end: "CANCELLED CUSTOMER_REQUEST",
		},
		"InventoryReserved, and OrderCancelled after it": {
			lost: []string{"InventoryReserved", "OrderCancelled"}, stock: 2, method: "sim_success",
			finds: []string{"PENDING and reserved, but has no payment -> InventoryReserved"},
			then:  sample.cancel,
			finally: []string{
				"CANCELLED (CUSTOMER_REQUEST), but its reservation is RESERVED -> OrderCancelled",
				"CANCELLED (CUSTOMER_REQUEST), but has no payment -> OrderCancelled",
				untold + "OrderCancelled -> OrderCancelled",
			},
			repairs: []string{"OrderCancelled"}, end: "CANCELLED CUSTOMER_REQUEST",
		}, "OrderCreated, and OrderCancelled after it": {
			lost: []string{"OrderCreated", "OrderCancelled"}, stock: 2, method: "sim_success",
			finds: []string{"PENDING, and nothing is reserved -> OrderCreated"},
			then:  sample.cancel,
			finally: []string{
				"CANCELLED (CUSTOMER_REQUEST), but has no reservation -> OrderCancelled",
				"CANCELLED (CUSTOMER_REQUEST), but has no payment -> OrderCancelled",
				untold + "OrderCancelled -> OrderCancelled",
			},
			repairs: []string{"OrderCancelled"}, end: "CANCELLED CUSTOMER_REQUEST",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var stops []func()
			for _, eventType := range c.lost {
				stops = append(stops, lose(t, eventType))
			}
			s := place(t, c.stock, c.method)
			r := s.finds(t, c.finds...)
			if c.then != nil {
				c.then(s, t)
				r = s.finds(t, c.finally...)
			}
			for _, stop := range stops {
				stop()
			}
			s.repair(t, r, c.repairs...)
			s.expect(t, c.end)
		})
	}
}

func TestLostRefundIsShownAfterAll(t *testing.T) {
	keepPending := lose(t, "PaymentProcessed")
	loseRefund := lose(t, "PaymentRefunded")
	s := place(t, 2, "sim_success")
	s.finds(t, "PENDING, but its payment is PROCESSED -> PaymentProcessed", "its customer was not told PaymentProcessed -> PaymentProcessed")
	s.cancel(t)
	r := s.finds(t, "its payment is REFUNDED, but the order doesn't show it -> PaymentRefunded",
		"its customer was not told PaymentProcessed -> PaymentProcessed", "its customer was not told PaymentRefunded -> PaymentRefunded")
	keepPending()
	loseRefund()
	s.repair(t, r, "PaymentProcessed", "PaymentRefunded")
}
