package http

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
)

func TestWhoMayCallWhat(t *testing.T) {
	products := shelf{"product-A": domain.RestoreProduct(domain.ProductSnapshot{ID: "product-A", Available: 10})}
	clock := func() time.Time { return noon }
	register := func(app *fiber.App) {
		NewHandlers(application.NewReadProducts(products), application.NewSetStock(products, clock),
			application.NewListReservations(&ledger{}), slog.New(slog.DiscardHandler)).Register(app)
	}
	read := []string{authkit.OrdersRead, authkit.InventoryWrite, authkit.Ops}
	authtest.Run(t, register, []authtest.Route{
		{Method: "GET", Path: "/api/products", Status: 200, Scopes: read},
		{Method: "GET", Path: "/api/products/:id", Example: "/api/products/product-A", Status: 200, Scopes: read},
		{Method: "PUT", Path: "/api/products/:id", Example: "/api/products/product-A", Body: `{"available":7}`, Status: 200,
			Scopes: []string{authkit.InventoryWrite}},
		{Method: "GET", Path: "/api/reservations", Status: 200, Scopes: []string{authkit.Ops}},
	})
}
