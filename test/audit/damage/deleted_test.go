package damage

import "testing"

func TestDeletedNotificationIsSentAgain(t *testing.T) {
	s := sold(t)
	for _, eventType := range []string{"OrderConfirmed", "PaymentProcessed"} {
		remove(t, notification, "notifications", "order_id = $1 AND type = $2", s.order, eventType)
		r := s.look(t)
		if err := differs(r, "its customer was not told "+eventType+" -> "+eventType); err != nil {
			t.Fatal(err)
		}
		s.repair(t, r, eventType)
	}
}

// What can't be put right is reported and left as it is, until a person does.
func TestWhatIsNotSafeIsLeftToAPerson(t *testing.T) {
	s := sold(t)
	for table, c := range map[string]struct {
		service, condition string
		finds              []string
	}{
		"reservations": {inventory, "order_id = $1", []string{"COMPLETED, but has no reservation", "stock"}},
		"payments":     {paying, "order_id = $1", []string{"COMPLETED, but has no payment"}},
		"orders": {ordering, "id = $1::uuid", []string{
			"unknown to the order service, but there is a charge at the gateway, a notification of OrderConfirmed, " +
				"a notification of PaymentProcessed, a payment that is PROCESSED, a reservation that is COMMITTED",
		}},
	} {
		t.Run(table, func(t *testing.T) {
			restore := remove(t, c.service, table, c.condition, s.order)
			r := s.look(t)
			if err := differs(r, c.finds...); err != nil {
				t.Error(err)
			}
			for _, f := range r.Findings {
				if f.Advice == "" {
					t.Errorf("no advice on %+v", f)
				}
			}
			s.repair(t, r)
			restore()
			s.finds(t)
		})
	}
}

func TestADeletedReservationIsNotMadeASecondTime(t *testing.T) {
	stop := lose(t, "InventoryReserved")
	s := place(t, 10, "sim_success")
	s.finds(t, "PENDING and reserved, but has no payment -> InventoryReserved")
	stop()
	restore := remove(t, inventory, "reservations", "order_id = $1", s.order)
	r := s.look(t)
	// As if it had never been made, but for the pieces that are set aside.
	if err := differs(r, "PENDING, and nothing is reserved", "stock"); err != nil {
		t.Error(err)
	}
	s.repair(t, r)
	restore()
	s.repair(t, s.finds(t, "PENDING and reserved, but has no payment -> InventoryReserved"), "InventoryReserved")
}
