package faults

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"orders.internal/test/aftermath"
)

// settleTime is how long the system may take, after the last fault, until
// nothing goes on any more.
const settleTime = time.Minute

// judge waits until nothing goes on any more, and returns what is wrong then.
// What can't be looked at is wrong, too, and keeps nobody from the rest.
func (s *system) judge(ctx context.Context, shop *shop, starved []starvation) (counts Orders, problems []string) {
	look := func(what string, found []string, err error) {
		problems = append(problems, found...)
		if err != nil {
			problems = append(problems, fmt.Sprintf("the %s can't be read: %v", what, err))
		}
	}
	orders, err := s.settled(ctx, shop, settleTime)
	look("orders", nil, err)
	look("audit", aftermath.Audit(ctx, s.endpoints(), settleTime), nil)
	if err == nil {
		found, wrong := compare(orders, shop.book, starved)
		counts, problems = found, append(problems, wrong...)
		wrong, err := s.countStock(ctx, shop.client, orders)
		look("stock", wrong, err)
	}
	dead, err := aftermath.DeadLetters(ctx, s.stack.AMQPURL())
	look("dead queues", dead, err)
	logged, err := s.readLogs()
	look("logs", logged, err)
	return counts, problems
}

// settled waits until no order is pending, but no longer than it may take, and
// returns all orders.
func (s *system) settled(ctx context.Context, shop *shop, within time.Duration) ([]order, error) {
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		left, err := shop.pendingSince(waiting, time.Now())
		if err == nil && left == 0 || sleep(waiting, backlogEvery) != nil {
			return shop.orders(ctx, "")
		}
	}
}

// readLogs looks for what must never happen in a service, whatever is done to
// it.
func (s *system) readLogs() ([]string, error) {
	var problems []string
	for _, log := range s.stack.Logs() {
		content, err := os.ReadFile(log.Path)
		if err != nil {
			return nil, err
		}
		for row := range strings.Lines(string(content)) {
			if strings.Contains(row, "DATA RACE") || strings.Contains(row, "panic") || strings.Contains(row, `"status":500`) {
				problems = append(problems, fmt.Sprintf("log of %s: %s", log.Name, strings.TrimSpace(row)))
			}
		}
	}
	return problems, nil
}
