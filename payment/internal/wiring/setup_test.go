package wiring

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Run(m)) }

// system is the payment service between the broker and the gateway's books, and
// what stands for the services around it.
type system struct {
	config    Config
	payments  *application.ReadPayments
	ledger    *application.ReadLedger
	metrics   *prometheus.Registry
	publisher *rabbitkit.Publisher

	mu       sync.Mutex
	received []contracts.Message // by the order service, from this one
}

// start runs one replica of the whole service on a database and a broker of its
// own.
func start(t *testing.T) *system {
	t.Helper()
	return startOn(t, pgtest.NewURL(t))
}

// startOn is start with the database given.
func startOn(t *testing.T, databaseURL string) *system {
	t.Helper()
	s := &system{config: Config{
		Common:             config.Common{DatabaseURL: databaseURL, AMQPURL: rabbittest.New(t), LogLevel: slog.LevelError},
		PaymentSuccessRate: 1, PaymentGatewayLatency: time.Millisecond, PaymentConcurrency: 16,
	}}
	s.addReplica(t)

	log := slog.New(slog.DiscardHandler)
	conn, err := rabbitkit.Dial(t.Context(), s.config.AMQPURL, "test", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	s.publisher = rabbitkit.NewPublisher(conn)
	consumer := rabbitkit.NewConsumer(conn, s.publisher, rabbitkit.ConsumerConfig{Service: contracts.ServiceOrder, Log: log}, s.receive)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(running) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return s
}

func (s *system) addReplica(t *testing.T) {
	t.Helper()
	app := fx.New(Module(s.config), fx.Populate(&s.payments, &s.ledger, &s.metrics)) // port 0: any that is free
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

func (s *system) receive(_ context.Context, m contracts.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Source == "/"+service {
		s.received = append(s.received, m)
	}
	return nil
}

var origin = event.Origin{CorrelationID: "request-1", Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Tracestate: "a=b"}

// publish sends an event whose id is its type and its order's id.
func (s *system) publish(t *testing.T, data contracts.Data) {
	t.Helper()
	id := data.EventType() + " of " + data.Subject()
	body, err := contracts.Encode(contracts.Message{ID: id, Source: "/test", Time: time.Now(), Origin: origin, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	route, _ := contracts.RouteOf(data.EventType())
	m := rabbitkit.Message{Exchange: rabbitkit.EventsExchange, RoutingKey: route.Key, Body: body}
	// Not at the first try while another test has the broker block publishers.
	rabbittest.Eventually(t, id+" is published", func() bool {
		return s.publisher.Publish(t.Context(), []rabbitkit.Message{m})[0] == nil
	})
}

func reserved(order, method string) contracts.Data {
	items := []contracts.Item{{ProductID: "product-A", Quantity: 1}}
	return contracts.InventoryReserved{OrderID: order, CustomerID: "c", Items: items, TotalAmount: 15000, PaymentMethod: method}
}

func cancelled(order string) contracts.Data {
	return contracts.OrderCancelled{OrderID: order, CustomerID: "c", Reason: "CUSTOMER_REQUEST"}
}

// askFor is how long the service may take to say something, as over HTTP.
const askFor = 10 * time.Second

// outcome is what there is to be seen of one payment.
type outcome struct {
	Status   domain.Status
	Attempts int
	Ledger   string // oldest first
	Events   string // published, each once, in alphabetical order
}

func (s *system) outcomeOf(t *testing.T, order string) (o outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), askFor)
	defer cancel()
	found, err := s.payments.List(ctx, application.Filter{OrderID: domain.OrderID(order), Limit: 1})
	if err == nil && len(found) == 1 {
		o.Status, o.Attempts = found[0].Status(), found[0].Snapshot().Attempts
	}
	entries, ledgerErr := s.ledger.Do(ctx, application.LedgerFilter{OrderID: domain.OrderID(order), Limit: 10})
	if err != nil || ledgerErr != nil {
		return outcome{} // not migrated yet, or out of reach
	}
	var kinds, types []string
	for _, e := range slices.Backward(entries) {
		kinds = append(kinds, fmt.Sprintf("%s %s", e.Kind, e.Amount))
	}
	for _, m := range s.eventsOf(order) {
		types = append(types, m.Data.EventType())
	}
	slices.Sort(types)
	o.Ledger, o.Events = strings.Join(kinds, ", "), strings.Join(slices.Compact(types), " ")
	return o
}

func (s *system) eventsOf(order string) (events []contracts.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.received {
		if m.Data.Subject() == order {
			events = append(events, m)
		}
	}
	return events
}

// expect waits until the payment has come out as wanted.
func (s *system) expect(t *testing.T, order string, want outcome) {
	t.Helper()
	var got outcome
	defer func() {
		if got != want {
			t.Errorf("payment of %s\n got %+v\nwant %+v", order, got, want)
		}
	}()
	rabbittest.Eventually(t, "the payment of "+order, func() bool {
		got = s.outcomeOf(t, order)
		return got == want
	})
}

func (s *system) breakerIsOpen(t *testing.T) bool {
	t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "payment_gateway_breaker_state" {
			return family.GetMetric()[0].GetGauge().GetValue() == 2
		}
	}
	return false
}
