package openapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is a service's OpenAPI document.
type Document struct {
	*tree
	compiler *jsonschema.Compiler
}

// location names the document to the compiler.
const location = "document.json"

// Parse reads a document. Its schemas are taken more strictly than they are
// meant: a field that an object's schema doesn't have is a fault, so that each one
// is described.
func Parse(text []byte) (*Document, error) {
	t, err := readTree(text)
	if err != nil {
		return nil, err
	}
	closeObjects(t.root)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(location, t.root); err != nil {
		return nil, err
	}
	return &Document{tree: t, compiler: compiler}, nil
}

// closeObjects forbids additional properties wherever nothing is said of them.
func closeObjects(at any) {
	switch at := at.(type) {
	case []any:
		for _, element := range at {
			closeObjects(element)
		}
	case map[string]any:
		_, described := at["properties"].(map[string]any)
		if _, said := at["additionalProperties"]; described && !said && at["type"] == "object" {
			at["additionalProperties"] = false
		}
		for _, value := range at {
			closeObjects(value)
		}
	}
}

// schemaAt compiles the schema at a pointer.
func (d *Document) schemaAt(pointer string) (*jsonschema.Schema, error) {
	return d.compiler.Compile(location + "#" + fragment(pointer))
}

// fragment makes a pointer part of a URL.
func fragment(pointer string) string {
	return strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", "\"", "%22", " ", "%20").Replace(pointer)
}

// Operation is one call.
type Operation struct {
	Method, Path string
	ID           string
	Scopes       []string // each is enough; none: the call is open to all

	pointer string
}

func (o Operation) String() string { return o.Method + " " + o.Path }

// Operations returns all of them, in the order of the document.
func (d *Document) Operations() (all []Operation) {
	for _, path := range d.below("/paths") {
		for _, method := range d.below(path.pointer) {
			if method.name == "parameters" {
				continue
			}
			o := Operation{Method: strings.ToUpper(method.name), Path: path.name, ID: d.text(method.pointer + "/operationId"), pointer: method.pointer}
			for _, needs := range d.elements(method.pointer + "/security") {
				for _, scope := range d.elements(needs + "/bearer") {
					o.Scopes = append(o.Scopes, d.text(scope))
				}
			}
			all = append(all, o)
		}
	}
	return all
}

// parameters returns where an operation's parameters are described.
func (d *Document) parameters(o Operation) (pointers []string) {
	for _, list := range []string{o.pointer[:strings.LastIndex(o.pointer, "/")], o.pointer} {
		for _, pointer := range d.elements(list + "/parameters") {
			_, at := d.object(pointer)
			pointers = append(pointers, at)
		}
	}
	return pointers
}

// QueryParameters returns the names of those that an operation takes.
func (d *Document) QueryParameters(o Operation) (names []string) {
	for _, pointer := range d.parameters(o) {
		if d.text(pointer+"/in") == "query" {
			names = append(names, d.text(pointer+"/name"))
		}
	}
	return names
}

// response returns where the answer with a status is described.
func (d *Document) response(o Operation, status string) (pointer string, err error) {
	found, at := d.object(o.pointer + "/responses/" + status)
	if found == nil {
		return "", fmt.Errorf("%s: the document has no answer %s", o, status)
	}
	return at, nil
}

// HasTag tells the calls whose answers, when they succeed, have an ETag: all that
// read, but for streams, and for what programs ask that watch the service.
func (d *Document) HasTag(o Operation) bool {
	streams := d.value(o.pointer+"/responses/200/content/text~1event-stream") != nil
	watches := o.Path == "/healthz" || o.Path == "/readyz" || o.Path == "/metrics"
	return o.Method == http.MethodGet && !watches && !streams
}
