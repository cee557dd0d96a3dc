// Package aftermath looks for what must not be left behind when a system under
// test has come to rest.
package aftermath

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/audit"
)

const (
	auditEvery  = time.Second
	dialTimeout = 15 * time.Second
)

// Audit returns the findings of an audit that don't go away within a time.
func Audit(ctx context.Context, e audit.Endpoints, within time.Duration, options ...audit.Option) []string {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		report, err := audit.Run(ctx, e, append(options, audit.WithGrace(0))...)
		if err == nil && report.Clean() {
			return nil
		}
		select {
		case <-time.After(auditEvery):
			continue
		case <-ctx.Done():
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

// DeadLetters returns one problem for each queue that should hold nothing.
func DeadLetters(ctx context.Context, brokerURL string) ([]string, error) {
	conn, err := amqp.DialConfig(brokerURL, amqp.Config{Dial: func(network, address string) (net.Conn, error) {
		return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
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

// withoutURL takes the URL, which has a password in it, out of an error.
func withoutURL(err error) error {
	if parse := new(url.Error); errors.As(err, &parse) {
		return parse.Err
	}
	return err
}
