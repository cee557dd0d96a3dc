package compose

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// notPassed are variables that mean nothing to a container: a file is mounted by
// whoever adds it, and the profiles' port could not be reached.
var notPassed = regexp.MustCompile(`_FILE$|^PPROF_PORT$`)

var (
	row  = regexp.MustCompile("(?m)^\\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \\|[^|]*\\| (\\w+) \\|")
	name = regexp.MustCompile(`[A-Z][A-Z_]+`)
)

// environments returns the names of the variables that compose.yaml gives each
// container.
func environments(t *testing.T) map[string]map[string]any {
	t.Helper()
	var file struct {
		Services map[string]struct{ Environment map[string]any }
	}
	if err := yaml.Unmarshal(read(t, "compose.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	environments := map[string]map[string]any{}
	for service, s := range file.Services {
		environments[service] = s.Environment
	}
	return environments
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What the README says can be set, can be set in Compose, too.
func TestComposePassesEveryVariable(t *testing.T) {
	environments := environments(t)
	services := []string{"order", "inventory", "payment", "notification"}
	rows := row.FindAllStringSubmatch(string(read(t, "README.md")), -1)
	if len(rows) < 15 {
		t.Fatalf("found only %d rows in the README's table", len(rows))
	}
	for _, r := range rows {
		of := services
		if r[2] != "each" {
			of = strings.Fields(r[2])
		}
		for _, variable := range name.FindAllString(r[1], -1) {
			if notPassed.MatchString(variable) {
				continue
			}
			for _, service := range of {
				if !slices.Contains(services, service) {
					t.Errorf("%s is said to be of %q", variable, service)
				} else if _, passed := environments[service][variable]; !passed {
					t.Errorf("compose.yaml doesn't pass %s on to %s", variable, service)
				}
			}
		}
	}
}
