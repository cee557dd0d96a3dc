package docskit

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// writeJSON writes a YAML value as JSON, in the order and with the numbers that
// were written: 150.00 stays what it is. Short lists and objects stay on a line.
func writeJSON(out *strings.Builder, node *yaml.Node, newline string) {
	if flat := inline(node); len(flat) <= lineWidth {
		out.WriteString(flat)
		return
	}
	inner, begin, end := newline+"  ", "[", "]"
	if node.Kind == yaml.MappingNode {
		begin, end = "{", "}"
	}
	separator := begin
	for i := 0; i < len(node.Content); i++ {
		out.WriteString(separator + inner)
		separator = ","
		if node.Kind == yaml.MappingNode {
			out.WriteString(quote(node.Content[i].Value) + ": ")
			i++
		}
		writeJSON(out, node.Content[i], inner)
	}
	if len(node.Content) == 0 { // a text that is longer than a line
		out.WriteString(inline(node))
		return
	}
	out.WriteString(newline + end)
}

// lineWidth is what fits into a line beside its indentation.
const lineWidth = 60

// inline writes a value in one line.
func inline(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		parts := make([]string, 0, len(node.Content)/2)
		for i := 0; i < len(node.Content); i += 2 {
			parts = append(parts, quote(node.Content[i].Value)+": "+inline(node.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		parts := make([]string, len(node.Content))
		for i, element := range node.Content {
			parts[i] = inline(element)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch node.Tag {
	case "!!int", "!!float", "!!bool", "!!null":
		return node.Value
	}
	return quote(node.Value)
}

func quote(text string) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string never fails
	return strings.TrimSuffix(out.String(), "\n")
}
