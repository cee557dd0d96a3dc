// Package contracts is what the services have agreed on: the nine events, how
// they are written on the wire and who publishes and consumes each of them.
// It changes only by adding.
package contracts

// The types of the nine events.
const (
	TypeOrderCreated         = "OrderCreated"
	TypeOrderConfirmed       = "OrderConfirmed"
	TypeOrderCancelled       = "OrderCancelled"
	TypeInventoryReserved    = "InventoryReserved"
	TypeInventoryUnavailable = "InventoryUnavailable"
	TypeInventoryReleased    = "InventoryReleased"
	TypePaymentProcessed     = "PaymentProcessed"
	TypePaymentFailed        = "PaymentFailed"
	TypePaymentRefunded      = "PaymentRefunded"
)

// The names of the services, as they stand in queue names and event sources.
const (
	ServiceOrder        = "order"
	ServiceInventory    = "inventory"
	ServicePayment      = "payment"
	ServiceNotification = "notification"
)

// Services lists the four in the order in which a saga reaches them.
var Services = []string{ServiceOrder, ServiceInventory, ServicePayment, ServiceNotification}

// Route says of one event type under which routing key it travels, who
// publishes it and who consumes it.
type Route struct {
	Type      string
	Key       string
	Publisher string
	Consumers []string

	decode func(body []byte) (attributes, Data, error)
}

// Routes is the whole table: every service declares all of it, so that nothing
// is lost to a service that has never started yet.
var Routes = []Route{
	{TypeOrderCreated, "order.created", ServiceOrder, []string{ServiceInventory}, decodeAs[OrderCreated]},
	{TypeOrderConfirmed, "order.confirmed", ServiceOrder, []string{ServiceInventory, ServiceNotification}, decodeAs[OrderConfirmed]},
	{TypeOrderCancelled, "order.cancelled", ServiceOrder, []string{ServiceInventory, ServicePayment, ServiceNotification}, decodeAs[OrderCancelled]},
	{TypeInventoryReserved, "inventory.reserved", ServiceInventory, []string{ServicePayment, ServiceOrder}, decodeAs[InventoryReserved]},
	{TypeInventoryUnavailable, "inventory.unavailable", ServiceInventory, []string{ServiceOrder}, decodeAs[InventoryUnavailable]},
	{TypeInventoryReleased, "inventory.released", ServiceInventory, []string{ServiceOrder}, decodeAs[InventoryReleased]},
	{TypePaymentProcessed, "payment.processed", ServicePayment, []string{ServiceOrder, ServiceNotification}, decodeAs[PaymentProcessed]},
	{TypePaymentFailed, "payment.failed", ServicePayment, []string{ServiceOrder, ServiceNotification}, decodeAs[PaymentFailed]},
	{TypePaymentRefunded, "payment.refunded", ServicePayment, []string{ServiceOrder, ServiceNotification}, decodeAs[PaymentRefunded]},
}

var routeByType = func() map[string]Route {
	byType := make(map[string]Route, len(Routes))
	for _, r := range Routes {
		byType[r.Type] = r
	}
	return byType
}()

// RouteOf returns the route of an event type, and whether there is one.
func RouteOf(eventType string) (Route, bool) {
	r, ok := routeByType[eventType]
	return r, ok
}
