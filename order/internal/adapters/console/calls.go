package console

import (
	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/contracts"
)

// call is one that the console's pages make of another service. Nothing else is
// passed on.
type call struct {
	service, method, path string   // as the service has it; its one parameter is :id
	scopes                []string // as the service asks for them
	query                 []string
}

// calls are all of them.
func calls() []call {
	const get, put = fiber.MethodGet, fiber.MethodPut
	read := []string{authkit.OrdersRead, authkit.Ops}
	all := []call{
		{contracts.ServiceInventory, get, "/api/products", append([]string{authkit.InventoryWrite}, read...), []string{"limit", "cursor"}},
		{contracts.ServiceInventory, get, "/api/products/:id", append([]string{authkit.InventoryWrite}, read...), nil},
		{contracts.ServiceInventory, put, "/api/products/:id", []string{authkit.InventoryWrite}, nil},
		{contracts.ServiceInventory, get, "/api/reservations", []string{authkit.Ops}, []string{"order_id"}},
		{contracts.ServicePayment, get, "/api/payments/:id", read, nil},
		{contracts.ServiceNotification, get, "/api/notifications", read, []string{"order_id"}},
	}
	for _, service := range contracts.Services {
		if service != contracts.ServiceOrder {
			all = append(all, deadLetterCalls(service)...)
		}
	}
	return all
}

// deadLetterCalls are the same for each service.
func deadLetterCalls(service string) []call {
	const get, post = fiber.MethodGet, fiber.MethodPost
	operators := []string{authkit.Ops}
	return []call{
		{service, get, "/api/dead-letters", operators, []string{"limit", "cursor", "reason", "type"}},
		{service, get, "/api/dead-letters/summary", operators, nil},
		{service, get, "/api/dead-letters/:id", operators, nil},
		{service, get, "/api/dead-letter-actions", operators, []string{"limit", "cursor", "order_id"}},
		{service, post, "/api/dead-letters/replay", operators, nil},
		{service, post, "/api/dead-letters/discard", operators, nil},
		{service, post, "/api/dead-letters/:id/replay", operators, nil},
		{service, post, "/api/dead-letters/:id/discard", operators, nil},
	}
}
