package docskit

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Map is a mapping in the order in which it is written, which is the order in
// which it is read.
type Map[T any] []Entry[T]

// Entry is one pair of a Map.
type Entry[T any] struct {
	Name  string
	Value T
}

// Get returns the value of a name, and whether there is one.
func (m Map[T]) Get(name string) (value T, found bool) {
	for _, e := range m {
		if e.Name == name {
			return e.Value, true
		}
	}
	return value, false
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (m *Map[T]) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: must be a mapping", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		e := Entry[T]{Name: node.Content[i].Value}
		if _, twice := m.Get(e.Name); twice {
			return fmt.Errorf("line %d: %s is there twice", node.Content[i].Line, e.Name)
		}
		if err := node.Content[i+1].Decode(&e.Value); err != nil {
			return err
		}
		*m = append(*m, e)
	}
	return nil
}

func (Map[T]) valueType() reflect.Type { return reflect.TypeFor[T]() }

// Types are the types that a value may have; YAML has one alone without a list.
type Types []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *Types) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = Types{node.Value}
		return nil
	}
	return node.Decode((*[]string)(t))
}
