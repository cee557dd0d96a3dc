package domain

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/money"
)

// The limits of an order.
const (
	MaxIDLength            = 128 // characters
	MaxLines               = 100
	MaxQuantity            = 10_000 // units of one line
	MaxPaymentMethodLength = 64     // characters
)

// Placement is what a customer asks for.
type Placement struct {
	CustomerID    string
	Items         []Item
	Total         money.Amount
	PaymentMethod *string // nil: the provider's default
}

// simulated are the payment methods that force an outcome at the simulated
// gateway, as test cards do elsewhere.
var simulated = []string{"sim_success", "sim_decline", "sim_unavailable", "sim_timeout"}

const simulatedPrefix = "sim_"

// Check returns every field that breaks a rule, in the order of the fields.
func (p Placement) Check() []errs.Field {
	var faults faults
	faults.text("customer_id", p.CustomerID, MaxIDLength)
	if len(p.Items) < 1 || len(p.Items) > MaxLines {
		faults.add("items", "must have 1 to %d lines", MaxLines)
	} else {
		for i, item := range p.Items {
			faults.item(fmt.Sprintf("items[%d]", i), item)
		}
	}
	if p.Total <= 0 {
		faults.add("total_amount", "must be greater than 0")
	}
	if p.PaymentMethod != nil {
		faults.paymentMethod(*p.PaymentMethod)
	}
	return faults
}

// paymentMethod returns the method the saga carries. Methods that aren't
// simulated ones mean nothing to the gateway and are kept all the same.
func (p Placement) paymentMethod() string {
	if p.PaymentMethod == nil {
		return ""
	}
	return *p.PaymentMethod
}

type faults []errs.Field

func (f *faults) add(name, format string, args ...any) {
	*f = append(*f, errs.Field{Name: name, Detail: fmt.Sprintf(format, args...)})
}

func (f *faults) item(path string, item Item) {
	f.text(path+".product_id", item.ProductID, MaxIDLength)
	if item.Quantity < 1 || item.Quantity > MaxQuantity {
		f.add(path+".quantity", "must be 1 to %d", MaxQuantity)
	}
}

func (f *faults) paymentMethod(method string) {
	before := len(*f)
	f.text("payment_method", method, MaxPaymentMethodLength)
	if len(*f) == before && strings.HasPrefix(method, simulatedPrefix) && !slices.Contains(simulated, method) {
		f.add("payment_method", "is no simulated method; there are %s", strings.Join(simulated, ", "))
	}
}

func (f *faults) text(name, value string, most int) {
	switch {
	case value == "":
		f.add(name, "must not be empty")
	case !utf8.ValidString(value):
		f.add(name, "must be valid UTF-8")
	case utf8.RuneCountInString(value) > most:
		f.add(name, "must have at most %d characters", most)
	case strings.ContainsFunc(value, unicode.IsControl):
		f.add(name, "must not contain control characters")
	}
}
