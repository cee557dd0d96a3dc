package domain

import (
	"testing"
	"time"
)

// What becomes of a payment, from its stored state to the state that is stored
// next.
func BenchmarkPayment(b *testing.B) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	pending := Snapshot{
		OrderID: "o-1", CustomerID: "customer-1", Amount: 15000, Status: Pending, Claimed: true,
		DueAt: now, CreatedAt: now, UpdatedAt: now,
	}
	refunding := pending
	refunding.Status, refunding.CancelRequested, refunding.TransactionID = Refunding, true, "tx-1"
	for _, step := range []struct {
		name string
		from Snapshot
		do   func(*Payment) error
	}{
		{"request", Snapshot{OrderID: "o-1"}, func(p *Payment) error { return p.Request("customer-1", 15000, "", now) }},
		{"charge", pending, func(p *Payment) error { return p.RecordCharge("tx-1", now) }},
		{"decline", pending, func(p *Payment) error { return p.RecordDecline(now) }},
		{"cancel", pending, func(p *Payment) error { p.Cancel(now); return p.RecordCancelled(now) }},
		{"refund", refunding, func(p *Payment) error { return p.RecordRefund("refund-1", now) }},
	} {
		b.Run(step.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p := Restore(step.from)
				if err := step.do(p); err != nil {
					b.Fatal(err)
				}
				if p.Snapshot().Status == step.from.Status {
					b.Fatal("nothing became of it")
				}
			}
		})
	}
}
