package domain

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

var (
	placedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	later    = placedAt.Add(time.Minute)
)

func placement() Placement {
	return Placement{CustomerID: "customer-1", Items: []Item{{"product-A", 2}, {"product-B", 1}}, Total: 15000}
}

func place(t *testing.T) *Order {
	t.Helper()
	o, err := Place("o-1", placement(), placedAt)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPlacedOrderIsPendingAndSaysSo(t *testing.T) {
	o := place(t)

	want := Snapshot{
		ID: "o-1", CustomerID: "customer-1", Items: []Item{{"product-A", 2}, {"product-B", 1}}, Total: 15000,
		Status: Pending, CreatedAt: placedAt, UpdatedAt: placedAt,
	}
	if got := o.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("snapshot = %+v, want %+v", got, want)
	}
	expectEvents(t, o, OrderCreated{OrderID: "o-1", CustomerID: "customer-1", Items: want.Items, Total: 15000})
}

func TestTransitions(t *testing.T) {
	confirm := func(o *Order) { o.Confirm(later) }
	cancel := func(o *Order) { o.Cancel(PaymentFailed, "DECLINED", later) }
	confirmed := OrderConfirmed{OrderID: "o-1", CustomerID: "customer-1", Total: 15000}
	cancelled := OrderCancelled{OrderID: "o-1", CustomerID: "customer-1", Reason: PaymentFailed, Detail: "DECLINED"}

	for name, c := range map[string]struct {
		from   Status
		do     func(*Order)
		want   Status
		events []event.Event
	}{
		"pending is confirmed":             {Pending, confirm, Completed, []event.Event{confirmed}},
		"pending is cancelled":             {Pending, cancel, Cancelled, []event.Event{cancelled}},
		"completed is confirmed again":     {Completed, confirm, Completed, nil},
		"completed stays when cancelled":   {Completed, cancel, Completed, nil},
		"cancelled is cancelled again":     {Cancelled, cancel, Cancelled, nil},
		"cancelled stays when it was paid": {Cancelled, confirm, Cancelled, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := Restore(Snapshot{ID: "o-1", CustomerID: "customer-1", Total: 15000, Status: c.from, UpdatedAt: placedAt})
			c.do(o)
			if got := o.Snapshot(); got.Status != c.want {
				t.Errorf("status = %s, want %s", got.Status, c.want)
			} else if changed := got.UpdatedAt.Equal(later); changed != (c.from != c.want) {
				t.Errorf("updated at %s", got.UpdatedAt)
			}
			expectEvents(t, o, c.events...)
		})
	}
}

func TestCancelledOrderKeepsItsFirstReason(t *testing.T) {
	o := place(t)
	o.Cancel(InventoryUnavailable, "", later)
	o.Cancel(TimedOut, "", later)
	if got := o.Snapshot().Reason; got != InventoryUnavailable {
		t.Errorf("reason = %s", got)
	}
}

func TestCustomerCancelsWhatIsNotComplete(t *testing.T) {
	for status, refused := range map[Status]bool{Pending: false, Cancelled: false, Completed: true} {
		o := Restore(Snapshot{ID: "o-1", Status: status})
		if err := o.CancelByCustomer(later); errs.Is(err, errs.Conflict) != refused {
			t.Errorf("%s: %v", status, err)
		}
		if events := o.Recorded(); (len(events) == 1) != (status == Pending) {
			t.Errorf("%s: events %v", status, events)
		}
	}
}

func TestRefundByAClockThatIsBehind(t *testing.T) {
	o := place(t)
	o.Cancel(TimedOut, "", later)
	o.RecordRefund(later.Add(-time.Hour))
	if s := o.Snapshot(); s.UpdatedAt != later || s.RefundedAt != later.Add(-time.Hour) {
		t.Errorf("updated %v, refunded %v", s.UpdatedAt, s.RefundedAt)
	}
}

func TestFirstRefundCounts(t *testing.T) {
	o := place(t)
	o.RecordRefund(later)
	o.RecordRefund(later.Add(time.Hour))
	if got := o.Snapshot().RefundedAt; !got.Equal(later) {
		t.Errorf("refunded at %s, want %s", got, later)
	}
}

func TestObservationsAreKeptInOrder(t *testing.T) {
	o := place(t)
	seen := []Observation{{EventID: "e-1", Type: "InventoryReserved"}, {EventID: "e-2", Type: "PaymentProcessed"}}
	for _, s := range seen {
		o.Observe(s)
	}
	if got := o.Observed(); !reflect.DeepEqual(got, seen) {
		t.Errorf("observed %v", got)
	}
}

func TestRestoredOrderIsTheStoredOne(t *testing.T) {
	stored := Snapshot{
		ID: "o-1", CustomerID: "c", Items: []Item{{"p", 1}}, Total: 1, PaymentMethod: "sim_success",
		Status: Cancelled, Reason: TimedOut, RefundedAt: later, CreatedAt: placedAt, UpdatedAt: later,
	}
	o := Restore(stored)
	if got := o.Snapshot(); !reflect.DeepEqual(got, stored) {
		t.Errorf("snapshot = %+v, want %+v", got, stored)
	}
	expectEvents(t, o)
}

func TestPlacementNamesEveryOffendingField(t *testing.T) {
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		change func(*Placement)
		want   []string
	}{
		"nothing is wrong":         {func(*Placement) {}, nil},
		"longest ids":              {func(p *Placement) { p.CustomerID = strings.Repeat("é", MaxIDLength) }, nil},
		"empty customer":           {func(p *Placement) { p.CustomerID = "" }, []string{"customer_id"}},
		"long customer":            {func(p *Placement) { p.CustomerID = strings.Repeat("x", 129) }, []string{"customer_id"}},
		"control character":        {func(p *Placement) { p.CustomerID = "a\x00b" }, []string{"customer_id"}},
		"C1 control character":     {func(p *Placement) { p.CustomerID = "a\u0085b" }, []string{"customer_id"}},
		"invalid UTF-8":            {func(p *Placement) { p.CustomerID = "\xff" }, []string{"customer_id"}},
		"no lines":                 {func(p *Placement) { p.Items = nil }, []string{"items"}},
		"101 lines":                {func(p *Placement) { p.Items = make([]Item, 101) }, []string{"items"}},
		"line without product":     {func(p *Placement) { p.Items[1].ProductID = "" }, []string{"items[1].product_id"}},
		"no units":                 {func(p *Placement) { p.Items[0].Quantity = 0 }, []string{"items[0].quantity"}},
		"too many units":           {func(p *Placement) { p.Items[0].Quantity = 10_001 }, []string{"items[0].quantity"}},
		"nothing to pay":           {func(p *Placement) { p.Total = 0 }, []string{"total_amount"}},
		"largest amount":           {func(p *Placement) { p.Total = money.Max }, nil},
		"known simulated method":   {func(p *Placement) { p.PaymentMethod = text("sim_decline") }, nil},
		"unknown simulated method": {func(p *Placement) { p.PaymentMethod = text("sim_maybe") }, []string{"payment_method"}},
		"any other method":         {func(p *Placement) { p.PaymentMethod = text("card-on-file") }, nil},
		"empty method":             {func(p *Placement) { p.PaymentMethod = text("") }, []string{"payment_method"}},
		"everything": {func(p *Placement) { *p = Placement{Items: []Item{{}}, PaymentMethod: text(strings.Repeat("x", 65))} },
			[]string{"customer_id", "items[0].product_id", "items[0].quantity", "total_amount", "payment_method"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := placement()
			c.change(&p)
			var got []string
			for _, fault := range p.Check() {
				got = append(got, fault.Name)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("faults = %v, want %v", got, c.want)
			}
			if _, err := Place("o-1", p, placedAt); errs.Is(err, errs.Invalid) != (c.want != nil) {
				t.Errorf("Place: %v", err)
			}
		})
	}
}

func TestPaymentMethodTravelsWithTheOrder(t *testing.T) {
	p, method := placement(), "sim_timeout"
	p.PaymentMethod = &method
	o, err := Place("o-1", p, placedAt)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Recorded()[0].(OrderCreated).PaymentMethod; got != method {
		t.Errorf("method = %q", got)
	}
}

func TestEventsNameTheirTypeAndOrder(t *testing.T) {
	for want, e := range map[string]event.Event{
		"OrderCreated":   OrderCreated{OrderID: "o-1"},
		"OrderConfirmed": OrderConfirmed{OrderID: "o-1"},
		"OrderCancelled": OrderCancelled{OrderID: "o-1"},
	} {
		if e.EventType() != want || e.Subject() != "o-1" {
			t.Errorf("%T is %s of %s", e, e.EventType(), e.Subject())
		}
	}
}

func TestOnlyTheThreeStatusesAreValid(t *testing.T) {
	for status, want := range map[Status]bool{Pending: true, Completed: true, Cancelled: true, "": false, "pending": false} {
		if status.Valid() != want {
			t.Errorf("%q valid = %v", status, !want)
		}
	}
}

func expectEvents(t *testing.T, o *Order, want ...event.Event) {
	t.Helper()
	if got := o.Recorded(); !(len(got) == 0 && len(want) == 0) && !reflect.DeepEqual(got, want) {
		t.Errorf("events = %+v, want %+v", got, want)
	}
}
