package harness

import (
	"testing"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

func TestStore(t *testing.T) {
	porttest.Run(t, func(*testing.T) porttest.Store {
		s := NewStore(&simkit.Calm{At: porttest.Now}, "")
		return porttest.Store{Orders: s, Keys: s, Outbox: s.messages, Journal: &s.journal}
	})
}

func (s *Store) messages(*testing.T) (messages []outbox.Message) {
	for _, r := range s.Outbox.Rows() {
		messages = append(messages, r.Message)
	}
	return messages
}
