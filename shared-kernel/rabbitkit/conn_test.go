package rabbitkit

import (
	"context"
	"strings"
	"sync"
	"testing"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestDialWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	proxy := rabbittest.NewProxy(t, rabbittest.New(t))
	proxy.Refuse()
	conn, err := NewConn(proxy.URL, t.Name(), discard)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	rabbittest.Eventually(t, "a refused connection", func() bool {
		return !strings.Contains(conn.Ready().Error(), "not connected yet")
	})
	proxy.Accept()
	if err := conn.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDialGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, "amqp://127.0.0.1:1/", t.Name(), discard); !errs.Is(err, errs.Unavailable) {
		t.Fatalf("got %v, want an Unavailable error", err)
	}
}

// The second Close of a go-rabbitmq connection blocks for ever.
func TestConnMayBeClosedAgain(t *testing.T) {
	t.Parallel()
	conn := connect(t, rabbittest.New(t))
	var closing sync.WaitGroup
	for range 3 {
		closing.Go(conn.Close)
	}
	done := make(chan struct{})
	go func() {
		closing.Wait()
		close(done)
	}()
	rabbittest.Receive(t, "end of every Close", done)
	if !errs.Is(conn.Wait(t.Context()), errs.Unavailable) {
		t.Error("a closed connection is waited for")
	}
}

func TestWrongURLKeepsItsPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://user:secret@host/", "amqp://user:secret@host:port/", "amqp://user:secret@host/%zz", "amqp://user:secret@host/\x00"} {
		_, err := NewConn(url, t.Name(), discard)
		if err == nil {
			t.Fatalf("%q is taken for an AMQP URL", url)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
	}
}

// go-rabbitmq can miss the loss of a connection and never reconnect; it then
// says only that the connection ended.
func TestLossThatTheLibraryMissesIsNoticed(t *testing.T) {
	t.Parallel()
	var lost error
	w := &watch{log: discard, lost: func(reason error) { lost = reason }}
	if w.Infof("amqp connection closed gracefully"); lost == nil {
		t.Error("the end of the connection is not taken for a loss")
	}
	lost = nil
	if w.Infof("amqp channel closed gracefully"); lost == nil {
		t.Error("the end of the channel is not taken for a loss")
	}
	lost = nil
	w.closing.Store(true)
	if w.Infof("amqp channel closed gracefully"); lost != nil {
		t.Error("the kit's own closing is taken for a loss")
	}
}
