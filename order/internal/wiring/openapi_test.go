package wiring

import (
	"testing"

	"go.uber.org/fx"

	"orders.internal/order/internal/adapters/http"
	"orders.internal/shared-kernel/docskit/docstest"
	"orders.internal/shared-kernel/fxkit"
)

func TestDocumentHasEveryRoute(t *testing.T) {
	// Its servers needn't be there: nothing is started.
	c, err := Load([]string{"DATABASE_URL=postgres://localhost:1/orders", "AMQP_URL=amqp://localhost:1", "LOG_LEVEL=ERROR"})
	if err != nil {
		t.Fatal(err)
	}
	app := fx.New(Module(c), fx.Invoke(func(routes fxkit.AllRoutes) { docstest.Routes(t, http.OpenAPI, routes.Register, "/", "/console/") }))
	if err := app.Err(); err != nil {
		t.Fatal(err)
	}
}
