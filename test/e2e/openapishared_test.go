package e2e

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/openapi"
)

// Every example of an answer that calls share is provoked, at each service that has
// it, and the answer is the one that is printed.
func TestSharedAnswersAreGivenAsPromised(t *testing.T) {
	if got := slices.Sorted(maps.Keys(provocations)); !slices.Equal(got, openapi.Provoked) {
		t.Errorf("%q are provoked here, and to be provoked are %q", got, openapi.Provoked)
	}
	w := newWorld(t)
	documents := map[string]*openapi.Document{}
	for _, service := range contracts.Services {
		documents[service] = documentOf(t, service)
	}
	for _, name := range openapi.Provoked {
		t.Run(name, func(t *testing.T) { provocations[name].try(t, w, name, documents) })
	}
}

// try provokes an example in turn at each service whose document has it.
func (p provocation) try(t *testing.T, w world, name string, documents map[string]*openapi.Document) {
	examples := map[string]openapi.Shared{}
	for service, d := range documents {
		all, err := d.SharedExamples()
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(all, func(s openapi.Shared) bool { return s.Name == name }); i >= 0 {
			examples[service] = all[i]
		}
	}
	replicas := map[string]string{}
	for service := range examples {
		replicas[service] = service
	}
	if p.arrange != nil {
		p.arrange(t, replicas)
	}
	for service, s := range examples {
		tried := 0
		for _, o := range s.Operations {
			if p.at != nil && !p.at(o) {
				continue
			}
			tried++
			e := successful(t, documents[service], o).With(strings.NewReplacer(w.replace...))
			if p.request != nil {
				p.request(t, &e)
			}
			p.expect(t, documents[service], s, replicas[service], o, e)
		}
		if tried == 0 {
			t.Errorf("%s: no call is tried", service)
		}
	}
}

// numbers in a text may be others than those that are printed.
var numbers = regexp.MustCompile(`\d+`)

func (p provocation) expect(t *testing.T, d *openapi.Document, s openapi.Shared, replica string, o openapi.Operation, e openapi.Exchange) {
	t.Helper()
	a := ask(t, replica, o, e)
	if strconv.Itoa(a.Status) != s.Status {
		t.Fatalf("%s, %s: %d %.500s, want %s", replica, o, a.Status, a.Body, s.Status)
	}
	if err := d.Check(o, a.Status, a.Header, a.Body); err != nil {
		t.Errorf("%s: %v", replica, err)
	}
	for _, name := range p.headers {
		if a.Header.Get(name) == "" {
			t.Errorf("%s, %s: the answer %d has no %s", replica, o, a.Status, name)
		}
	}
	got, want := numbers.ReplaceAllString(problemOf(t, a).Detail, "N"), s.Answer.(map[string]any)
	if printed := numbers.ReplaceAllString(want["detail"].(string), "N"); got != printed {
		t.Errorf("%s, %s: %q, want %q", replica, o, got, printed)
	}
	if title := problemOf(t, a).Title; !reflect.DeepEqual(want["title"], title) {
		t.Errorf("%s, %s: %q, want %q", replica, o, title, want["title"])
	}
}

// successful returns the first of a call's examples that succeeds.
func successful(t *testing.T, d *openapi.Document, o openapi.Operation) openapi.Exchange {
	t.Helper()
	exchanges, err := d.Exchanges(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exchanges {
		if e.Status < "300" {
			return e
		}
	}
	t.Fatalf("%s: no example succeeds", o)
	return openapi.Exchange{}
}
