package rabbittest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands between a client and the broker and can break their connection.
type Proxy struct {
	URL string // of the same virtual host through the proxy

	listener net.Listener
	target   string

	mu      sync.Mutex
	refuses bool
	open    map[net.Conn]struct{}
	replies chan struct{} // closed while bytes flow from the broker
	held    chan struct{} // closed when some are held back
}

// NewProxy starts a proxy in front of the broker at amqpURL.
func NewProxy(t testing.TB, amqpURL string) *Proxy {
	t.Helper()
	address, err := url.Parse(amqpURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, target: address.Host, open: map[net.Conn]struct{}{}, replies: make(chan struct{})}
	close(p.replies)
	address.Host = listener.Addr().String()
	p.URL = address.String()
	t.Cleanup(func() {
		p.Refuse()
		p.ReleaseReplies()
		_ = listener.Close()
	})
	go p.serve()
	return p
}

// Cut drops every connection. New ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
	clear(p.open)
}

// Refuse drops every connection and lets none in until Accept.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	p.refuses = true
	p.mu.Unlock()
	p.Cut()
}

// Accept ends Refuse.
func (p *Proxy) Accept() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = false
}

// HoldReplies lets nothing from the broker through until ReleaseReplies, while
// what clients send still arrives there. The returned channel is closed when
// there is something to hold back.
func (p *Proxy) HoldReplies() (held <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies, p.held = make(chan struct{}), make(chan struct{})
	return p.held
}

// ReleaseReplies ends HoldReplies.
func (p *Proxy) ReleaseReplies() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.replies:
	default:
		close(p.replies)
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		broker, err := net.Dial("tcp", p.target)
		if err != nil || !p.admit(client, broker) {
			_ = client.Close()
			continue
		}
		go p.forward(client, broker, broker)
		go p.forward(broker, client, gate{p, client})
	}
}

func (p *Proxy) admit(client, broker net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuses {
		_ = broker.Close()
		return false
	}
	p.open[client], p.open[broker] = struct{}{}, struct{}{}
	return true
}

func (p *Proxy) forward(from, to net.Conn, through io.Writer) {
	_, _ = io.Copy(through, from)
	_ = from.Close()
	_ = to.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, from)
	delete(p.open, to)
}

// gate holds the broker's replies back when it has to.
type gate struct {
	proxy  *Proxy
	client io.Writer
}

func (g gate) Write(b []byte) (int, error) {
	<-g.proxy.passing()
	return g.client.Write(b)
}

// passing returns a channel that is closed when replies may pass.
func (p *Proxy) passing() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.replies:
		return p.replies
	default:
	}
	select {
	case <-p.held:
	default:
		close(p.held)
	}
	return p.replies
}
