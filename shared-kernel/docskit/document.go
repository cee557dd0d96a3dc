// Package docskit serves a service's description of its HTTP interface: the
// OpenAPI document as it was written, and a page for people that is made of it.
package docskit

import "go.yaml.in/yaml/v3"

// Document is an OpenAPI 3.1 document, as far as the services' documents use
// what there is (https://spec.openapis.org/oas/v3.1.1.html). In what Parse
// returns, references are resolved, but for those to schemas.
type Document struct {
	OpenAPI    string        `yaml:"openapi"`
	Info       Info          `yaml:"info"`
	Servers    []Server      `yaml:"servers"`
	Tags       []Tag         `yaml:"tags"`
	Paths      Map[PathItem] `yaml:"paths"`
	Components Components    `yaml:"components"`
}

// Info is about the document as a whole.
type Info struct {
	Title       string `yaml:"title"`
	Version     string `yaml:"version"`
	Summary     string `yaml:"summary"`
	Description string `yaml:"description"`
}

// Server is where the service can be reached.
type Server struct {
	URL         string `yaml:"url"`
	Description string `yaml:"description"`
}

// Tag names a group of operations.
type Tag struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

// PathItem has a path's operations, by method, and what all of them take.
type PathItem struct {
	Parameters []Parameter `yaml:"parameters"`
	Get        *Operation  `yaml:"get"`
	Put        *Operation  `yaml:"put"`
	Post       *Operation  `yaml:"post"`
	Delete     *Operation  `yaml:"delete"`
}

// Operation is one call.
type Operation struct {
	ID          string                `yaml:"operationId"`
	Tags        []string              `yaml:"tags"`
	Summary     string                `yaml:"summary"`
	Description string                `yaml:"description"`
	Security    []map[string][]string `yaml:"security"` // each is enough; an empty list: open to all
	Parameters  []Parameter           `yaml:"parameters"`
	RequestBody *RequestBody          `yaml:"requestBody"`
	Responses   Map[Response]         `yaml:"responses"` // by status
}

// Parameter is part of a path, a query parameter or a header.
type Parameter struct {
	Ref         string       `yaml:"$ref"`
	Name        string       `yaml:"name"`
	In          string       `yaml:"in"`
	Description string       `yaml:"description"`
	Required    bool         `yaml:"required"`
	Schema      *Schema      `yaml:"schema"`
	Examples    Map[Example] `yaml:"examples"`
}

// RequestBody is what is sent.
type RequestBody struct {
	Ref         string         `yaml:"$ref"`
	Description string         `yaml:"description"`
	Required    bool           `yaml:"required"`
	Content     Map[MediaType] `yaml:"content"`
}

// Response is what is answered.
type Response struct {
	Ref         string         `yaml:"$ref"`
	Description string         `yaml:"description"`
	Headers     Map[Header]    `yaml:"headers"`
	Content     Map[MediaType] `yaml:"content"`
}

// Header is a header of an answer.
type Header struct {
	Ref         string       `yaml:"$ref"`
	Description string       `yaml:"description"`
	Required    bool         `yaml:"required"`
	Schema      *Schema      `yaml:"schema"`
	Examples    Map[Example] `yaml:"examples"`
}

// MediaType is a body in one of its forms.
type MediaType struct {
	Schema    *Schema      `yaml:"schema"`
	EventData *Schema      `yaml:"x-event-data"` // of a stream's events
	Examples  Map[Example] `yaml:"examples"`
}

// Example is a value; those of a request and of its answer have the same name.
type Example struct {
	Summary string    `yaml:"summary"`
	Value   yaml.Node `yaml:"value"`
}

// Components are what references lead to.
type Components struct {
	SecuritySchemes Map[SecurityScheme] `yaml:"securitySchemes"`
	Parameters      Map[Parameter]      `yaml:"parameters"`
	RequestBodies   Map[RequestBody]    `yaml:"requestBodies"`
	Headers         Map[Header]         `yaml:"headers"`
	Responses       Map[Response]       `yaml:"responses"`
	Schemas         Map[Schema]         `yaml:"schemas"`
}

// SecurityScheme is a way to prove who one is.
type SecurityScheme struct {
	Type         string `yaml:"type"`
	Scheme       string `yaml:"scheme"`
	BearerFormat string `yaml:"bearerFormat"`
	Description  string `yaml:"description"`
}

// Schema is the part of JSON Schema (2020-12) that the documents use.
type Schema struct {
	Ref                  string      `yaml:"$ref"`
	Type                 Types       `yaml:"type"`
	Format               string      `yaml:"format"`
	Description          string      `yaml:"description"`
	Enum                 []yaml.Node `yaml:"enum"`
	Const                yaml.Node   `yaml:"const"`
	Default              yaml.Node   `yaml:"default"`
	Pattern              string      `yaml:"pattern"`
	MinLength            *int        `yaml:"minLength"`
	MaxLength            *int        `yaml:"maxLength"`
	Minimum              yaml.Node   `yaml:"minimum"`
	Maximum              yaml.Node   `yaml:"maximum"`
	ExclusiveMinimum     yaml.Node   `yaml:"exclusiveMinimum"`
	MinItems             *int        `yaml:"minItems"`
	MaxItems             *int        `yaml:"maxItems"`
	Items                *Schema     `yaml:"items"`
	Properties           Map[Schema] `yaml:"properties"`
	Required             []string    `yaml:"required"`
	AdditionalProperties yaml.Node   `yaml:"additionalProperties"`
	AllOf                []Schema    `yaml:"allOf"`
	AnyOf                []Schema    `yaml:"anyOf"`
}
