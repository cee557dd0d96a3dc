package domain

import "testing"

func BenchmarkNotification(b *testing.B) {
	occurrence := Occurrence{
		EventID: "01890a5d-ac96-774b-bcce-b302099a8057", OrderID: "01890a5d-ac96-774b-bcce-b302099a8058",
		CustomerID: "customer-1", Type: OrderConfirmed, Amount: 15000,
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := New(occurrence, noon); err != nil {
				b.Fatal(err)
			}
		}
	})
	pending, err := New(occurrence, noon)
	if err != nil {
		b.Fatal(err)
	}
	from := pending.Snapshot()
	b.Run("deliver", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := Restore(from)
			n.Delivered(noon)
			if n.Snapshot().DeliveredAt.IsZero() {
				b.Fatal("it is pending")
			}
		}
	})
}
