package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"orders.internal/test/audit"
)

// outcome is what the command tells.
type outcome struct {
	audit.Report
	Repaired []audit.Repaired `json:"repaired,omitempty"`
}

func (o outcome) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(o)
}

func (o outcome) writeTable(w io.Writer) error {
	if o.Clean() {
		_, err := fmt.Fprintf(w, "all agree: %d orders, %d products\n", o.Orders, o.Products)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ORDER\tSINCE\tWHAT IS WRONG, AND WHAT TO DO")
	for _, f := range o.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n\t\t-> %s\n", subject(f), f.Since.UTC().Format(time.RFC3339), f.Problem, o.remedy(f))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d differences in %d orders and %d products; %d events published again\n",
		len(o.Findings), o.Orders, o.Products, len(o.Repaired))
	return err
}

func subject(f audit.Finding) string {
	if f.ProductID != "" {
		return "product " + f.ProductID
	}
	return f.OrderID
}

func (o outcome) remedy(f audit.Finding) string {
	if f.LostEvent == "" {
		return f.Advice
	}
	for _, r := range o.Repaired {
		if r.OrderID == f.OrderID && r.Event == f.LostEvent {
			return "repaired: published " + r.Event + " again as " + r.EventID
		}
	}
	return f.LostEvent + " was lost: --repair publishes it again"
}
