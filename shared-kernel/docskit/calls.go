package docskit

import (
	"iter"
	"net/http"
	"slices"
)

// Call is an operation with its place.
type Call struct {
	Method, Path string
	*Operation
}

// Calls yields every operation, in the order of the document.
func (d *Document) Calls() iter.Seq[Call] {
	return func(yield func(Call) bool) {
		for _, path := range d.Paths {
			for _, o := range path.Value.operations() {
				if o.Operation != nil && !yield(Call{Method: o.Method, Path: path.Name, Operation: o.Operation}) {
					return
				}
			}
		}
	}
}

// operations are those of the path, nil for methods that it doesn't have.
func (p PathItem) operations() []Call {
	return []Call{
		{Method: http.MethodGet, Operation: p.Get},
		{Method: http.MethodPut, Operation: p.Put},
		{Method: http.MethodPost, Operation: p.Post},
		{Method: http.MethodDelete, Operation: p.Delete},
	}
}

// Tagged returns the calls of a group.
func (d *Document) Tagged(tag string) (calls []Call) {
	for c := range d.Calls() {
		if slices.Contains(c.Tags, tag) {
			calls = append(calls, c)
		}
	}
	return calls
}

// Scopes are those of which each is enough; none: the call is open to all.
func (c Call) Scopes() (scopes []string) {
	for _, needs := range c.Security {
		for _, names := range needs {
			scopes = append(scopes, names...)
		}
	}
	return scopes
}
