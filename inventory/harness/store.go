// Package harness is the inventory service in memory: its use cases and its
// mapping to the wire contract as they ship, over a store that a simulation
// drives.
package harness

import (
	"orders.internal/inventory/internal/adapters/rabbitmq"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/simkit"
)

// Store is the service's database: it outlives the processes.
type Store struct {
	Outbox *simkit.Outbox

	world           simkit.World
	missing         simkit.Protection
	reservationRows simkit.Table[domain.OrderID, domain.ReservationSnapshot]
	productRows     simkit.Table[domain.ProductID, domain.ProductSnapshot]
	restocked       map[domain.ProductID]int // pieces, by setting the stock
}

// NewStore returns an empty store, without the given protection.
func NewStore(w simkit.World, missing simkit.Protection) *Store {
	return &Store{
		world:     w,
		Outbox:    simkit.NewOutbox(w, contracts.ServiceInventory, rabbitmq.ToData, missing),
		missing:   missing,
		restocked: map[domain.ProductID]int{},
	}
}
