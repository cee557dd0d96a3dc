package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes, as the help has them.
const (
	exitDone = iota
	exitRefused
	exitUsage
	exitUnreachable
)

// failure is an error of a command that was understood.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func refused(format string, args ...any) error {
	return &failure{exitRefused, fmt.Errorf(format, args...)}
}

func misused(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// does makes a command's function of do. What goes wrong there is no wrong usage,
// unless do says so; all other errors are cobra's about the command line.
func does(do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := do(cmd, args)
		var known *failure
		if err == nil || errors.As(err, &known) {
			return err
		}
		return &failure{exitRefused, err}
	}
}

// exit prints the error and returns the exit code for it.
func (c *ctl) exit(err error) int {
	if err == nil {
		return exitDone
	}
	code := codeOf(err)
	fmt.Fprintf(c.errs, "orderctl: %s\n", strings.TrimRight(err.Error(), "\n"))
	if code == exitUsage {
		fmt.Fprintln(c.errs, "(--help tells more)")
	}
	return code
}

// codeOf is the exit code for an error. Without one it is cobra's, about the
// command line.
func codeOf(err error) int {
	var known *failure
	if errors.As(err, &known) {
		return known.code
	}
	return exitUsage
}

// worst joins errors under the exit code that says most: that a service can't be
// reached rather than that one refused.
func worst(failures []error) error {
	code := exitDone
	for _, err := range failures {
		if err != nil {
			code = max(code, codeOf(err))
		}
	}
	if code == exitDone {
		return nil
	}
	return &failure{code, errors.Join(failures...)}
}
