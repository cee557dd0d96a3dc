package docskit

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a document. Its error names what OpenAPI doesn't allow in it, as
// far as that is not a matter of JSON Schema, and what this package doesn't know.
func Parse(text []byte) (*Document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 0 {
		return nil, errors.New("the document is empty")
	}
	if keys := unknown(root.Content[0], reflect.TypeFor[Document]()); len(keys) > 0 {
		return nil, errors.New(strings.Join(keys, "; "))
	}
	d := &Document{}
	if err := root.Decode(d); err != nil {
		return nil, err
	}
	var faults []error
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Info.Title == "" || d.Info.Version == "" {
		faults = append(faults, errors.New("openapi must be 3.1, and info have a title and a version"))
	}
	faults = append(faults, d.resolve())
	seen := map[string]bool{}
	for c := range d.Calls() {
		if seen[c.ID] {
			faults = append(faults, fmt.Errorf("%s: the operationId is there twice", c.ID))
		}
		seen[c.ID] = true
		if err := d.check(c); err != nil {
			faults = append(faults, fmt.Errorf("%s %s: %w", c.Method, c.Path, err))
		}
	}
	return d, errors.Join(faults...)
}

// placeholder is a parameter in a path.
var placeholder = regexp.MustCompile(`\{([^}]+)\}`)

// check holds one call to the rules that go beyond single fields.
func (d *Document) check(c Call) error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.ID == "" || c.Summary == "" {
		add("an operation needs an operationId and a summary")
	}
	if len(c.Responses) == 0 {
		add("there is no response")
	}
	for _, r := range c.Responses {
		if r.Value.Description == "" {
			add("the response %s has no description", r.Name)
		}
	}
	var inPath []string
	for _, p := range c.Parameters {
		if p.Schema == nil || !slices.Contains([]string{"path", "query", "header"}, p.In) {
			add("the parameter %s needs a schema, and a place that it is in", p.Name)
		}
		if p.In == "path" {
			inPath = append(inPath, p.Name)
			if !p.Required {
				add("%s is in the path, so it is required", p.Name)
			}
		}
	}
	for _, found := range placeholder.FindAllStringSubmatch(c.Path, -1) {
		if !slices.Contains(inPath, found[1]) {
			add("no parameter tells what %s is", found[1])
		}
	}
	for _, tag := range c.Tags {
		if !slices.ContainsFunc(d.Tags, func(t Tag) bool { return t.Name == tag }) {
			add("there is no tag %s", tag)
		}
	}
	if len(c.Tags) != 1 {
		add("it has %d tags, not one", len(c.Tags))
	}
	if c.Security == nil {
		add("it doesn't say who may call it: security is a list, empty where everybody may")
	}
	for _, needs := range c.Security {
		for scheme := range needs {
			if _, there := d.Components.SecuritySchemes.Get(scheme); !there {
				add("there is no security scheme %s", scheme)
			}
		}
	}
	return errors.Join(faults...)
}
