package http

import _ "embed" // for OpenAPI

// OpenAPI describes the interface.
//
//go:embed openapi.yaml
var OpenAPI []byte
