// The payment service: it charges for orders whose stock is reserved, and gives
// back what was charged for orders that are cancelled.
package main

import (
	"orders.internal/payment/internal/wiring"
	"orders.internal/shared-kernel/fxkit"
)

func main() {
	fxkit.Main(wiring.Load, wiring.Module)
}
