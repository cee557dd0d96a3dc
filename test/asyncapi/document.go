// Package asyncapi reads docs/asyncapi.yaml, which tells what the services send
// each other, and holds messages against it.
package asyncapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"orders.internal/test/stack"
)

// Document is the AsyncAPI document, as far as it is looked at here.
type Document struct {
	AsyncAPI   string               `yaml:"asyncapi"`
	Channels   map[string]Channel   `yaml:"channels"`
	Operations map[string]Operation `yaml:"operations"`

	root     any
	compiler *jsonschema.Compiler
}

// Channel is a routing key of the exchange, or a queue.
type Channel struct {
	Address  string         `yaml:"address"`
	Messages map[string]Ref `yaml:"messages"`
	Bindings struct {
		AMQP struct {
			Is    string `yaml:"is"`
			Queue Queue  `yaml:"queue"`
		} `yaml:"amqp"`
	} `yaml:"bindings"`
}

// Queue is how a queue is declared.
type Queue struct {
	Name      string         `yaml:"name"`
	Durable   bool           `yaml:"durable"`
	Arguments map[string]any `yaml:"x-arguments"`
}

// Operation is what one service does with one event.
type Operation struct {
	Action   string   `yaml:"action"`
	Service  string   `yaml:"x-service"`
	Reads    []string `yaml:"x-reads"` // fields of the event's data, such as items[].quantity
	Channel  Ref      `yaml:"channel"`
	Messages []Ref    `yaml:"messages"`
}

// Ref leads to another part of the document.
type Ref struct {
	Target string `yaml:"$ref"`
}

// name is the last part of what it leads to.
func (r Ref) name() string { return r.Target[strings.LastIndex(r.Target, "/")+1:] }

// location names the document to the compiler of its schemas.
const location = "asyncapi.json"

// Read reads the project's document.
func Read() (*Document, error) {
	root, err := stack.Root()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "asyncapi.yaml"))
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Parse reads a document. The schemas of data are taken more strictly than they
// are meant: a field that they don't have is a fault, so that each is described.
func Parse(text []byte) (*Document, error) {
	d := &Document{compiler: jsonschema.NewCompiler()}
	if err := yaml.Unmarshal(text, d); err != nil {
		return nil, err
	}
	var value map[string]any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if d.root, err = jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON))); err != nil {
		return nil, err
	}
	for name, schema := range d.schemas() {
		if schema, is := schema.(map[string]any); is && schema["properties"] != nil && name != "Headers" {
			schema["additionalProperties"] = false
		}
	}
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(location, d.root)
}

// schemas are the named ones.
func (d *Document) schemas() map[string]any {
	components, _ := d.root.(map[string]any)["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	return schemas
}

// Check holds a message's body against the event type's schema.
func (d *Document) Check(eventType string, body []byte) error {
	schema, err := d.compiler.Compile(fmt.Sprintf("%s#/components/messages/%s/payload", location, eventType))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
