package architecture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// listed is what go list tells of a package. A package compiled for a test
// has that test's name behind its own: "a/b [a/b.test]".
type listed struct {
	ImportPath string
	Standard   bool
	ForTest    string
	Imports    []string
}

// graph is all packages of the workspace and what they depend on, by import path.
type graph map[string]listed

// load asks the go command, in the repository's folder.
func load(root string) (graph, error) {
	cmd := exec.Command("go", "list", "-deps", "-test", "-json=ImportPath,Standard,ForTest,Imports", "work")
	cmd.Dir = root
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	packages := graph{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the answer of go list: %w", err)
		}
		packages[p.ImportPath] = p
	}
}

// violations returns every forbidden dependency with the way that leads to it.
func (g graph) violations() []string {
	var found []string
	for _, path := range slices.Sorted(func(yield func(string) bool) {
		for path, p := range g {
			if p.checked() && !yield(path) {
				return
			}
		}
	}) {
		allowed := ruleFor(plain(path))
		if allowed == nil {
			found = append(found, plain(path)+" has no place in the layout")
			continue
		}
		found = append(found, g.forbidden(path, allowed)...)
	}
	return slices.Compact(found)
}

// checked: all packages of the project as they ship, and its test module with
// the tests too.
func (p listed) checked() bool {
	if !strings.HasPrefix(p.ImportPath, project) || strings.HasSuffix(p.ImportPath, ".test") {
		return false
	}
	return p.ForTest == "" || strings.HasPrefix(p.ImportPath, project+"test/")
}

// forbidden walks the dependencies breadth first, so that the way it shows is
// a shortest one. It doesn't look behind a forbidden package.
func (g graph) forbidden(start string, allowed rule) []string {
	var found []string
	from := map[string]string{start: ""}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		if path != start && !allowed(plain(path)) {
			found = append(found, fmt.Sprintf("%s must not reach %s: %s", plain(start), plain(path), way(from, path)))
			continue
		}
		for _, next := range g[path].Imports {
			if _, seen := from[next]; !seen && !g[next].Standard {
				from[next] = path
				queue = append(queue, next)
			}
		}
	}
	return found
}

func way(from map[string]string, to string) string {
	steps := []string{}
	for step := to; step != ""; step = from[step] {
		steps = append(steps, strings.TrimPrefix(plain(step), project))
	}
	slices.Reverse(steps)
	return strings.Join(steps, " -> ")
}

// plain cuts off the name of the test that a package was compiled for, and
// the ending of an external test package.
func plain(path string) string {
	path, _, _ = strings.Cut(path, " ")
	return strings.TrimSuffix(path, "_test")
}
