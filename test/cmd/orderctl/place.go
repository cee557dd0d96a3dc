package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"orders.internal/shared-kernel/money"
)

// placement is the body of POST /api/orders.
type placement struct {
	CustomerID    string       `json:"customer_id"`
	Items         []line       `json:"items"`
	TotalAmount   money.Amount `json:"total_amount"`
	PaymentMethod *string      `json:"payment_method,omitempty"`
}

func (c *ctl) place() *cobra.Command {
	var customer, total, method, key string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:               "place PRODUCT[=QUANTITY]...",
		Short:             "Place an order",
		Example:           "  orderctl place product-A=2 product-B --customer customer-123 --total 150.00 --wait",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: c.completeProducts(true),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			p := placement{CustomerID: customer}
			var err error
			if p.Items, err = readLines(args); err != nil {
				return err
			}
			if p.TotalAmount, err = money.Parse(total); err != nil {
				return misused("--total %q: %w", total, err)
			}
			if cmd.Flags().Changed("payment-method") {
				p.PaymentMethod = &method
			}
			r := request{method: http.MethodPost, service: "order", path: "/api/orders", body: p, headers: preferring(wait), wait: wait}
			if key != "" {
				r.headers["Idempotency-Key"] = key
			}
			return c.settle(cmd.Context(), r, wait)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&customer, "customer", "", "who orders (required)")
	flags.StringVar(&total, "total", "", "what all of it costs, such as 150.00 (required)")
	flags.StringVar(&method, "payment-method", "", "how it is paid")
	flags.StringVar(&key, "idempotency-key", "", "the order is placed once, however often it is sent under this key")
	waitFlag(cmd, &wait)
	required(cmd, "customer", "total")
	completeWith(cmd, "payment-method", "sim_success", "sim_decline", "sim_unavailable", "sim_timeout")
	return cmd
}

// readLines reads PRODUCT or PRODUCT=QUANTITY.
func readLines(args []string) ([]line, error) {
	lines := make([]line, len(args))
	for i, arg := range args {
		lines[i] = line{ProductID: arg, Quantity: 1}
		at := strings.LastIndexByte(arg, '=')
		if at < 0 {
			continue
		}
		quantity, err := strconv.Atoi(arg[at+1:])
		if err != nil {
			return nil, misused("%q: the quantity must be a whole number", arg)
		}
		lines[i] = line{ProductID: arg[:at], Quantity: quantity}
	}
	return lines, nil
}

func required(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag
		}
	}
}
