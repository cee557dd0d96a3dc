package openapi

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check holds an answer against the document: its status, its headers, its media
// type and its body.
func (d *Document) Check(o Operation, status int, header http.Header, body string) error {
	response, err := d.response(o, strconv.Itoa(status))
	if err != nil {
		return err
	}
	for _, h := range d.below(response + "/headers") {
		if err := d.checkHeader(h, header); err != nil {
			return fmt.Errorf("%s, answer %d: %w", o, status, err)
		}
	}
	if err := d.checkBody(response, header.Get("Content-Type"), body); err != nil {
		return fmt.Errorf("%s, answer %d: %w in %.1000s", o, status, err, body)
	}
	return nil
}

func (d *Document) checkHeader(h member, header http.Header) error {
	described, at := d.object(h.pointer)
	value := header.Get(h.name)
	if value == "" {
		if required, _ := described["required"].(bool); required {
			return fmt.Errorf("the header %s is missing", h.name)
		}
		return nil
	}
	if err := d.valid(at+"/schema", value); err != nil {
		return fmt.Errorf("the header %s is %q: %w", h.name, value, err)
	}
	return nil
}

func (d *Document) checkBody(response, contentType, body string) error {
	contents := d.below(response + "/content")
	if len(contents) == 0 {
		if body != "" {
			return fmt.Errorf("there should be no body")
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("Content-Type %q: %w", contentType, err)
	}
	for _, content := range contents {
		if content.name == mediaType {
			return d.checkContent(content, body)
		}
	}
	return fmt.Errorf("the document has no body of the type %s", mediaType)
}

func (d *Document) checkContent(content member, body string) error {
	var value any = body
	if strings.HasSuffix(content.name, "json") {
		var err error
		if value, err = jsonschema.UnmarshalJSON(strings.NewReader(body)); err != nil {
			return err
		}
	}
	if err := d.valid(content.pointer+"/schema", value); err != nil {
		return err
	}
	if d.value(content.pointer+"/x-event-data") == nil {
		return nil
	}
	for line := range strings.Lines(body) {
		data, is := strings.CutPrefix(line, "data: ")
		if !is {
			continue
		}
		event, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
		if err != nil {
			return err
		}
		if err := d.valid(content.pointer+"/x-event-data", event); err != nil {
			return err
		}
	}
	return nil
}

// valid holds a value against the schema at a pointer.
func (d *Document) valid(pointer string, value any) error {
	schema, err := d.schemaAt(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
