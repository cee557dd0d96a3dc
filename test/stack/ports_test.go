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
