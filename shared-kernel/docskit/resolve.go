package docskit

import (
	"errors"
	"fmt"
	"strings"
)

// resolve puts in place what references to parameters, bodies, headers and
// responses lead to, and hands a path's parameters on to its operations.
func (d *Document) resolve() error {
	var faults []error
	c := &d.Components
	for i := range c.Responses {
		faults = append(faults, d.resolveResponse(&c.Responses[i].Value))
	}
	for i := range d.Paths {
		path := &d.Paths[i].Value
		for _, o := range path.operations() {
			if o.Operation == nil {
				continue
			}
			o.Parameters = append(path.Parameters[:len(path.Parameters):len(path.Parameters)], o.Parameters...)
			for i := range o.Parameters {
				faults = append(faults, follow(&o.Parameters[i], o.Parameters[i].Ref, "parameters", c.Parameters))
			}
			if body := o.RequestBody; body != nil {
				faults = append(faults, follow(body, body.Ref, "requestBodies", c.RequestBodies))
			}
			for i := range o.Responses {
				faults = append(faults, d.resolveResponse(&o.Responses[i].Value))
			}
		}
	}
	return errors.Join(faults...)
}

func (d *Document) resolveResponse(r *Response) error {
	if err := follow(r, r.Ref, "responses", d.Components.Responses); err != nil {
		return err
	}
	var faults []error
	for i := range r.Headers {
		h := &r.Headers[i].Value
		faults = append(faults, follow(h, h.Ref, "headers", d.Components.Headers))
	}
	return errors.Join(faults...)
}

// follow replaces what is a reference by what it leads to.
func follow[T any](at *T, ref, kind string, components Map[T]) error {
	if ref == "" {
		return nil
	}
	found, there := components.Get(strings.TrimPrefix(ref, "#/components/"+kind+"/"))
	if !there {
		return fmt.Errorf("nothing is at %s", ref)
	}
	*at = found
	return nil
}
