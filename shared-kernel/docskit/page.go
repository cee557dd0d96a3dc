package docskit

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"text":   prose,
	"show":   show,
	"type":   typeOf,
	"limits": limits,
	"isOne":  func(s *Schema) bool { return s != nil && len(s.Properties) > 0 },
	"needed": func(s *Schema, name string) bool { return slices.Contains(s.Required, name) },
}).Parse(pageText))

// render makes the page for people.
func render(d *Document) ([]byte, error) {
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, d); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

// prose makes paragraphs of a description. Of Markdown it knows empty lines
// between paragraphs and `code`.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph != "" {
			out.WriteString("<p>" + line(paragraph) + "</p>")
		}
	}
	return template.HTML(out.String())
}

func line(text string) string {
	var out strings.Builder
	for i, part := range strings.Split(text, "`") {
		if part = template.HTMLEscapeString(part); i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		out.WriteString(part)
	}
	return out.String()
}

// show writes an example: a text as it is, anything else as JSON.
func show(node yaml.Node) string {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		return node.Value
	}
	var out strings.Builder
	writeJSON(&out, &node, "\n")
	return out.String()
}

// typeOf describes a schema in a few words, with links to those that have names.
func typeOf(s *Schema) template.HTML {
	switch {
	case s == nil:
		return "anything"
	case s.Ref != "":
		name := template.HTMLEscapeString(strings.TrimPrefix(s.Ref, schemas))
		return template.HTML(`<a href="#schema-` + name + `">` + name + `</a>`)
	case len(s.AnyOf) > 0:
		return either(s.AnyOf)
	case !s.Const.IsZero():
		return template.HTML("<code>" + template.HTMLEscapeString(s.Const.Value) + "</code>")
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = "<code>" + template.HTMLEscapeString(v.Value) + "</code>"
		}
		return template.HTML(strings.Join(values, ", "))
	case s.Items != nil:
		return "array of " + typeOf(s.Items)
	case len(s.Type) == 0:
		return "anything"
	}
	name := template.HTMLEscapeString(strings.Join(s.Type, " or "))
	if s.Format != "" {
		name += " (" + template.HTMLEscapeString(s.Format) + ")"
	}
	return template.HTML(name)
}

const schemas = "#/components/schemas/"

func either(all []Schema) template.HTML {
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = string(typeOf(&all[i]))
	}
	return template.HTML(strings.Join(texts, " or "))
}

// limits tells what else a value has to keep to.
func limits(s *Schema) string {
	if s == nil {
		return ""
	}
	var all []string
	between := func(what, least, most string) {
		switch {
		case least != "" && most != "":
			all = append(all, least+" to "+most+what)
		case most != "":
			all = append(all, "at most "+most+what)
		case least != "":
			all = append(all, "at least "+least+what)
		}
	}
	between(" characters", number(s.MinLength), number(s.MaxLength))
	between(" elements", number(s.MinItems), number(s.MaxItems))
	between("", s.Minimum.Value, s.Maximum.Value)
	if more := s.ExclusiveMinimum.Value; more != "" {
		all = append(all, "more than "+more)
	}
	if value := s.Default.Value; value != "" {
		all = append(all, value+" without one")
	}
	return strings.Join(all, ", ")
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
