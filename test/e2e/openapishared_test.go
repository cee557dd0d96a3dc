package e2e

import (
	"maps"
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
	documents, examples := map[string]*openapi.Document{}, map[string]map[string]openapi.Shared{}
	for _, service := range contracts.Services {
		d := documentOf(t, service)
		all, err := d.SharedExamples()
		if err != nil {
			t.Fatal(err)
		}
		documents[service], examples[service] = d, all
	}
	for _, name := range openapi.Provoked {
		t.Run(name, func(t *testing.T) {
			p, replicas := provocations[name], map[string]string{}
			for service, shared := range examples {
				if _, has := shared[name]; has {
					replicas[service] = service
				}
			}
			if p.arrange != nil {
				p.arrange(t, replicas)
			}
			for service, replica := range replicas {
				p.try(t, w, documents[service], examples[service][name], replica)
			}
		})
	}
}

// try provokes an example at the calls of a service that promise it.
func (p provocation) try(t *testing.T, w world, d *openapi.Document, s openapi.Shared, replica string) {
	tried := 0
	for _, o := range s.Operations {
		if p.at != nil && !p.at(o) {
			continue
		}
		tried++
		e := successful(t, d, o).With(strings.NewReplacer(w.replace...))
		if p.request != nil {
			p.request(t, &e)
		}
		p.expect(t, d, s, replica, o, e)
	}
	if tried == 0 {
		t.Errorf("%s: no call is tried", replica)
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
	got := problemOf(t, a)
	for part, is := range map[string]string{"title": got.Title, "detail": got.Detail} {
		printed, _ := s.Answer.(map[string]any)[part].(string)
		if numbers.ReplaceAllString(is, "N") != numbers.ReplaceAllString(printed, "N") {
			t.Errorf("%s, %s: the %s is %q, want %q", replica, o, part, is, printed)
		}
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
