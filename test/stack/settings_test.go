package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"orders.internal/shared-kernel/contracts"
)

// withoutCompose are settings that a container has no use for: its profiles would
// be on a loopback interface that nobody else reaches.
var withoutCompose = []string{"PPROF_PORT"}

// What a service reads is what compose.yaml hands to it and the README lists.
func TestSettingsReachTheServices(t *testing.T) {
	composed, listed := composeVariables(t), readmeVariables(t)
	for _, service := range contracts.Services {
		for _, name := range variablesOf(t, service) {
			if _, passed := composed[service][name]; !passed && !slices.Contains(withoutCompose, name) {
				t.Errorf("compose.yaml doesn't pass %s on to %s", name, service)
			}
			if !slices.Contains(listed[name], service) {
				t.Errorf("the README doesn't list %s of %s", name, service)
			}
		}
	}
}

// A default in compose.yaml is the one that the README tells.
func TestComposeHasTheDefaultsOfTheReadme(t *testing.T) {
	fallback := regexp.MustCompile(`^\$\{([A-Z_]+):?-(.+)\}$`)
	text := read(t, "README.md")
	for service, variables := range composeVariables(t) {
		for name, value := range variables {
			found := fallback.FindStringSubmatch(fmt.Sprint(value))
			if found == nil || name == "RATE_LIMIT_BURST" { // which is 0 for a second's worth
				continue
			}
			if found[1] != name || !strings.Contains(text, fmt.Sprintf("| `%s` | `%s` |", name, found[2])) {
				t.Errorf("%s of %s is %v in compose.yaml", name, service, value)
			}
		}
	}
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(append([]string{root}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// variablesOf returns the variables in the tags of a service's settings.
func variablesOf(t *testing.T, service string) (names []string) {
	t.Helper()
	tag := regexp.MustCompile(`env:"([A-Z_]+)`)
	for _, file := range []string{service + "/internal/wiring", "shared-kernel/config", "shared-kernel/authkit", "shared-kernel/limitkit"} {
		found := tag.FindAllStringSubmatch(read(t, file, "config.go"), -1)
		for _, f := range found {
			names = append(names, f[1])
		}
	}
	if len(names) < 10 {
		t.Fatalf("%s has the settings %v", service, names)
	}
	return names
}

// composeVariables returns what compose.yaml passes on, by service.
func composeVariables(t *testing.T) map[string]map[string]any {
	t.Helper()
	var file struct {
		Services map[string]struct {
			Environment map[string]any `yaml:"environment"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	variables := map[string]map[string]any{}
	for _, service := range contracts.Services {
		variables[service] = file.Services[service].Environment
	}
	return variables
}

// readmeVariables returns the services that the README's table names, by variable.
func readmeVariables(t *testing.T) map[string][]string {
	t.Helper()
	listed := map[string][]string{}
	name := regexp.MustCompile("`([A-Z_]+)`")
	for line := range strings.Lines(read(t, "README.md")) {
		columns := strings.Split(line, "|")
		if len(columns) < 5 {
			continue
		}
		services := []string{strings.TrimSpace(columns[3])}
		if services[0] == "each" {
			services = contracts.Services
		}
		for _, found := range name.FindAllStringSubmatch(columns[1], -1) {
			listed[found[1]] = services
		}
	}
	return listed
}
