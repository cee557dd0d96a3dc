package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completeTimeout bounds what a person waits for after pressing Tab.
const completeTimeout = 2 * time.Second

// completion completes arguments.
type completion = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// completeWith completes a flag with fixed words.
func completeWith(cmd *cobra.Command, flag string, words ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}

// completeProducts completes ids of products, the first argument alone or each.
func (c *ctl) completeProducts(each bool) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if !each && len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found := suggestions(cmd, c, begun, "inventory", "/api/products", "", func(p product) string { return p.ProductID })
		if each { // a quantity may follow
			return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeOrders completes an id of the newest orders with a status, "" for any.
func (c *ctl) completeOrders(status string) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found := suggestions(cmd, c, begun, "order", "/api/orders", status, func(o order) string {
			return o.ID + "\t" + o.outcome() + ", " + o.lines() // the shell shows what is behind the tab
		})
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// suggestions reads the first page of a list. Without an answer there are none.
func suggestions[T any](cmd *cobra.Command, c *ctl, begun, service, path, status string, word func(T) string) []string {
	if c.where.Complete(c.getenv) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	found, err := c.pages(ctx, service, path, values("status", status), pageSize)
	if err != nil {
		return nil
	}
	all, err := decode[T](found.Items)
	if err != nil {
		return nil
	}
	words := make([]string, len(all))
	for i, item := range all {
		words[i] = word(item)
	}
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, begun) })
}
