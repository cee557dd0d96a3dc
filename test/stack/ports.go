package stack

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
)

// Free ports are taken from below the range that systems give to outgoing
// connections (32768 and up on Linux, 49152 and up elsewhere): while a server
// restarts, a client's connection could otherwise take its port, or even
// connect to itself.
const (
	firstFreePort = 20000
	lastFreePort  = 32000
	// portsOfBlock are taken by one process alone: another one's stack could otherwise take
	// the port of a server that is stopped, until it is to start again.
	portsOfBlock = 100
)

// ports are those of this process.
var ports portBlocks

// portBlocks are blocks of ports whose first ones somebody listens on for as long as the process
// lives. That nobody else can do so is what keeps the others free.
type portBlocks struct {
	mu      sync.Mutex
	holders []net.Listener
	free    []int // in the last block, and never given out
}

// take returns a port that was never returned before, and that nothing listens on.
func (b *portBlocks) take() (port int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if len(b.free) == 0 {
			if err := b.hold(); err != nil {
				return 0, err
			}
		}
		port, b.free = b.free[0], b.free[1:]
		if portFree(port) {
			return port, nil
		}
	}
}

// hold holds another block.
func (b *portBlocks) hold() error {
	for _, n := range rand.Perm((lastFreePort - firstFreePort) / portsOfBlock) {
		first := firstFreePort + n*portsOfBlock
		holder, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first)))
		if err != nil {
			continue // somebody else's
		}
		b.holders = append(b.holders, holder)
		for port := first + 1; port < first+portsOfBlock; port++ {
			b.free = append(b.free, port)
		}
		return nil
	}
	return fmt.Errorf("no free ports between %d and %d", firstFreePort, lastFreePort)
}

// freePort returns a port that nothing listens on and that is not in use by
// this stack already, which may have had it from an earlier process.
func freePort(taken map[string]int) (int, error) {
	for {
		port, err := ports.take()
		if err != nil || !slices.Contains(slices.Collect(maps.Values(taken)), port) {
			return port, err
		}
	}
}

// portFree tries both the loopback address and all addresses: some systems
// let one listen beside the other, and requests would go astray.
func portFree(port int) bool {
	for _, host := range []string{"127.0.0.1", ""} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

// CheckPorts returns an error that names the variable which moves a taken
// port.
func CheckPorts(ports map[string]int) error {
	for _, service := range Services {
		port, given := ports[service]
		if given && !portFree(port) {
			variable := PortVariable(service)
			return fmt.Errorf("port %d, which the %s service should listen on, is taken by another program: stop that one, or choose another port with %s, as in %s=%d ./task up",
				port, service, variable, variable, port+10000)
		}
	}
	return nil
}
