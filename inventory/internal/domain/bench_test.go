package domain

import (
	"fmt"
	"testing"
	"time"
)

// What becomes of a reservation, from its stored state to the state that is
// stored next, with as many products as an order has.
func BenchmarkReservation(b *testing.B) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, lines := range []int{3, 100} {
		order := Order{ID: "o-1", CustomerID: "customer-1", TotalAmount: 15000}
		var stock []ProductSnapshot
		for n := range lines {
			id := ProductID(fmt.Sprintf("product-%03d", n))
			order.Items = append(order.Items, Item{ProductID: id, Quantity: 2})
			stock = append(stock, ProductSnapshot{ID: id, Available: 1000, Reserved: 1000})
		}
		none := ReservationSnapshot{OrderID: order.ID}
		held := ReservationSnapshot{OrderID: order.ID, Status: Reserved, Items: order.Items, CreatedAt: now, UpdatedAt: now}
		for _, step := range []struct {
			name string
			from ReservationSnapshot
			do   func(*Reservation, Shelf) error
		}{
			{"reserve", none, func(r *Reservation, s Shelf) error { return r.Reserve(order, s, now) }},
			{"commit", held, func(r *Reservation, s Shelf) error { return r.Commit(s, now) }},
			{"release", held, func(r *Reservation, s Shelf) error { return r.Release(s, now) }},
		} {
			b.Run(fmt.Sprintf("%s/lines=%d", step.name, lines), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					products := make([]*Product, len(stock))
					for i, s := range stock {
						products[i] = RestoreProduct(s)
					}
					r := RestoreReservation(step.from)
					if err := step.do(r, NewShelf(products...)); err != nil {
						b.Fatal(err)
					}
					if r.Snapshot().Status == step.from.Status {
						b.Fatal("nothing became of it")
					}
				}
			})
		}
	}
}
