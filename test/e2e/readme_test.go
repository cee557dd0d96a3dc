package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"orders.internal/test/stack"
)

// example is a command in the README, and the answer printed below it.
type example struct {
	line            int // of the README
	command, answer string
}

// Not in parallel: it orders products that everybody may order.
func TestReadmeTellsTheTruth(t *testing.T) {
	examples := readmeExamples(t)
	if len(examples) == 0 {
		t.Fatal("the README has no curl command")
	}
	defaults, err := stack.SettingsFrom(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	r := reader{ports: defaults.Ports, ids: map[string]string{}}
	for _, e := range examples {
		passed := t.Run(fmt.Sprintf("line %d", e.line), func(t *testing.T) {
			try := func() error { return r.try(e) }
			if strings.Contains(e.command, "-X ") { // not to be done twice
				if err := try(); err != nil {
					t.Fatal(err)
				}
				return
			}
			eventually(t, try)
		})
		if !passed {
			return // later ones build on it
		}
	}
}

// block is a fenced code block.
var block = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// readmeExamples are the blocks that run curl, each with the JSON block that
// follows it directly, if there is one.
func readmeExamples(t *testing.T) []example {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var found []example
	curl := false // whether the block before was one
	for _, at := range block.FindAllSubmatchIndex(text, -1) {
		language, content := string(text[at[2]:at[3]]), strings.TrimSpace(string(text[at[4]:at[5]]))
		if language == "json" && curl {
			found[len(found)-1].answer = content
		}
		if curl = language == "sh" && strings.HasPrefix(content, "curl "); curl {
			found = append(found, example{line: bytes.Count(text[:at[4]], []byte("\n")) + 1, command: content})
		}
	}
	return found
}

// reader does what the README says, with the ids of its own orders in place of
// those printed there.
type reader struct {
	ports map[string]int    // as printed, by service
	ids   map[string]string // own ones, by those printed
}

func (r reader) try(e example) error {
	command := e.command
	for service, port := range r.ports {
		own, err := url.Parse(system.URL(service))
		if err != nil {
			return err
		}
		command = strings.ReplaceAll(command, fmt.Sprintf("localhost:%d", port), own.Host)
	}
	for printed, own := range r.ids {
		command = strings.ReplaceAll(command, printed, own)
	}
	answer, err := exec.Command("sh", "-c", strings.Replace(command, "curl ", "curl --silent --show-error --fail-with-body ", 1)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, answer)
	}
	if e.answer == "" {
		return nil
	}
	var got, want any
	if err := json.Unmarshal([]byte(e.answer), &want); err != nil {
		return fmt.Errorf("the answer printed in the README: %w", err)
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return fmt.Errorf("%w in %s", err, answer)
	}
	ids := map[string]string{}
	if err := compare("answer", got, want, ids); err != nil {
		return fmt.Errorf("%w\nin %s", err, answer)
	}
	maps.Copy(r.ids, ids)
	return nil
}

// compare holds an answer against the printed one: the same fields with the
// same values, but for ids and times. It notes which id stands for which printed
// one.
func compare(path string, got, want any, ids map[string]string) error {
	if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
		return fmt.Errorf("%s is %v, in the README %v", path, got, want)
	}
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
			return fmt.Errorf("%s has the fields %v, in the README %v", path, g, w)
		}
		for key := range want {
			if err := compare(path+"."+key, got[key], want[key], ids); err != nil {
				return err
			}
		}
	case []any:
		got := got.([]any)
		if len(got) != len(want) {
			return fmt.Errorf("%s has %d elements, in the README %d", path, len(got), len(want))
		}
		for i := range want {
			if err := compare(fmt.Sprintf("%s[%d]", path, i), got[i], want[i], ids); err != nil {
				return err
			}
		}
	case string:
		return compareTexts(path, got.(string), want, ids)
	default:
		if got != want {
			return fmt.Errorf("%s is %v, in the README %v", path, got, want)
		}
	}
	return nil
}

// generated are the texts that are different each time.
var generated = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

func compareTexts(path, got, want string, ids map[string]string) error {
	if g, w := generated.ReplaceAllString(got, "*"), generated.ReplaceAllString(want, "*"); g != w {
		return fmt.Errorf("%s is %q, in the README %q", path, got, want)
	}
	own := generated.FindAllString(got, -1)
	for i, printed := range generated.FindAllString(want, -1) {
		ids[printed] = own[i]
	}
	return nil
}
