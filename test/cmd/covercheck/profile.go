package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// coverage of one package, in statements.
type coverage struct {
	pkg            string
	covered, total int
}

func (c coverage) percent() float64 {
	if c.total == 0 {
		return 100
	}
	return 100 * float64(c.covered) / float64(c.total)
}

// block is a piece of code as a profile knows it. A profile of several test
// binaries may list one more than once.
type block struct {
	statements int
	covered    bool
}

// parse reads a profile of go test -coverprofile: after a line with the mode
// comes "file.go:line.column,line.column statements count" per block.
func parse(r io.Reader) ([]coverage, error) {
	blocks := map[string]block{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "mode:") || line == "" {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("unexpected line %q", line)
		}
		statements, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("unexpected line %q", line)
		}
		b := blocks[fields[0]]
		blocks[fields[0]] = block{statements, b.covered || fields[2] != "0"}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}

	packages := map[string]coverage{}
	for position, b := range blocks {
		file, _, _ := strings.Cut(position, ":")
		c := packages[path.Dir(file)]
		c.pkg = path.Dir(file)
		c.total += b.statements
		if b.covered {
			c.covered += b.statements
		}
		packages[c.pkg] = c
	}
	return slices.SortedFunc(maps.Values(packages), func(a, b coverage) int { return strings.Compare(a.pkg, b.pkg) }), nil
}

// chosen returns the packages whose coverage has a minimum: the services'
// domain and application, and what lies below them.
func chosen(packages []coverage) []coverage {
	return slices.DeleteFunc(packages, func(c coverage) bool {
		return !strings.Contains(c.pkg+"/", "/internal/domain/") && !strings.Contains(c.pkg+"/", "/internal/application/")
	})
}

// table prints the packages and tells whether one is below the minimum.
func table(out io.Writer, packages []coverage, minimum float64) (low bool) {
	fmt.Fprintf(out, "\ncoverage of domain and application (at least %g%%)\n", minimum)
	for _, c := range packages {
		mark := ""
		if c.percent() < minimum {
			low, mark = true, "   TOO LOW"
		}
		fmt.Fprintf(out, "  %5.1f%%  %s%s\n", c.percent(), c.pkg, mark)
	}
	fmt.Fprintln(out)
	return low
}
