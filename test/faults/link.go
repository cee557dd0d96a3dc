package faults

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// link is a proxy in front of a server for one replica alone.
type link struct {
	proxy *toxiproxy.Proxy
	url   string // the server's, by way of the proxy
}

// links makes proxies.
type links struct{ server *toxiproxy.ApiServer }

func newLinks() links {
	return links{toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())}
}

// open starts a proxy to the server at the URL, on a loopback port.
func (l links) open(name, serverURL string) (*link, error) {
	u, err := url.Parse(serverURL)
	if err != nil {
		return nil, fmt.Errorf("open link %s: %w", name, err)
	}
	proxy := toxiproxy.NewProxy(l.server, name, "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		return nil, fmt.Errorf("open link %s: %w", name, err)
	}
	u.Host = proxy.Listen
	return &link{proxy: proxy, url: u.String()}, nil
}

// toxics are what a kind puts on both directions of a link, as toxiproxy's
// JSON. A timeout of 0 holds everything back until the toxic is taken away,
// and closes the connection then; latency and jitter are in milliseconds.
var toxics = map[Kind]string{
	Delay:     `{"name":%[1]q,"type":"latency","stream":%[1]q,"attributes":{"latency":500,"jitter":200}}`,
	BlackHole: `{"name":%[1]q,"type":"timeout","stream":%[1]q,"attributes":{"timeout":0}}`,
}

var directions = []string{"upstream", "downstream"}

// harm begins a fault of the kind, and heal ends it.
func (l *link) harm(kind Kind) error {
	if kind == Cut {
		l.proxy.Stop()
		return nil
	}
	for _, direction := range directions {
		toxic := fmt.Sprintf(toxics[kind], direction)
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (l *link) heal(kind Kind) error {
	if kind == Cut {
		return l.proxy.Start()
	}
	for _, direction := range directions {
		if err := l.proxy.Toxics.RemoveToxic(context.Background(), direction); err != nil {
			return fmt.Errorf("end %s: %w", kind, err)
		}
	}
	return nil
}
