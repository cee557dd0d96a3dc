package fxkit

import (
	"go.uber.org/fx"

	"orders.internal/shared-kernel/docskit"
)

// Docs serves the service's OpenAPI document, and a page made of it.
func Docs(document []byte) fx.Option {
	return fx.Provide(fx.Annotate(
		func() (*docskit.Handlers, error) { return docskit.NewHandlers(document) },
		fx.As(new(Routes)), fx.ResultTags(`group:"routes"`),
	))
}
