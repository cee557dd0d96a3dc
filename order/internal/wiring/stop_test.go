package wiring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

const (
	// beTheService has the test's program be the service.
	beTheService = "TEST_BE_THE_SERVICE"
	// mayTake is for how long a service may stop: Compose kills after 30 s.
	mayTake = 20 * time.Second
	body    = `{"customer_id":"c-1","items":[{"product_id":"product-A","quantity":1}],"total_amount":100.00}`
)

func TestMain(m *testing.M) {
	if os.Getenv(beTheService) != "" {
		fxkit.Main(Load, Module)
		return
	}
	os.Exit(m.Run())
}

// process is the service as it really runs, with its servers behind proxies.
type process struct {
	*exec.Cmd
	t        *testing.T
	address  string
	database *pgtest.Proxy
	broker   *rabbittest.Proxy
	channel  *amqp.Channel // past the proxy

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes the log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) logged(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.log.String(), text)
}

func startProcess(t *testing.T) *process {
	t.Helper()
	brokerURL := rabbittest.New(t)
	p := &process{
		t: t, address: freeAddress(t),
		database: pgtest.NewProxy(t, pgtest.NewURL(t)), broker: rabbittest.NewProxy(t, brokerURL),
	}
	_, port, _ := net.SplitHostPort(p.address)
	p.Cmd = exec.Command(os.Args[0])
	p.Env = append(os.Environ(), beTheService+"=1", "PORT="+port, "DATABASE_URL="+p.database.URL, "AMQP_URL="+p.broker.URL)
	p.Stderr = p
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // fails when it has ended already
	rabbittest.Eventually(t, "the service is ready", func() bool {
		answer, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		content, _ := io.ReadAll(answer.Body)
		return bytes.Contains(content, []byte(`"ready"`))
	})
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if p.channel, err = conn.Channel(); err != nil {
		t.Fatal(err)
	}
	if err := p.channel.Confirm(false); err != nil {
		t.Fatal(err)
	}
	return p
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// place places an order and returns the answer's status.
func (p *process) place() int {
	answer, err := http.Post("http://"+p.address+"/api/orders", "application/json", strings.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// deliver has the service take an event into hand.
func (p *process) deliver(data contracts.Data) {
	p.t.Helper()
	content, err := contracts.Encode(contracts.Message{ID: "e-1", Source: "/test", Time: time.Now(), Data: data})
	if err != nil {
		p.t.Fatal(err)
	}
	queue := rabbitkit.EventsQueue(service)
	confirm, err := p.channel.PublishWithDeferredConfirmWithContext(p.t.Context(), "", queue, false, false, amqp.Publishing{Body: content})
	if err != nil || !confirm.Wait() {
		p.t.Fatalf("the event is not published: %v", err)
	}
	rabbittest.Eventually(p.t, "the event is delivered", func() bool {
		q, err := p.channel.QueueDeclarePassive(queue, true, false, false, false, nil)
		return err == nil && q.Messages == 0
	})
}

// terminate sends SIGTERM and returns how long the process took to leave.
func (p *process) terminate() time.Duration {
	p.t.Helper()
	begun := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	_ = p.Wait() // with a code of 1 when something was cut off
	return time.Since(begun)
}

// expectWholeStop holds that every stage was reached and the log written to its
// last line.
func (p *process) expectWholeStop(took time.Duration) {
	p.t.Helper()
	p.t.Logf("left after %s with %s", took, p.ProcessState)
	if took >= mayTake {
		p.t.Errorf("took %s to leave", took)
	}
	if !p.logged(fmt.Sprintf(`"stage":%q`, fxkit.Connections)) || p.t.Failed() {
		p.t.Errorf("not all was stopped, or the log is cut off:\n%s", &p.log)
	}
}

// Everything takes packets and never answers, as when the machines are gone, and
// the service has a request, a delivery and events in hand.
func TestStopWhileNothingAnswers(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	p.database.Vanish()
	order := "0190a5a0-0000-7000-8000-000000000000"
	p.deliver(contracts.PaymentProcessed{OrderID: order, CustomerID: "c-1", Amount: 10_000, TransactionID: "t-1", Attempts: 1})
	p.broker.HoldReplies()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	took := p.terminate()
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 503 ")) {
		t.Errorf("the request was answered with %q, %v", answer, err)
	}
	p.expectWholeStop(took)
}

// Streams neither wait for a database that never answers, those that go on nor those
// that are about to begin.
//
// It measures time, so it runs beside no other test of this package.
func TestStopWithManyStreamsWhileTheDatabaseIsSilent(t *testing.T) {
	p := startProcess(t)
	const many = 100
	follow := func(query string) net.Conn {
		conn, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprintf(conn, "GET /api/events%s HTTP/1.1\r\nHost: x\r\n\r\n", query); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	var open []net.Conn
	for range many {
		conn := follow("")
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil { // it has begun
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	p.database.Vanish()
	for range many {
		open = append(open, follow("?last_event_id=0"))
	}
	took := p.terminate()
	t.Logf("left after %s, streams and requests after %s", took, p.stageTook(fxkit.Requests))
	for _, conn := range open {
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("a connection ended with %v", err)
		}
	}
	if took := p.stageTook(fxkit.Requests); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

// stageTook reads from the log how long a stage of the stop has taken.
func (p *process) stageTook(stage fxkit.Stage) time.Duration {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range bytes.Lines(p.log.Bytes()) {
		var entry struct{ Stage, Duration string }
		if json.Unmarshal(line, &entry) != nil || entry.Stage != stage.String() {
			continue // there are other lines
		}
		took, err := time.ParseDuration(entry.Duration)
		if err != nil {
			p.t.Fatal(err)
		}
		return took
	}
	p.t.Fatalf("the stage %s did not end:\n%s", stage, &p.log)
	return 0
}

// What can't be published stays in the outbox, for the next start.
func TestStopWhileTheBrokerIsGone(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	p.broker.Refuse()
	if status := p.place(); status != http.StatusCreated {
		t.Fatalf("an order was answered with %d", status)
	}
	took := p.terminate()
	p.expectWholeStop(took)
	if !p.logged("events stay in the outbox for the next start") || !p.ProcessState.Success() {
		t.Errorf("%s:\n%s", p.ProcessState, &p.log)
	}
}
