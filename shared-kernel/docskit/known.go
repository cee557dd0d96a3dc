package docskit

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// unknown returns the keys below node for which the type has no field: mistyped
// ones, and such as OpenAPI has but this package doesn't show. Extensions may
// have any name that begins with x-. (The decoder's own check ends at types that
// decode themselves.)
func unknown(node *yaml.Node, t reflect.Type) (found []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if ordered, ok := reflect.Zero(t).Interface().(interface{ valueType() reflect.Type }); ok {
		for i := 1; i < len(node.Content); i += 2 {
			found = append(found, unknown(node.Content[i], ordered.valueType())...)
		}
		return found
	}
	switch {
	case t == reflect.TypeFor[yaml.Node]():
	case t.Kind() == reflect.Slice:
		for _, element := range node.Content {
			found = append(found, unknown(element, t.Elem())...)
		}
	case t.Kind() == reflect.Struct:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if field, known := fieldOf(t, key.Value); known {
				found = append(found, unknown(node.Content[i+1], field)...)
			} else if !strings.HasPrefix(key.Value, "x-") {
				found = append(found, fmt.Sprintf("line %d: %s has no %s", key.Line, t.Name(), key.Value))
			}
		}
	}
	return found
}

func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") == key {
			return f.Type, true
		}
	}
	return nil, false
}
