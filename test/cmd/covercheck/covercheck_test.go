package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const profile = `mode: atomic
orders.internal/order/internal/domain/order.go:10.2,12.3 9 4
orders.internal/order/internal/domain/order.go:14.2,15.3 1 0
orders.internal/order/internal/application/create.go:1.1,2.2 2 0
orders.internal/order/internal/application/create.go:3.1,4.2 2 1
orders.internal/order/internal/application/create.go:1.1,2.2 2 0
orders.internal/order/internal/adapters/http/routes.go:1.1,2.2 5 0
`

func TestParse(t *testing.T) {
	packages, err := parse(strings.NewReader(profile))
	if err != nil {
		t.Fatal(err)
	}
	got := chosen(packages)
	want := []coverage{
		{"orders.internal/order/internal/application", 2, 4},
		{"orders.internal/order/internal/domain", 9, 10},
	}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, line := range []string{"x.go:1.1,2.2 1", "x.go:1.1,2.2 many 1"} {
		if _, err := parse(strings.NewReader(line)); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		script  string // run with $0 being the profile to write
		minimum float64
		code    int
	}{
		"high enough":   {script: `cat "$1" >"$0"; echo tests; echo; echo DONE`, minimum: 50},
		"too low":       {script: `cat "$1" >"$0"; echo tests; echo DONE`, minimum: 51, code: 1},
		"tests fail":    {script: `cat "$1" >"$0"; echo tests; echo DONE; exit 3`, minimum: 51, code: 3},
		"no profile":    {script: `echo tests; echo DONE`, minimum: 0, code: 1},
		"no line break": {script: `cat "$1" >"$0"; echo tests; printf DONE`, minimum: 50},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			source, written := filepath.Join(dir, "source"), filepath.Join(dir, "written")
			// One from an earlier run, which must not count.
			for _, file := range []string{source, written} {
				if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			code, err := run(context.Background(), &out, written, test.minimum, []string{"sh", "-c", test.script, written, source})
			if code != test.code {
				t.Errorf("exit code %d (%v), want %d", code, err, test.code)
			}
			if text := strings.TrimSpace(out.String()); !strings.HasPrefix(text, "tests") || !strings.HasSuffix(text, "DONE") {
				t.Errorf("the closing line is not the last one:\n%s", text)
			}
		})
	}
}

func TestTableMarksWhatIsTooLow(t *testing.T) {
	var out bytes.Buffer
	if !table(&out, []coverage{{"good", 9, 10}, {"bad", 8, 10}, {"empty", 0, 0}}, 90) {
		t.Error("not reported")
	}
	if text := out.String(); strings.Count(text, "TOO LOW") != 1 || !strings.Contains(text, "80.0%  bad   TOO LOW") {
		t.Errorf("got:\n%s", text)
	}
}
