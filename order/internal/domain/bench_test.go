package domain

import "testing"

func BenchmarkPlace(b *testing.B) {
	p := placement()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Place("o-1", p, placedAt); err != nil {
			b.Fatal(err)
		}
	}
}

// How an order ends, from its stored state to the state that is stored next.
func BenchmarkEnd(b *testing.B) {
	placed, err := Place("o-1", placement(), placedAt)
	if err != nil {
		b.Fatal(err)
	}
	stored := placed.Snapshot()
	for name, end := range map[string]func(*Order){
		"confirm": func(o *Order) { o.Confirm(later) },
		"cancel":  func(o *Order) { o.Cancel(PaymentFailed, "", later) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o := Restore(stored)
				o.Observe(Observation{EventID: "e-1", Type: "PaymentProcessed", Source: "/payment", OccurredAt: later})
				end(o)
				if after := o.Snapshot(); after.Status == Pending || len(o.Recorded()) != 1 {
					b.Fatal("it did not end")
				}
			}
		})
	}
}
