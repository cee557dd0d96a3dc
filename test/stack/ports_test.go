package stack

import (
	"net"
	"strings"
	"testing"
)

func TestPortFree(t *testing.T) {
	for name, address := range map[string]string{"loopback": "127.0.0.1:0", "all addresses": ":0"} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if portFree(l.Addr().(*net.TCPAddr).Port) {
				t.Error("a taken port is called free")
			}
		})
	}
}

func TestFreePort(t *testing.T) {
	taken := map[string]int{}
	for _, name := range []string{"a", "b", "c"} {
		port, err := freePort(taken)
		if err != nil {
			t.Fatal(err)
		}
		for other, used := range taken {
			if used == port {
				t.Errorf("%s got the port of %s", name, other)
			}
		}
		if port < firstFreePort || port >= lastFreePort {
			t.Errorf("port %d is out of range", port)
		}
		taken[name] = port
	}
}

// Two processes take ports at the same time, and neither listens on them yet.
func TestNoOtherProcessTakesAPort(t *testing.T) {
	var here, there portBlocks
	given := map[int]bool{}
	for range 3 * portsOfBlock {
		for _, b := range []*portBlocks{&here, &there} {
			port, err := b.take()
			if err != nil {
				t.Fatal(err)
			}
			if given[port] {
				t.Fatalf("port %d is given twice", port)
			}
			given[port] = true
			if first := port - port%portsOfBlock; portFree(first) {
				t.Fatalf("port %d, which holds that of %d, is free", first, port)
			}
		}
	}
	for _, holder := range append(here.holders, there.holders...) {
		if err := holder.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPortOfTheStackIsNotTakenAgain(t *testing.T) {
	next := ports.next(t)
	port, err := freePort(map[string]int{"order": next})
	if err != nil || port == next {
		t.Errorf("got %d, %v, which the stack has already", port, err)
	}
}

// next is what take would return.
func (b *portBlocks) next(t *testing.T) int {
	t.Helper()
	port, err := b.take()
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append([]int{port}, b.free...)
	return port
}

func TestCheckPortsNamesTheVariable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port

	err = CheckPorts(map[string]int{"payment": port})
	if err == nil || !strings.Contains(err.Error(), "PAYMENT_PORT=") {
		t.Errorf("got %v", err)
	}
	if err := CheckPorts(nil); err != nil {
		t.Errorf("nothing to check: %v", err)
	}
}
