package openapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Exchange is a request, made of the examples of one name in an operation's
// parameters and body, and what its answer is like: the one that has an example,
// or an example of a header, of this name.
type Exchange struct {
	Name    string
	Path    string   // with its query
	Headers []string // pairs of name and value
	Body    string
	Status  string
	Answer  any // the example of the answer's body; nil for none
}

// With returns the exchange with texts replaced, such as ids that were printed by
// those that there are.
func (e Exchange) With(r *strings.Replacer) Exchange {
	e.Path, e.Body = r.Replace(e.Path), r.Replace(e.Body)
	e.Headers = slices.Clone(e.Headers)
	for i := range e.Headers {
		e.Headers[i] = r.Replace(e.Headers[i])
	}
	e.Answer = replaced(e.Answer, r)
	return e
}

func replaced(value any, r *strings.Replacer) any {
	switch value := value.(type) {
	case string:
		return r.Replace(value)
	case []any:
		all := make([]any, len(value))
		for i := range value {
			all[i] = replaced(value[i], r)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(value))
		for name, v := range value {
			all[name] = replaced(v, r)
		}
		return all
	}
	return value
}

// Exchanges returns what an operation's examples tell of. An operation without
// examples in its request is asked as it is, for its first answer, of which there is
// one example at most.
func (d *Document) Exchanges(o Operation) ([]Exchange, error) {
	var names []string
	add := func(pointer string) {
		for _, example := range d.below(pointer + "/examples") {
			if !slices.Contains(names, example.name) {
				names = append(names, example.name)
			}
		}
	}
	body := d.bodyOf(o)
	if body != "" {
		add(body)
	}
	for _, parameter := range d.parameters(o) {
		add(parameter)
	}
	if len(names) == 0 {
		e := Exchange{Name: "as it is", Path: o.Path, Status: d.keys[o.pointer+"/responses"][0]}
		for _, answer := range d.examples(o.pointer + "/responses/" + e.Status) {
			e.Answer = answer
		}
		return []Exchange{e}, nil
	}
	all := make([]Exchange, len(names))
	for i, name := range names {
		var err error
		if all[i], err = d.exchange(o, name, body); err != nil {
			return nil, fmt.Errorf("%s, example %s: %w", o, name, err)
		}
	}
	return all, nil
}

// bodyOf returns where the request's body is described, "" when it has none.
func (d *Document) bodyOf(o Operation) string {
	_, at := d.object(o.pointer + "/requestBody")
	if content := d.below(at + "/content"); len(content) > 0 {
		return content[0].pointer
	}
	return ""
}

func (d *Document) exchange(o Operation, name, body string) (Exchange, error) {
	e := Exchange{Name: name, Path: o.Path}
	query := url.Values{}
	for _, parameter := range d.parameters(o) {
		example, _ := d.object(parameter + "/examples/" + escape(name))
		if example == nil {
			if required, _ := d.value(parameter + "/required").(bool); required {
				return e, fmt.Errorf("%s has no example of this name", parameter)
			}
			continue
		}
		value := fmt.Sprint(example["value"])
		switch n := d.text(parameter + "/name"); d.text(parameter + "/in") {
		case "path":
			e.Path = strings.ReplaceAll(e.Path, "{"+n+"}", url.PathEscape(value))
		case "query":
			query.Add(n, value)
		default:
			e.Headers = append(e.Headers, n, value)
		}
	}
	if len(query) > 0 {
		e.Path += "?" + query.Encode()
	}
	if body != "" {
		example, _ := d.object(body + "/examples/" + escape(name))
		if example == nil {
			return e, fmt.Errorf("the body has no example of this name")
		}
		text, err := json.Marshal(example["value"])
		if err != nil {
			return e, err
		}
		e.Body, e.Headers = string(text), append(e.Headers, "Content-Type", "application/json")
	}
	return e, d.findAnswer(o, &e)
}

// findAnswer looks for the answer that has an example of the exchange's name.
func (d *Document) findAnswer(o Operation, e *Exchange) error {
	var found []string
	for _, status := range d.below(o.pointer + "/responses") {
		_, response := d.object(status.pointer)
		for _, content := range d.below(response + "/content") {
			if example, _ := d.object(content.pointer + "/examples/" + escape(e.Name)); example != nil {
				found, e.Answer = append(found, status.name), example["value"]
			}
		}
		for _, header := range d.below(response + "/headers") {
			_, at := d.object(header.pointer)
			if example, _ := d.object(at + "/examples/" + escape(e.Name)); example != nil {
				found = append(found, status.name)
			}
		}
	}
	if found = slices.Compact(found); len(found) != 1 {
		return fmt.Errorf("the answers %v have an example of this name, and not one", found)
	}
	e.Status = found[0]
	return nil
}
