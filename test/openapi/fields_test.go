package openapi

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestFieldsOfAnswersAreThoseOfTheirExamples(t *testing.T) {
	for _, c := range []struct{ example, answer, want string }{
		{`{"a":1,"b":null}`, `{"b":2,"a":null}`, "[]"},
		{`{"a":1}`, `{"a":1,"b":null}`, "[.b]"},
		{`{"a":1,"b":2}`, `{}`, "[.a .b]"},
		{`{"items":[{"a":1}]}`, `{"items":[{"a":1},{"b":1}]}`, "[.items[].b]"},
		{`{"items":[{"a":1},{"b":1}]}`, `{"items":[{"a":1,"b":1}]}`, "[]"},
		{`{"items":[]}`, `{"items":[{"a":1}]}`, "[]"},
		{`{"items":[{"a":1}]}`, `{"items":null}`, "[]"},
		{`{"o":{"a":1}}`, `{"o":{}}`, "[.o.a]"},
		{`{"o":{"a":{"b":1}}}`, `{"o":{"a":{"c":1}}}`, "[.o.a.b .o.a.c]"},
		{`[1]`, `["x"]`, "[]"},
	} {
		var example, answer any
		if err := json.Unmarshal([]byte(c.example), &example); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.answer), &answer); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(FieldsThatDiffer(example, answer)); got != c.want {
			t.Errorf("%s and %s differ in %s, want %s", c.example, c.answer, got, c.want)
		}
	}
}
