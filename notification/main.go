// The notification service: it tells customers how their orders and payments
// fare.
package main

import (
	"orders.internal/notification/internal/wiring"
	"orders.internal/shared-kernel/fxkit"
)

func main() {
	fxkit.Main(wiring.Load, wiring.Module)
}
