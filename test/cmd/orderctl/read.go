package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (c *ctl) get() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:               "get ORDER",
		Short:             "Show an order",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completeOrders(""),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			r := request{method: http.MethodGet, service: "order", path: orderPath(args[0]), headers: preferring(wait), wait: wait}
			return c.settle(cmd.Context(), r, wait)
		}),
	}
	waitFlag(cmd, &wait)
	return cmd
}

func (c *ctl) list() *cobra.Command {
	var status, customer, reason, from, before, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show orders, newest first",
		Args:  cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			query := values("status", strings.ToUpper(status), "customer_id", customer, "cancellation_reason", strings.ToUpper(reason),
				"created_from", from, "created_before", before, "cursor", cursor)
			found, err := c.pages(cmd.Context(), "order", "/api/orders", query, limit)
			if err != nil {
				return err
			}
			if c.json {
				return c.document(found)
			}
			all, err := decode[order](found.Items)
			if err != nil {
				return err
			}
			return c.showOrders(all)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&status, "status", "", "only orders with this status")
	flags.StringVar(&customer, "customer", "", "only orders of this customer")
	flags.StringVar(&reason, "reason", "", "only orders that were cancelled for this reason")
	flags.StringVar(&from, "from", "", "only orders placed at this time or later, such as 2026-01-02T03:04:05Z")
	flags.StringVar(&before, "before", "", "only orders placed before this time")
	flags.StringVar(&cursor, "cursor", "", "go on behind an earlier answer: its next_cursor")
	flags.IntVar(&limit, "limit", 50, "show this many at most; 0 for all")
	completeWith(cmd, "status", pending, completed, cancelled)
	completeWith(cmd, "reason", "INVENTORY_UNAVAILABLE", "PAYMENT_FAILED", "TIMEOUT", "CUSTOMER_REQUEST")
	return cmd
}

func (c *ctl) cancel() *cobra.Command {
	return &cobra.Command{
		Use:               "cancel ORDER",
		Short:             "Cancel an order",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completeOrders(pending),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			o, raw, err := read[order](cmd.Context(), c, request{method: http.MethodPost, service: "order", path: orderPath(args[0]) + "/cancel"})
			if err != nil {
				return err
			}
			return c.showOrder(o, raw)
		}),
	}
}
