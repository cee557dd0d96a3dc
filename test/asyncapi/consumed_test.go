package asyncapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

// checkConsumed holds a golden message, and the schema of its event, against what
// the receivers of the event read of it.
func checkConsumed(d *Document, eventType string, message []byte) error {
	if err := d.Check(eventType, message); err != nil {
		return err
	}
	var envelope struct{ Data any }
	if err := json.Unmarshal(message, &envelope); err != nil {
		return err
	}
	for name, o := range d.Operations {
		if o.Action != "receive" || o.Messages[0].name() != eventType {
			continue
		}
		for _, field := range o.Reads {
			if len(valuesAt(envelope.Data, field)) == 0 {
				return fmt.Errorf("%s reads %s, which the message doesn't have", name, field)
			}
		}
	}
	return nil
}

// parents returns the objects that have the last part of a field, which may lead
// through arrays: items[].quantity.
func parents(data any, field string) (found []map[string]any, last string) {
	first, rest, deeper := strings.Cut(field, ".")
	object, _ := data.(map[string]any)
	if !deeper {
		return []map[string]any{object}, first
	}
	elements, _ := object[strings.TrimSuffix(first, "[]")].([]any)
	for _, element := range elements {
		below, name := parents(element, rest)
		found, last = append(found, below...), name
	}
	return found, last
}

func valuesAt(data any, field string) (values []any) {
	objects, last := parents(data, field)
	for _, object := range objects {
		if value, there := object[last]; there {
			values = append(values, value)
		}
	}
	return values
}

func TestGoldenMessagesAreWhatTheDocumentSays(t *testing.T) {
	d := read(t)
	for _, route := range contracts.Routes {
		if err := checkConsumed(d, route.Type, golden(t, route.Type)); err != nil {
			t.Errorf("%s: %v", route.Type, err)
		}
	}
}

// A field that somebody reads can't go, neither from what is sent nor from the
// document.
func TestConsumedFieldsStay(t *testing.T) {
	d := read(t)
	for name, o := range d.Operations {
		if o.Action != "receive" {
			continue
		}
		if len(o.Reads) == 0 {
			t.Errorf("%s reads nothing", name)
		}
		eventType := o.Messages[0].name()
		for _, field := range o.Reads {
			if err := checkConsumed(d, eventType, without(t, golden(t, eventType), field)); err == nil {
				t.Errorf("%s: the message can do without %s", name, field)
			}
			if err := checkConsumed(undescribed(t, eventType, field), eventType, golden(t, eventType)); err == nil {
				t.Errorf("%s: the document can do without %s", name, field)
			}
		}
	}
}

// without returns the message without a field of its data.
func without(t *testing.T, message []byte, field string) []byte {
	t.Helper()
	var m map[string]any
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber()
	if err := decoder.Decode(&m); err != nil {
		t.Fatal(err)
	}
	objects, last := parents(m["data"], field)
	for _, object := range objects {
		delete(object, last)
	}
	changed, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// undescribed returns the document without a field of an event's data.
func undescribed(t *testing.T, eventType, field string) *Document {
	t.Helper()
	d := read(t)
	schemas := d.schemas()
	schema := schemas[eventType+"Data"].(map[string]any)
	for part := range strings.SplitSeq(field, ".") {
		properties := schema["properties"].(map[string]any)
		property, there := properties[strings.TrimSuffix(part, "[]")].(map[string]any)
		if !there {
			t.Fatalf("%s has no field %s to begin with", eventType, field)
		}
		if part == field[strings.LastIndex(field, ".")+1:] {
			delete(properties, part)
			required := schema["required"].([]any)
			schema["required"] = removed(required, part)
			return d
		}
		schema = elementsOf(schemas, property)
	}
	return d
}

// elementsOf follows references to an array's element.
func elementsOf(schemas, schema map[string]any) map[string]any {
	for schema["properties"] == nil {
		if ref, is := schema["$ref"].(string); is {
			schema = schemas[Ref{ref}.name()].(map[string]any)
			continue
		}
		schema = schema["items"].(map[string]any)
	}
	return schema
}

func removed(names []any, name string) (left []any) {
	for _, n := range names {
		if n != name {
			left = append(left, n)
		}
	}
	return left
}

// What code refuses, the document refuses: each field that it says is required.
func TestRequiredFieldsAreThoseOfTheCode(t *testing.T) {
	d := read(t)
	for _, route := range contracts.Routes {
		schema := d.schemas()[route.Type+"Data"].(map[string]any)
		required := map[string]bool{}
		for _, name := range schema["required"].([]any) {
			required[name.(string)] = true
		}
		for name := range schema["properties"].(map[string]any) {
			message := without(t, golden(t, route.Type), name)
			err := d.Check(route.Type, message)
			if (err != nil) != required[name] {
				t.Errorf("%s without %s: %v", route.Type, name, err)
			}
			if _, decoded := contracts.Decode(message); decoded != nil && !required[name] {
				t.Errorf("%s: the document can do without %s, the code can't: %v", route.Type, name, decoded)
			}
		}
	}
}
