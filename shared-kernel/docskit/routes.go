package docskit

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

const (
	// yamlType is of RFC 9512.
	yamlType = "application/yaml"
	// policy lets the page load nothing: all of it is in the page.
	policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// Handlers serve a document and its page. Both are open to all: they say nothing
// that isn't in the repository.
type Handlers struct {
	text, page []byte
}

// NewHandlers returns the handlers of an OpenAPI document. Its error says what is
// wrong with the document.
func NewHandlers(text []byte) (*Handlers, error) {
	document, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	page, err := render(document)
	if err != nil {
		return nil, fmt.Errorf("page of the OpenAPI document: %w", err)
	}
	return &Handlers{text: text, page: page}, nil
}

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	app.Get("/openapi.yaml", authkit.Open, httpkit.AllowQuery(), func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, yamlType)
		return c.Send(h.text)
	})
	app.Get("/docs", authkit.Open, httpkit.AllowQuery(), func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		c.Set(fiber.HeaderContentSecurityPolicy, policy)
		return c.Send(h.page)
	})
}
