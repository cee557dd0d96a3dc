package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/audit"
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
	look("audit", s.audit(ctx), nil)
	if err == nil {
		found, wrong := compare(orders, shop.book, starved)
		counts, problems = found, append(problems, wrong...)
		wrong, err := s.countStock(ctx, shop.client, orders)
		look("stock", wrong, err)
	}
	dead, err := deadLetters(ctx, s.stack.AMQPURL())
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

// audit returns the findings that don't go away.
func (s *system) audit(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		report, err := audit.Run(ctx, s.endpoints(), audit.WithGrace(0))
		if err == nil && report.Clean() {
			return nil
		}
		if sleep(ctx, time.Second) == nil {
			continue
		}
		if err != nil {
			return []string{err.Error()}
		}
		var problems []string
		for _, f := range report.Findings {
			problems = append(problems, fmt.Sprintf("audit: order %s product %s: %s, since %s", f.OrderID, f.ProductID, f.Problem, f.Since))
		}
		return problems
	}
}

// deadLetters returns one problem for each queue that should hold nothing.
func deadLetters(ctx context.Context, brokerURL string) ([]string, error) {
	conn, err := amqp.DialConfig(brokerURL, amqp.Config{Dial: func(network, address string) (net.Conn, error) {
		return (&net.Dialer{Timeout: patience}).DialContext(ctx, network, address)
	}})
	if err != nil {
		return nil, withoutURL(err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	queues := []string{"events.unroutable"}
	for _, service := range contracts.Services {
		queues = append(queues, service+".dead")
	}
	var problems []string
	for _, name := range queues {
		queue, err := channel.QueueDeclarePassive(name, true, false, false, false, nil)
		if err != nil {
			return nil, fmt.Errorf("queue %s: %w", name, err)
		}
		if queue.Messages == 0 {
			continue
		}
		first, _, err := channel.Get(name, false)
		if err != nil {
			return nil, fmt.Errorf("queue %s: %w", name, err)
		}
		problems = append(problems, fmt.Sprintf("%s holds %d messages, the first: %v %s", name, queue.Messages, first.Headers, first.Body))
	}
	return problems, nil
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

// withoutURL takes the URL, which has a password in it, out of an error.
func withoutURL(err error) error {
	if parse := new(url.Error); errors.As(err, &parse) {
		return parse.Err
	}
	return err
}
