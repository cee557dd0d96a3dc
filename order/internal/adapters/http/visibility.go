package http

import (
	"slices"

	"orders.internal/shared-kernel/httpkit"
)

// scopeOps is the scope of those who run the shop: they see every order.
const scopeOps = "ops"

// visibleTo returns the one customer whose orders the caller sees, or all: while
// authentication is off, and for those who run the shop.
func visibleTo(caller httpkit.Caller) (customerID string, all bool) {
	if caller.Subject == "" || slices.Contains(caller.Scopes, scopeOps) {
		return "", true
	}
	return caller.Subject, false
}

// sees reports whether the caller may know of that customer's orders.
func sees(caller httpkit.Caller, customerID string) bool {
	own, all := visibleTo(caller)
	return all || own == customerID
}
