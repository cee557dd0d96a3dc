package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// product is a product's stock, in pieces.
type product struct {
	ProductID string     `json:"product_id"`
	Available int        `json:"available"`
	Reserved  int        `json:"reserved"`
	Sold      int        `json:"sold"`
	UpdatedAt *time.Time `json:"updated_at"`
}

func productPath(id string) string { return "/api/products/" + url.PathEscape(id) }

func (c *ctl) stock() *cobra.Command {
	cmd := &cobra.Command{Use: "stock", Short: "Show and set what is in stock"}
	cmd.AddCommand(c.stockList(), c.stockGet(), c.stockSet())
	return cmd
}

func (c *ctl) stockList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all products",
		Args:  cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			found, err := c.pages(cmd.Context(), "inventory", "/api/products", values(), limit)
			if err != nil {
				return err
			}
			if c.json {
				return c.document(found)
			}
			all, err := decode[product](found.Items)
			if err != nil {
				return err
			}
			return c.showProducts(all)
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "show this many at most; 0 for all")
	return cmd
}

func (c *ctl) stockGet() *cobra.Command {
	return &cobra.Command{
		Use:               "get PRODUCT",
		Short:             "Show one product",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completeProducts(false),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return c.aboutProduct(cmd, request{method: http.MethodGet, service: "inventory", path: productPath(args[0])})
		}),
	}
}

func (c *ctl) stockSet() *cobra.Command {
	return &cobra.Command{
		Use:               "set PRODUCT AVAILABLE",
		Short:             "Set how many pieces are available; adds a product that isn't there",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completeProducts(false),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			available, err := strconv.Atoi(args[1])
			if err != nil {
				return misused("%q: must be a whole number", args[1])
			}
			return c.aboutProduct(cmd, request{
				method: http.MethodPut, service: "inventory", path: productPath(args[0]), body: map[string]int{"available": available},
			})
		}),
	}
}

func (c *ctl) aboutProduct(cmd *cobra.Command, r request) error {
	p, raw, err := read[product](cmd.Context(), c, r)
	if err != nil {
		return err
	}
	return c.showProduct(p, raw)
}

func (c *ctl) showProduct(p product, raw json.RawMessage) error {
	if c.json {
		return c.document(raw)
	}
	return c.showProducts([]product{p})
}

func (c *ctl) showProducts(all []product) error {
	rows := make([][]string, len(all))
	for i, p := range all {
		rows[i] = []string{p.ProductID, strconv.Itoa(p.Available), strconv.Itoa(p.Reserved), strconv.Itoa(p.Sold), moment(p.UpdatedAt)}
	}
	return table(c.out, []string{"PRODUCT", "AVAILABLE", "RESERVED", "SOLD", "UPDATED"}, rows)
}
