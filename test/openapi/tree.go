// Package openapi reads the services' OpenAPI documents as an integrator would:
// which exchanges their examples tell of, and whether an answer is what they
// promise.
package openapi

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// tree is a YAML document as JSON, and the order of its keys, which JSON forgets.
type tree struct {
	root any
	keys map[string][]string // of each object, by its JSON pointer
}

func readTree(text []byte) (*tree, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	t := &tree{keys: map[string][]string{}}
	t.note(node.Content[0], "")
	t.root, err = jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	return t, err
}

func (t *tree) note(node *yaml.Node, pointer string) {
	switch node.Kind {
	case yaml.SequenceNode:
		for i, element := range node.Content {
			t.note(element, pointer+"/"+strconv.Itoa(i))
		}
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i].Value
			t.keys[pointer] = append(t.keys[pointer], key)
			t.note(node.Content[i+1], pointer+"/"+escape(key))
		}
	}
}

// escape makes a key part of a JSON pointer (RFC 6901).
func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

func unescape(part string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(part) }

// value returns what is at a pointer, nil when nothing is.
func (t *tree) value(pointer string) any {
	at := t.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch parent := at.(type) {
		case map[string]any:
			at = parent[unescape(part)]
		case []any:
			if i, err := strconv.Atoi(part); err == nil && i < len(parent) {
				at = parent[i]
				continue
			}
			return nil
		default:
			return nil
		}
	}
	return at
}

// object returns the object at a pointer, and where it really is: a reference is
// followed.
func (t *tree) object(pointer string) (found map[string]any, at string) {
	found, _ = t.value(pointer).(map[string]any)
	if ref, is := found["$ref"].(string); is {
		return t.object(strings.TrimPrefix(ref, "#"))
	}
	return found, pointer
}

// below yields the pointers of an object's members, in the order in which they
// were written.
func (t *tree) below(pointer string) (members []member) {
	for _, key := range t.keys[pointer] {
		members = append(members, member{key, pointer + "/" + escape(key)})
	}
	return members
}

type member struct{ name, pointer string }

// elements returns the pointers of an array's elements.
func (t *tree) elements(pointer string) (pointers []string) {
	array, _ := t.value(pointer).([]any)
	for i := range array {
		pointers = append(pointers, fmt.Sprintf("%s/%d", pointer, i))
	}
	return pointers
}

func (t *tree) text(pointer string) string {
	text, _ := t.value(pointer).(string)
	return text
}
