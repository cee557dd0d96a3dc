package harness

import (
	"testing"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

func TestStores(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Stores {
		s := NewStore(&simkit.Calm{At: porttest.Now}, "")
		for product, available := range map[string]int{"product-A": 10, "product-B": 5, "product-C": 0} {
			if err := New(s, "").SetStock(t.Context(), product, available); err != nil {
				t.Fatal(err)
			}
		}
		return porttest.Stores{Reservations: reservations{s}, Products: products{s}, Outbox: s.messages}
	})
}

func (s *Store) messages(*testing.T) (messages []outbox.Message) {
	for _, r := range s.Outbox.Rows() {
		messages = append(messages, r.Message)
	}
	return messages
}
