package fxkit

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"go.uber.org/fx"
)

// freePort of loopback; it is free when it is returned.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestProfilesAreServedUntilTheStop(t *testing.T) {
	port := freePort(t)
	app := fx.New(fx.NopLogger, fx.Supply(slog.New(slog.DiscardHandler)), fx.Provide(newStages), Profiles(port))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/", port)
	for _, profile := range []string{"", "heap", "mutex", "cmdline"} {
		answer, err := http.Get(url + profile)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("GET %s%s: %s", url, profile, answer.Status)
		}
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if answer, err := http.Get(url); err == nil {
		answer.Body.Close()
		t.Error("profiles are served after the stop")
	}
}

func TestTakenPortOfProfilesIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	app := fx.New(fx.NopLogger, fx.Supply(slog.New(slog.DiscardHandler)), fx.Provide(newStages), Profiles(l.Addr().(*net.TCPAddr).Port))
	if err := app.Start(t.Context()); err == nil {
		t.Error("started on a port that is taken")
	}
}

func TestNoProfilesByDefault(t *testing.T) {
	app := fx.New(fx.NopLogger, Profiles(0)) // nothing is there that it could ask for
	if err := app.Err(); err != nil {
		t.Error(err)
	}
}
