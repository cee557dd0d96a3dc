package sim

import (
	"fmt"

	inventory "orders.internal/inventory/harness"
	notification "orders.internal/notification/harness"
	order "orders.internal/order/harness"
	payment "orders.internal/payment/harness"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/simkit"
)

// system is the four services and what they keep.
type system struct {
	orders        *order.Store
	inventory     *inventory.Store
	payments      *payment.Store
	gateway       *payment.Gateway
	notifications *notification.Store
	mailbox       *notification.Mailbox

	services []*service
	byName   map[string]*service
}

func newSystem(w simkit.World, missing simkit.Protection) system {
	s := system{
		orders:        order.NewStore(w, missing),
		inventory:     inventory.NewStore(w, missing),
		payments:      payment.NewStore(w, missing),
		gateway:       payment.NewGateway(w, missing),
		notifications: notification.NewStore(w),
		mailbox:       notification.NewMailbox(w),
		byName:        map[string]*service{},
	}
	neverBusy := func() bool { return false }
	s.add(contracts.ServiceOrder, s.orders.Outbox, s.orders.Busy,
		func() participant { return order.New(s.orders, missing) })
	s.add(contracts.ServiceInventory, s.inventory.Outbox, neverBusy,
		func() participant { return inventory.New(s.inventory, missing) })
	s.add(contracts.ServicePayment, s.payments.Outbox, s.payments.Busy,
		func() participant { return payment.New(s.payments, s.gateway, missing) })
	s.add(contracts.ServiceNotification, nil, s.notifications.Busy,
		func() participant { return notification.New(s.notifications, s.mailbox, missing) })
	return s
}

func (s *system) add(name string, outbox *simkit.Outbox, busy func() bool, start func() participant) {
	added := &service{name: name, queue: &queue{}, outbox: outbox, busy: busy, start: start}
	for i := range added.processes {
		added.processes[i] = &process{service: added, name: fmt.Sprintf("%s/%d", name, i+1), running: start()}
	}
	s.services = append(s.services, added)
	s.byName[name] = added
}
