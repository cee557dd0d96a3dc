package docskit_test

import (
	"strings"
	"testing"

	"orders.internal/shared-kernel/authkit/authtest"
	"orders.internal/shared-kernel/docskit"
)

// example has one of everything.
const example = `
openapi: 3.1.1
info: {title: Shop, version: '1', description: "Sells <things>.\n\nAsk for ` + "`price`" + `."}
tags: [{name: things, description: What there is.}]
paths:
  /things/{id}:
    parameters:
      - {$ref: '#/components/parameters/ID'}
    get:
      operationId: getThing
      tags: [things]
      summary: Shows a thing
      security: [bearer: ['things:read'], bearer: [ops]]
      responses:
        '200':
          description: The thing.
          headers: {X-Age: {$ref: '#/components/headers/Age'}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
              examples: {chair: {value: {name: chair, price: 150.00, made_of: [wood, nails, a great deal of patience and some glue]}}}
        '404': {$ref: '#/components/responses/Nothing'}
    put:
      operationId: putThing
      tags: [things]
      summary: Sets a thing
      security: []
      requestBody: {$ref: '#/components/requestBodies/Thing'}
      responses:
        '204': {description: Done.}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  parameters:
    ID: {name: id, in: path, required: true, description: Of the thing., schema: {type: string, minLength: 1, maxLength: 9}, examples: {chair: {value: c-1}}}
  requestBodies:
    Thing: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  headers:
    Age: {description: In days., schema: {type: integer, minimum: 0}}
  responses:
    Nothing: {description: There is none., headers: {X-Age: {$ref: '#/components/headers/Age'}}}
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        name: {enum: [chair, table]}
        price: {type: [number, 'null'], exclusiveMinimum: 0}
        made_of: {type: array, items: {type: string}}
`

func setup(t *testing.T, text string) *docskit.Handlers {
	t.Helper()
	handlers, err := docskit.NewHandlers([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return handlers
}

func TestWhoMayCallWhat(t *testing.T) {
	authtest.Run(t, setup(t, example).Register, []authtest.Route{
		{Method: "GET", Path: "/openapi.yaml", Status: 200},
		{Method: "GET", Path: "/docs", Status: 200},
	})
}

func TestDocumentIsServedAsItWasWritten(t *testing.T) {
	app := authtest.NewApp(t, setup(t, example).Register)
	a := authtest.Ask(t, app, "GET", "/openapi.yaml", "", "")
	if got := a.Header.Get("Content-Type"); got != "application/yaml" || a.Body != example {
		t.Errorf("%s: %s", got, a.Body)
	}
	if a := authtest.Ask(t, app, "GET", "/docs?theme=dark", "", ""); a.Status != 400 {
		t.Errorf("an unknown parameter: %d", a.Status)
	}
}

func TestPageShowsTheDocument(t *testing.T) {
	app := authtest.NewApp(t, setup(t, example).Register)
	page := authtest.Ask(t, app, "GET", "/docs", "", "")
	if got := page.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type is %s", got)
	}
	for what, want := range map[string]string{
		"the title":                "<h1>Shop</h1>",
		"a description's text":     "<p>Sells &lt;things&gt;.</p><p>Ask for <code>price</code>.</p>",
		"a link to a call":         `<a href="#getThing"><span class="method GET">GET</span> /things/{id}</a>`,
		"the scopes":               "<code>things:read</code> or <code>ops</code>",
		"a call for everybody":     "Open to all.",
		"a parameter's limits":     "1 to 9 characters",
		"a parameter's example":    "chair: <code>c-1</code>",
		"a header":                 "<code>X-Age</code>",
		"a referenced answer":      "<code>404</code> There is none.",
		"the type of a body":       `<a href="#schema-Thing">Thing</a>`,
		"a number as written":      "&#34;price&#34;: 150.00",
		"the values of a field":    "<code>chair</code>, <code>table</code>",
		"a field that is needed":   `<code>name</code> <span class="dim">required</span>`,
		"a field that may be null": "number or null",
		"an array":                 "array of string",
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing: %s", what, want)
		}
	}
	for _, loads := range []string{"<script", "src=", "<link", "url(", "@import"} {
		if strings.Contains(page.Body, loads) {
			t.Errorf("the page loads something: %s", loads)
		}
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy is %q", policy)
	}
	for part := range strings.SplitSeq(page.Body, `href="#`) {
		if anchor, _, _ := strings.Cut(part, `"`); !strings.HasPrefix(part, "<!doctype") && !strings.Contains(page.Body, `id="`+anchor+`"`) {
			t.Errorf("a link leads nowhere: #%s", anchor)
		}
	}
}

func TestFaultsOfDocumentsAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no YAML":                    {example, ": :\n-", "yaml"},
		"empty":                      {example, "", "empty"},
		"another version":            {"3.1.1", "3.0.3", "3.1"},
		"a mistyped key":             {"operationId: getThing", "operationID: getThing", "Operation has no operationID"},
		"a mistyped key, deep":       {"minLength", "minimumLength", "Schema has no minimumLength"},
		"a key that is there twice":  {"operationId: putThing", "operationId: putThing\n      summary: Again", "already defined"},
		"a path that is there twice": {"  /things/{id}:", "  /things/{id}: {}\n  /things/{id}:", "/things/{id}"},
		"the same id twice":          {"putThing", "getThing", "the operationId is there twice"},
		"no scheme of that name":     {"[bearer: ['things:read']", "[basic: ['things:read']", "no security scheme basic"},
		"nobody said who may call":   {"      security: []\n", "", "who may call"},
		"no tag of that name":        {"tags: [things]", "tags: [stuff]", "no tag stuff"},
		"a parameter too many":       {"/things/{id}:", "/things/{id}/{part}:", "what part is"},
		"an optional path":           {"required: true, description: Of", "required: false, description: Of", "id is in the path"},
		"an empty reference":         {"parameters/ID", "parameters/Id", "nothing is at #/components/parameters/Id"},
		"an empty reference, again":  {"headers/Age", "headers/age", "nothing is at #/components/headers/age"},
		"an undescribed answer":      {"{description: Done.}", "{}", "204 has no description"},
	} {
		_, err := docskit.NewHandlers([]byte(strings.Replace(example, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
