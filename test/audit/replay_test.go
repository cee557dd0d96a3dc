package audit

import (
	"reflect"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
)

func TestNothingIsReservedChargedOrCoveredUpByAReplay(t *testing.T) {
	t.Parallel()
	doubt := differences{"product-B": {}}
	lostConfirmation := func() view {
		return ordered(completed, "").withReservation(reserved).withPayment(processed).withCharge()
	}
	reservedOrder := func() view { return ordered(pending, "").withReservation(reserved) }
	for name, c := range map[string]struct {
		view  view
		doubt differences
		event string
		want  bool
	}{
		"create": {ordered(pending, ""), nil, "OrderCreated", true},
		"create, another product's stock differs": {ordered(pending, ""), differences{"product-C": {}}, "OrderCreated", true},
		"create, its stock differs":               {ordered(pending, ""), doubt, "OrderCreated", false},
		"create, it has a payment":                {ordered(pending, "").withPayment(pending), nil, "OrderCreated", false},
		"create, its payment was voided":          {ordered(pending, "").withPaymentTombstone(), nil, "OrderCreated", false},
		"create, it was charged":                  {ordered(pending, "").withCharge(), nil, "OrderCreated", false},
		"create, its customer was told something": {ordered(pending, "").told("OrderCancelled"), nil, "OrderCreated", false},
		"create, it is reserved":                  {reservedOrder(), nil, "OrderCreated", false},
		"create, it has ended":                    {ordered(completed, ""), nil, "OrderCreated", false},

		"confirm":                       {lostConfirmation(), nil, "OrderConfirmed", true},
		"confirm, it is sold":           {soldOrder(), nil, "OrderConfirmed", true},
		"confirm, nothing was reserved": {lostConfirmation().withReservation(rejected), nil, "OrderConfirmed", false},
		"confirm, it is pending":        {reservedOrder(), nil, "OrderConfirmed", false},

		"cancel":                                {abandonedOrder(), nil, "OrderCancelled", true},
		"cancel, nothing was done":              {ordered(cancelled, "TIMEOUT"), nil, "OrderCancelled", true},
		"cancel, its stock differs":             {ordered(cancelled, "TIMEOUT"), doubt, "OrderCancelled", false},
		"cancel, there must be a reservation":   {ordered(cancelled, paymentFailed).withPayment(failed), nil, "OrderCancelled", false},
		"cancel, a rejected one":                {ordered(cancelled, inventoryUnavailable), nil, "OrderCancelled", false},
		"cancel, paid without a reservation":    {ordered(cancelled, "TIMEOUT").withPayment(processed), nil, "OrderCancelled", false},
		"cancel, it is sold":                    {abandonedOrder().withReservation(committed), nil, "OrderCancelled", false},
		"cancel, its payment was deleted":       {ordered(cancelled, "TIMEOUT").withReservation(released).withCharge(), nil, "OrderCancelled", false},
		"cancel, its failed payment, too":       {ordered(cancelled, paymentFailed).withReservation(released), nil, "OrderCancelled", false},
		"cancel, its charged payment, too":      {ordered(cancelled, "TIMEOUT").withReservation(released).told("PaymentProcessed"), nil, "OrderCancelled", false},
		"cancel, it was reserved and never due": {ordered(cancelled, "TIMEOUT").withReservation(reserved), nil, "OrderCancelled", true},

		"reserve":                          {reservedOrder(), nil, "InventoryReserved", true},
		"reserve, it was charged":          {reservedOrder().withCharge(), nil, "InventoryReserved", false},
		"reserve, its charge was given up": {reservedOrder().withEntry("cancel", nil, chargedAt), nil, "InventoryReserved", false},
		"reserve, its customer was told":   {reservedOrder().told("PaymentFailed"), nil, "InventoryReserved", false},
		"reserve, it has a payment":        {reservedOrder().withPayment(failed), nil, "InventoryReserved", false},
		"reserve, other items":             {reservedOrder().but(func(v *view) { v.reservation.Items = nil }), nil, "InventoryReserved", false},
		"reserve, it is sold":              {ordered(pending, "").withReservation(committed), nil, "InventoryReserved", false},

		"reject":                 {ordered(pending, "").withReservation(rejected), nil, "InventoryUnavailable", true},
		"reject, it was charged": {ordered(pending, "").withReservation(rejected).withCharge(), nil, "InventoryUnavailable", false},
		"reject, it is reserved": {reservedOrder(), nil, "InventoryUnavailable", false},

		"process":                          {reservedOrder().withPayment(processed).withCharge(), nil, "PaymentProcessed", true},
		"process, it was not charged":      {reservedOrder().withPayment(processed), nil, "PaymentProcessed", false},
		"process, it was refunded":         {reservedOrder().withPayment(refunded).withCharge().withRefund(), nil, "PaymentProcessed", false},
		"process, its refund is booked":    {reservedOrder().withPayment(processed).withCharge().withRefund(), nil, "PaymentProcessed", false},
		"process, its reservation is gone": {ordered(pending, "").withPayment(processed).withCharge(), nil, "PaymentProcessed", false},
		"process, it is cancelled":         {refundedOrder(), nil, "PaymentProcessed", true},
		"process, it is not paid":          {reservedOrder().withPayment(pending), nil, "PaymentProcessed", false},
		"process, its payment is gone":     {reservedOrder(), nil, "PaymentProcessed", false},

		"fail":                  {reservedOrder().withPayment(failed), nil, "PaymentFailed", true},
		"fail, it was charged":  {reservedOrder().withPayment(failed).withCharge(), nil, "PaymentFailed", false},
		"fail, it is sold":      {ordered(pending, "").withReservation(committed).withPayment(failed), nil, "PaymentFailed", false},
		"fail, it is cancelled": {declinedOrder(), nil, "PaymentFailed", true},
		"fail, it is complete":  {ordered(completed, "").withReservation(committed).withPayment(failed), nil, "PaymentFailed", false},

		"refund":                   {refundedOrder(), nil, "PaymentRefunded", true},
		"refund, it is not booked": {refundedOrder().but(func(v *view) { v.ledger = v.ledger[1:] }), nil, "PaymentRefunded", false},
		"refund, it is complete":   {soldOrder().withPayment(refunded).withRefund(), nil, "PaymentRefunded", false},
		"refund, it is only due":   {refundedOrder().withPayment(refunding), nil, "PaymentRefunded", false},

		"an event that only the timeline has": {abandonedOrder(), nil, "InventoryReleased", false},
		"an order that nobody knows":          {view{id: "o-1"}, nil, "OrderCreated", false},
	} {
		if _, got := c.view.replay(c.event, c.doubt); got != c.want {
			t.Errorf("%s: safe = %v", name, got)
		}
	}
}

func TestReplayedEventsSayWhatTheFirstOnesSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		view   view
		source string
		at     time.Time
		want   contracts.Data
	}{
		{ordered(pending, ""), "/order", placedAt, contracts.OrderCreated{
			OrderID: "o-1", CustomerID: "customer-1", Items: lines(), TotalAmount: total, PaymentMethod: "card"}},
		{soldOrder(), "/order", endedAt, contracts.OrderConfirmed{
			OrderID: "o-1", CustomerID: "customer-1", TotalAmount: total}},
		{abandonedOrder(), "/order", endedAt, contracts.OrderCancelled{
			OrderID: "o-1", CustomerID: "customer-1", Reason: "CUSTOMER_REQUEST"}},
		{ordered(pending, "").withReservation(reserved), "/inventory", reservedAt, contracts.InventoryReserved{
			OrderID: "o-1", CustomerID: "customer-1", Items: lines(), TotalAmount: total, PaymentMethod: "card"}},
		{ordered(pending, "").withReservation(rejected), "/inventory", reservedAt, contracts.InventoryUnavailable{
			OrderID: "o-1", Shortages: []contracts.Shortage{}}},
		{soldOrder(), "/payment", chargedAt, contracts.PaymentProcessed{
			OrderID: "o-1", CustomerID: "customer-1", Amount: total, TransactionID: "tx-1", Attempts: 1}},
		{declinedOrder(), "/payment", chargedAt, contracts.PaymentFailed{
			OrderID: "o-1", CustomerID: "customer-1", Amount: total, Reason: "DECLINED", Attempts: 1}},
		{refundedOrder(), "/payment", refundedAt, contracts.PaymentRefunded{
			OrderID: "o-1", CustomerID: "customer-1", Amount: total, RefundID: "re-1"}},
	} {
		want := contracts.Message{ID: "event-1", Source: c.source, Time: c.at, Data: c.want}
		got, _ := c.view.replay(c.want.EventType(), nil)
		got.ID = "event-1"
		body, err := contracts.Encode(got)
		if err != nil {
			t.Fatal(err)
		}
		if got, err = contracts.Decode(body); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", c.want.EventType(), err, got, want)
		}
	}
}

func TestAnEventIsPublishedOnceForAllThatItExplains(t *testing.T) {
	t.Parallel()
	v := ordered(cancelled, "TIMEOUT").withReservation(reserved).withPayment(processed).withCharge()
	lost := lostEvents(Report{Findings: examine(v, nil)})
	var types []string
	for _, m := range lost {
		types = append(types, m.Data.EventType())
	}
	if want := []string{"OrderCancelled", "PaymentProcessed"}; !reflect.DeepEqual(types, want) {
		t.Errorf("published %v, want %v", types, want)
	}
}
