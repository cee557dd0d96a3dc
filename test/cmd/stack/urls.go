package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"orders.internal/test/stack"
)

// printURLs prints where to reach each program, and the call to try.
func printURLs(urls map[string]string) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, name := range append(append([]string{}, stack.Services...), "rabbitmq", "postgres") {
		if url := urls[name]; url != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, url)
		}
	}
	table.Flush() // to standard output: nobody is left to tell
	fmt.Printf(`
Try it:
curl -X POST %s/api/orders -H "Content-Type: application/json" \
  -d '{"customer_id":"customer-123","items":[{"product_id":"product-A","quantity":2},{"product_id":"product-B","quantity":1}],"total_amount":150.00}'
`, urls["order"])
}
