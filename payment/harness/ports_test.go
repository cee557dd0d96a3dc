package harness

import (
	"testing"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

func TestStore(t *testing.T) {
	porttest.Run(t, func(*testing.T) porttest.Store {
		s := NewStore(&simkit.Calm{At: porttest.Now}, "")
		return porttest.Store{Payments: s, Outbox: s.messages}
	})
}

func TestGateway(t *testing.T) {
	porttest.RunGateway(t, func(*testing.T) application.Gateway { return NewGateway(&simkit.Calm{At: porttest.Now}, "") })
}

func (s *Store) messages(*testing.T) (messages []outbox.Message) {
	for _, r := range s.Outbox.Rows() {
		messages = append(messages, r.Message)
	}
	return messages
}
