package pgtest

import (
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Proxy stands between clients and a database and can make their connections
// dead without closing them, as the end of the server's machine does.
type Proxy struct {
	URL string // of the same database through the proxy

	listener net.Listener
	target   string

	mu     sync.Mutex
	closed bool
	gone   bool       // new connections are dead from the beginning
	era    int        // counts Swallow
	open   []net.Conn // in this era
	dead   []net.Conn // those of earlier ones
}

// NewProxy starts a proxy in front of the database at url, one of NewURL.
func NewProxy(t testing.TB, url string) *Proxy {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, target: net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p.URL = url + " host=" + host + " port=" + port // the last ones count
	t.Cleanup(p.close)
	go p.serve()
	return p
}

// Swallow has the connections that are open now carry nothing any more in
// either direction, and stay open. New ones are served.
func (p *Proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.era++
	p.dead = append(p.dead, p.open...)
	p.open = nil
}

// Vanish is Swallow, and new connections are taken and carry nothing either.
func (p *Proxy) Vanish() {
	p.mu.Lock()
	p.gone = true
	p.mu.Unlock()
	p.Swallow()
}

// Bury closes what was swallowed, and after Vanish whatever comes: closing a pool
// would wait for it.
func (p *Proxy) Bury() {
	p.mu.Lock()
	defer p.mu.Unlock()
	closeAll(p.dead)
	p.dead = nil
	if p.gone {
		p.closed = true
		closeAll(p.open)
		p.open = nil
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		era := p.admit(client, server)
		go p.forward(client, server, era)
		go p.forward(server, client, era)
	}
}

func (p *Proxy) admit(pair ...net.Conn) (era int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, pair...)
	if p.closed {
		closeAll(pair)
	}
	return p.era
}

func (p *Proxy) forward(from, to net.Conn, era int) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if p.swallowed(era) {
			if err != nil {
				return // the other side doesn't hear of it
			}
			continue
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			_ = from.Close()
			_ = to.Close()
			return
		}
	}
}

func (p *Proxy) swallowed(era int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return (p.gone || era < p.era) && !p.closed
}

func (p *Proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	_ = p.listener.Close()
	closeAll(append(p.open, p.dead...))
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}
