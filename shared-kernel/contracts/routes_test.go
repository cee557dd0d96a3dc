package contracts

import (
	"slices"
	"strings"
	"testing"
)

// The table as other programs know it.
func TestRoutes(t *testing.T) {
	t.Parallel()
	const table = `
order.created         OrderCreated         order     inventory
order.confirmed       OrderConfirmed       order     inventory notification
order.cancelled       OrderCancelled       order     inventory payment notification
inventory.reserved    InventoryReserved    inventory payment order
inventory.unavailable InventoryUnavailable inventory order
inventory.released    InventoryReleased    inventory order
payment.processed     PaymentProcessed     payment   order notification
payment.failed        PaymentFailed        payment   order notification
payment.refunded      PaymentRefunded      payment   order notification
`
	rows := strings.Split(strings.TrimSpace(table), "\n")
	if len(Routes) != len(rows) {
		t.Fatalf("%d routes, want %d", len(Routes), len(rows))
	}
	for _, row := range rows {
		want := strings.Fields(row)
		route, known := RouteOf(want[1])
		if !known || route.Key != want[0] || route.Type != want[1] || route.Publisher != want[2] || !slices.Equal(route.Consumers, want[3:]) {
			t.Errorf("%s: got %+v", want[1], route)
		}
		for _, service := range append(route.Consumers, route.Publisher) {
			if !slices.Contains(Services, service) {
				t.Errorf("%s: there is no service %q", route.Type, service)
			}
		}
	}
	if route, known := RouteOf("OrderEaten"); known {
		t.Errorf("an unknown type has the route %+v", route)
	}
}
