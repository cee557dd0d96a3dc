// Command covercheck runs the tests, prints the coverage of every domain and
// application package before the test runner's closing line, and fails when
// one of them is below the minimum.
//
//	covercheck -profile FILE [-min PERCENT] -- COMMAND [ARGUMENTS]
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	profile := flag.String("profile", "", "coverage profile that the command writes")
	minimum := flag.Float64("min", 90, "least coverage of a domain or application package, percent")
	flag.Parse()
	if *profile == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Stdout, *profile, *minimum, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "covercheck: %v\n", err)
	}
	os.Exit(code)
}

// run returns the exit code: the command's own when that fails, else 1 when
// the coverage is too low.
func run(ctx context.Context, out io.Writer, profile string, minimum float64, command []string) (int, error) {
	// A profile of an earlier run must not speak for this one.
	if err := os.Remove(profile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 1, err
	}
	last, testErr := runHoldingLastLine(ctx, out, command)
	low, err := report(out, profile, minimum)
	fmt.Fprint(out, last)

	var exit *exec.ExitError
	switch {
	case errors.As(testErr, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), nil
	case testErr != nil:
		return 1, testErr
	case err != nil:
		return 1, err
	case low:
		return 1, fmt.Errorf("coverage below %g%%, see the table above", minimum)
	}
	return 0, nil
}

// runHoldingLastLine passes on what the command prints but its last line, and
// returns that one, with the blank lines behind it.
func runHoldingLastLine(ctx context.Context, out io.Writer, command []string) (last string, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			fmt.Fprint(out, last)
			last = ""
		}
		last += line
		if err != nil {
			return last, cmd.Wait()
		}
	}
}

// report prints the table and tells whether a package is too low.
func report(out io.Writer, profile string, minimum float64) (low bool, err error) {
	f, err := os.Open(profile)
	if err != nil {
		return false, fmt.Errorf("no coverage was written: %w", err)
	}
	defer f.Close()
	packages, err := parse(f)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", profile, err)
	}
	return table(out, chosen(packages), minimum), nil
}
