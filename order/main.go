// The order service: it takes orders and decides, from what the other services
// report, how each of them ends.
package main

import (
	"orders.internal/order/internal/wiring"
	"orders.internal/shared-kernel/fxkit"
)

func main() {
	fxkit.Main(wiring.Load, wiring.Module)
}
