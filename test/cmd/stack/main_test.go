package main

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestWrongUsageIsExitCode2(t *testing.T) {
	for _, args := range [][]string{
		{"restart"}, {"up", "--fast"}, {"up", "now"}, {"up", "--local", "--compose"},
		{"down", "order"}, {"status", "x"}, {"urls", "x"}, {"logs", "--lines", "few"}, {"exec"}, {"exec", "--"},
	} {
		if code := run(context.Background(), args); code != 2 {
			t.Errorf("%q: exit code %d, want 2", args, code)
		}
	}
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		if code := run(context.Background(), args); code != 0 {
			t.Errorf("%q: exit code %d, want 0", args, code)
		}
	}
}

func TestFlagsMayStandBehindNames(t *testing.T) {
	flags := newFlags("logs")
	follow := flags.Bool("follow", false, "")
	lines := flags.Int("lines", 50, "")
	names, err := parseMixed(flags, []string{"order", "--lines", "3", "payment", "--follow"})
	if err != nil || !*follow || *lines != 3 || !slices.Equal(names, []string{"order", "payment"}) {
		t.Errorf("got %q, follow %v, lines %d, %v", names, *follow, *lines, err)
	}
	if _, err := parseMixed(flags, []string{"order", "--unknown"}); err == nil {
		t.Error("no error for an unknown flag")
	}
}

func TestInterruptIsExitCode130(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	commands["fail"] = func(context.Context, []string) error { return errors.New("cut off") }
	defer delete(commands, "fail")
	if code := run(ctx, []string{"fail"}); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if code := run(context.Background(), []string{"fail"}); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}
