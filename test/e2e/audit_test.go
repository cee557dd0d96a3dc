package e2e

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
)

// letter is a message in a queue that nobody consumes.
type letter struct{ queue, messageID string }

// onPurpose has the letters that tests caused: every other one is a failure.
var onPurpose sync.Map

// audit checks, when all tests are done, what has to hold after any of them.
func audit() error {
	return errors.Join(auditLetters(), auditSagas(), auditStock(), auditLogs())
}

// auditLetters empties the dead queues and compares them with what was put there
// on purpose.
func auditLetters() error {
	conn, err := amqp.Dial(system.AMQPURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	found := map[letter]int{}
	var faults []error
	for _, queue := range append(deadQueues(), unroutable) {
		for d, more, err := channel.Get(queue, true); more || err != nil; d, more, err = channel.Get(queue, true) {
			if err != nil {
				return err
			}
			l := letter{queue, d.MessageId}
			if found[l]++; found[l] > 1 {
				faults = append(faults, fmt.Errorf("%+v is there more than once", l))
			}
			if _, wanted := onPurpose.Load(l); !wanted {
				faults = append(faults, fmt.Errorf("unexpected letter in %s: %v %.500s", queue, d.Headers, d.Body))
			}
		}
	}
	for l := range onPurpose.Range {
		if found[l.(letter)] == 0 {
			faults = append(faults, fmt.Errorf("%+v is gone", l))
		}
	}
	return errors.Join(faults...)
}

func deadQueues() []string {
	var queues []string
	for _, service := range contracts.Services {
		queues = append(queues, deadQueue(service))
	}
	return queues
}

// auditSagas checks that every order has ended, and that the customers of the
// completed ones have paid for them, once, and nobody else has paid anything.
func auditSagas() error {
	if err := poll(func() error { return noneLeft[order](orders, "/api/orders", "status=PENDING") }); err != nil {
		return err
	}
	placed, err := list[order](orders, "/api/orders", "")
	if err != nil {
		return err
	}
	return poll(func() error { return auditMoney(placed) }) // refunds may be on their way
}

func auditMoney(placed []order) error {
	ledger, err := list[ledgerEntry](payments, "/api/gateway/ledger", "")
	if err != nil {
		return err
	}
	charges, paid := map[string]int{}, map[string]money.Amount{}
	for _, e := range ledger {
		switch e.Kind {
		case "charge":
			charges[e.OrderID]++
			paid[e.OrderID] += *e.Amount
		case "refund":
			paid[e.OrderID] -= *e.Amount
		}
	}
	var faults []error
	for _, o := range placed {
		var owed money.Amount
		if o.Status == "COMPLETED" {
			owed = o.TotalAmount
		}
		if paid[o.ID] != owed || charges[o.ID] > 1 {
			faults = append(faults, fmt.Errorf("%s order %s at %s: %d charges, %s paid", o.Status, o.ID, o.TotalAmount, charges[o.ID], paid[o.ID]))
		}
		delete(paid, o.ID)
	}
	for id, amount := range paid {
		faults = append(faults, fmt.Errorf("nobody knows the order %s, but %s was paid for it", id, amount))
	}
	return errors.Join(faults...)
}

func noneLeft[T any](service, path, query string) error {
	left, err := list[T](service, path, query)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%s?%s: %d left, the first is %+v", path, query, len(left), left[0])
	}
	return err
}

// auditStock checks that what completed orders bought is sold, and that nothing
// is set aside or lost.
func auditStock() error {
	placed, err := list[order](orders, "/api/orders", "status=COMPLETED")
	if err != nil {
		return err
	}
	bought := map[string]int{}
	for _, o := range placed {
		for _, item := range o.Items {
			bought[item.ProductID] += item.Quantity
		}
	}
	return poll(func() error { // an order's confirmation reaches the stock later
		products, err := list[product](inventory, "/api/products", "")
		if err != nil {
			return err
		}
		for _, p := range products {
			want := stock{Available: p.Available, Sold: bought[p.ProductID]}
			if first, known := stocked.Load(p.ProductID); known {
				want.Available = first.(int) - want.Sold
			}
			if p.stock != want {
				return fmt.Errorf("stock of %s is %+v, want %+v", p.ProductID, p.stock, want)
			}
		}
		return nil
	})
}

// auditLogs looks for what must never happen in a service, whatever is asked of it.
func auditLogs() error {
	var faults []error
	for _, log := range system.Logs() {
		content, err := os.ReadFile(log.Path)
		if err != nil {
			return err
		}
		for row := range strings.Lines(string(content)) {
			if strings.Contains(row, "DATA RACE") || strings.Contains(row, "panic") {
				faults = append(faults, fmt.Errorf("log of %s: %s", log.Name, row))
			}
		}
	}
	return errors.Join(faults...)
}
