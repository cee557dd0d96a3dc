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
// nothing goes on any more. Orders may have SAGA_TIMEOUT beside it.
const settleTime = time.Minute

// judge waits until nothing goes on any more, and returns what is wrong then.
func (s *system) judge(ctx context.Context, shop *shop, sagaTimeout time.Duration) (Orders, []string, error) {
	orders, err := s.settled(ctx, shop, sagaTimeout+settleTime)
	if err != nil {
		return Orders{}, nil, err
	}
	counts, problems := compare(orders, shop.book)
	problems = append(problems, aftermath.Audit(ctx, s.endpoints(), settleTime)...)
	dead, err := aftermath.DeadLetters(ctx, s.stack.AMQPURL())
	if err != nil {
		return counts, problems, err
	}
	logged, err := s.readLogs()
	return counts, append(append(problems, dead...), logged...), err
}

// settled waits until no order is pending, and returns all orders.
func (s *system) settled(ctx context.Context, shop *shop, within time.Duration) ([]order, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("still so after %v", within))
	defer cancel()
	for {
		left, err := shop.pendingSince(ctx, time.Now())
		if err == nil && left == 0 {
			return list[order](ctx, shop.client, shop.urls[0]+"/api/orders", "")
		}
		if err == nil {
			err = fmt.Errorf("%d orders are pending", left)
		}
		if sleep(ctx, backlogEvery) != nil {
			return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
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
