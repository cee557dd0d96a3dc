// The inventory service: it sets stock aside for orders, and gives it back or
// sells it when they are decided.
package main

import (
	"orders.internal/inventory/internal/wiring"
	"orders.internal/shared-kernel/fxkit"
)

func main() {
	fxkit.Main(wiring.Load, wiring.Module)
}
