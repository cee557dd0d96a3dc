package openapi

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

// documents are those that were read, which takes a while.
var documents = map[string]*Document{}

func documentOf(t *testing.T, service string) *Document {
	t.Helper()
	if d, read := documents[service]; read {
		return d
	}
	text, err := os.ReadFile(filepath.Join("..", "..", service, "internal", "adapters", "http", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	documents[service] = d
	return d
}

// forEach runs a test with each service's document.
func forEach(t *testing.T, test func(t *testing.T, d *Document)) {
	for _, service := range contracts.Services {
		t.Run(service, func(t *testing.T) { test(t, documentOf(t, service)) })
	}
}

// Schemas are those of JSON Schema 2020-12, which OpenAPI 3.1 has them from.
func TestSchemasAreValid(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		for _, pointer := range d.all("schema", "x-event-data") {
			if _, err := d.schemaAt(pointer); err != nil {
				t.Errorf("%s: %v", pointer, err)
			}
		}
		for _, schema := range d.below("/components/schemas") {
			if _, err := d.schemaAt(schema.pointer); err != nil {
				t.Errorf("%s: %v", schema.name, err)
			}
		}
	})
}

// all returns where members of these names are, of which examples are none.
func (d *Document) all(names ...string) (pointers []string) {
	for parent := range d.keys {
		for _, m := range d.below(parent) {
			for _, name := range names {
				if m.name == name && !strings.Contains(m.pointer, "/examples/") {
					pointers = append(pointers, m.pointer)
				}
			}
		}
	}
	return pointers
}

func TestEveryReferenceAndComponentIsUsed(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		used := map[string]bool{"/components/securitySchemes/bearer": true}
		for _, pointer := range d.all("$ref") {
			target := strings.TrimPrefix(d.text(pointer), "#")
			if used[target] = true; d.value(target) == nil {
				t.Errorf("%s leads to nothing: %s", pointer, target)
			}
		}
		for _, kind := range d.below("/components") {
			for _, component := range d.below(kind.pointer) {
				if !used[component.pointer] {
					t.Errorf("nothing refers to %s", component.pointer)
				}
			}
		}
	})
}

// Every example of a body is what its schema says; so is a good request.
func TestExamplesAreWhatTheirSchemasSay(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		for _, content := range d.all("content") {
			if strings.Contains(content, "/requestBod") {
				continue
			}
			for _, body := range d.below(content) {
				for _, example := range d.below(body.pointer + "/examples") {
					if err := d.checkExample(body, example); err != nil {
						t.Errorf("%s: %v", example.pointer, err)
					}
				}
			}
		}
		for _, o := range d.Operations() {
			exchanges, err := d.Exchanges(o)
			if err != nil {
				t.Error(err)
			}
			for _, e := range exchanges {
				if e.Status < "300" && e.Body != "" {
					if err := d.checkContent(member{"application/json", d.bodyOf(o)}, e.Body); err != nil {
						t.Errorf("%s, example %s: %v", o, e.Name, err)
					}
				}
			}
		}
	})
}

func (d *Document) checkExample(body, example member) error {
	value := d.value(example.pointer + "/value")
	if text, is := value.(string); is {
		return d.checkContent(body, text)
	}
	return d.valid(body.pointer+"/schema", value)
}

// An example of an answer that belongs to one call has a request that leads to it.
func TestAnswersExamplesHaveTheirRequests(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		for _, o := range d.Operations() {
			sent := map[string]bool{}
			exchanges, _ := d.Exchanges(o) // another test's faults
			for _, e := range exchanges {
				sent[e.Name] = true
			}
			for _, status := range d.below(o.pointer + "/responses") {
				for _, content := range d.below(status.pointer + "/content") {
					for _, example := range d.below(content.pointer + "/examples") {
						if !sent[example.name] && !sent["as it is"] {
							t.Errorf("%s: no request has an example %s", o, example.name)
						}
					}
				}
			}
		}
	})
}

// One of an answer that several calls share has such a request at one of them, or
// is provoked by the end-to-end tests in another way.
func TestSharedExamplesAreSentOrProvoked(t *testing.T) {
	unsent := map[string]bool{}
	forEach(t, func(t *testing.T, d *Document) {
		examples, err := d.SharedExamples()
		if err != nil || len(examples) < 16 {
			t.Fatalf("%d examples, %v", len(examples), err)
		}
		for name, s := range examples {
			if len(s.Operations) == 0 {
				t.Errorf("no call has the answer of %s", name)
			}
			if !s.Sent {
				unsent[name] = true
			}
		}
	})
	if got := slices.Sorted(maps.Keys(unsent)); !slices.Equal(got, Provoked) {
		t.Errorf("no request leads to %q; provoked are %q", got, Provoked)
	}
}

// What is the same for all services is described in the same words.
func TestCommonPartsAreTheSame(t *testing.T) {
	first := documentOf(t, contracts.Services[0])
	seen := map[string]any{}
	for _, kind := range append([]string{"/paths"}, pointersOf(first.below("/components"))...) {
		for _, m := range first.below(kind) {
			seen[m.pointer] = first.value(m.pointer)
		}
	}
	for _, service := range contracts.Services[1:] {
		d, shared := documentOf(t, service), 0
		for pointer, want := range seen {
			got := d.value(pointer)
			if got == nil {
				continue
			}
			if shared++; !reflect.DeepEqual(got, want) {
				t.Errorf("%s describes %s in another way than %s", service, pointer, contracts.Services[0])
			}
		}
		if shared < 40 {
			t.Errorf("%s has %d parts in common with %s", service, shared, contracts.Services[0])
		}
	}
}

func pointersOf(members []member) (pointers []string) {
	for _, m := range members {
		pointers = append(pointers, m.pointer)
	}
	return pointers
}

// Whatever can be read can be asked for again: has it changed?
func TestAnswersToReadersHaveTheirTags(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		tagged := 0
		for _, o := range d.Operations() {
			if !d.HasTag(o) {
				continue
			}
			tagged++
			for pointer, want := range map[string]string{
				"/responses/200/headers/ETag":          "/components/headers/ETag",
				"/responses/200/headers/Cache-Control": "/components/headers/CacheControl",
				"/responses/304":                       "/components/responses/NotModified",
			} {
				if _, at := d.object(o.pointer + pointer); at != want {
					t.Errorf("%s has no %s", o, pointer)
				}
			}
			if !slices.Contains(d.parameters(o), "/components/parameters/IfNoneMatch") {
				t.Errorf("%s has no If-None-Match", o)
			}
		}
		if tagged < 7 {
			t.Errorf("%d answers have a tag", tagged)
		}
	})
}

// A cache may keep a 404 by itself: RFC 9110, section 15.1.
func TestNoCacheKeepsProblems(t *testing.T) {
	forEach(t, func(t *testing.T, d *Document) {
		problems := 0
		for _, o := range d.Operations() {
			for _, r := range d.below(o.pointer + "/responses") {
				_, response := d.object(r.pointer)
				if d.value(response+"/content/application~1problem+json") == nil {
					continue
				}
				problems++
				if _, at := d.object(response + "/headers/Cache-Control"); at != "/components/headers/NoStore" {
					t.Errorf("%s, answer %s: no Cache-Control", o, r.name)
				}
			}
		}
		if problems < 30 {
			t.Errorf("%d answers are problems", problems)
		}
	})
}

func TestExchangesAreBuiltOfExamples(t *testing.T) {
	d := documentOf(t, contracts.ServiceOrder)
	found := map[string]Exchange{}
	for _, o := range d.Operations() {
		exchanges, err := d.Exchanges(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range exchanges {
			found[o.ID+" "+e.Name] = e
		}
	}
	for name, want := range map[string]string{
		"placeOrder badKey":    "/api/orders 400 [Idempotency-Key two words Content-Type application/json]",
		"listOrders badTime":   "/api/orders?created_from=yesterday 400 []",
		"getOrder completed":   "/api/orders/0198f3c2-7a10-7c3e-9d52-6f1e2b8a4c01 200 []",
		"checkHealth as it is": "/healthz 200 []",
	} {
		e := found[name]
		if got := fmt.Sprint(e.Path, " ", e.Status, " ", e.Headers); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
