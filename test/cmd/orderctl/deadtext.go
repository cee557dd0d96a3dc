package main

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"strings"

	"orders.internal/shared-kernel/contracts"
)

// indented is a body as people read it: JSON is indented, and no line of any
// other text can do harm to a terminal.
func indented(body string) string {
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

func keys(m map[string]any) iter.Seq[string] { return maps.Keys(m) }

func eventTypes() []string {
	types := make([]string, len(contracts.Routes))
	for i, route := range contracts.Routes {
		types[i] = route.Type
	}
	return types
}
