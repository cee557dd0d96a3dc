package stack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Free ports are taken from below the range that systems give to outgoing
// connections (32768 and up on Linux, 49152 and up elsewhere): while a server
// restarts, a client's connection could otherwise take its port, or even
// connect to itself.
const (
	firstFreePort = 20000
	lastFreePort  = 32000
)

// freePort returns a port that nothing listens on and that is not in use by
// this stack already.
func freePort(taken map[string]int) (int, error) {
	used := map[int]bool{}
	for _, port := range taken {
		used[port] = true
	}
	for range 1000 {
		port := firstFreePort + rand.IntN(lastFreePort-firstFreePort)
		if !used[port] && portFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", firstFreePort, lastFreePort)
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
