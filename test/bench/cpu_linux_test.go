package bench

import (
	"os"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " S 17 4242 4242 0 -1 4194560 1 0 0 0 1230 45 600 7 20 0 1 0 987654 1000 200\n"
	want := processTime{parent: 17, own: 12.75, reaped: 6.07}
	for name, line := range map[string]string{
		"plain":               "4242 (postgres)" + rest,
		"brackets and blanks": "4242 (a (b) 1 2 3) d)" + rest,
	} {
		t.Run(name, func(t *testing.T) {
			pid, got, err := parseStat([]byte(line))
			if err != nil || pid != 4242 || got != want {
				t.Errorf("got %d, %+v, %v", pid, got, err)
			}
		})
	}
	for _, line := range []string{"", "4242 sh S 1", "4242 (sh) S 1", "x (sh)" + rest, "4242 (sh) S 1 2 3 4 5 6 7 8 9 10 x 12 13 14"} {
		if pid, got, err := parseStat([]byte(line)); err == nil {
			t.Errorf("%q: got %d, %+v", line, pid, got)
		}
	}
}

func TestParsePeak(t *testing.T) {
	if got, err := parsePeak("Name:\torder\nVmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1 kB\n"); err != nil || got != 2<<20 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, status := range []string{"", "VmHWM:\t much kB\n"} {
		if got, err := parsePeak(status); err == nil {
			t.Errorf("%q: got %d", status, got)
		}
	}
}

func TestParseBusy(t *testing.T) {
	const stat = "cpu  100 20 30 9999 999 4 5 6 50 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
	if got, err := parseBusy(stat); err != nil || got != 1.65 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, wrong := range []string{"", "cpu 1 2 3", "cpu 1 2 3 4 5 6 x 8", "intr 1 2 3 4 5 6 7 8"} {
		if got, err := parseBusy(wrong); err == nil {
			t.Errorf("%q: got %v", wrong, got)
		}
	}
}

func TestOwnProcessIsMeasured(t *testing.T) {
	table, err := processTable()
	if err != nil {
		t.Fatal(err)
	}
	self, there := table[os.Getpid()]
	if !there || self.parent != os.Getppid() {
		t.Errorf("got %+v, %v", self, there)
	}
	for range 2 {
		if peak, err := peakMemory(os.Getpid()); err != nil || peak < 1<<20 {
			t.Errorf("peak memory %d, %v", peak, err)
		}
		if err := resetPeak(os.Getpid()); err != nil {
			t.Error(err)
		}
	}
}
