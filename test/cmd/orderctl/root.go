package main

import (
	"github.com/spf13/cobra"

	"orders.internal/test/stack"
)

const long = `orderctl talks to the services: it places orders, follows and cancels them, sets
stock, and takes care of dead letters.

The addresses are those of the stack that runs here. Others are given by flags,
or by ORDER_URL, INVENTORY_URL, PAYMENT_URL and NOTIFICATION_URL; a stack's ports
on this machine by ORDER_PORT and so on.

Exit codes:
  0  done
  1  refused; or, with --wait, the order did not end as COMPLETED
  2  wrong usage
  3  a service can't be reached, or can't do it at the moment`

func (c *ctl) root() *cobra.Command {
	root := &cobra.Command{
		Use: "orderctl", Short: "Talk to the services", Long: long,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return c.where.Complete(c.getenv) },
	}
	flags := root.PersistentFlags()
	for _, service := range stack.Services {
		url := c.where.Services[service]
		flags.StringVar(url, service+"-url", *url, "base URL of the "+service+" service")
	}
	flags.StringVar(&c.token, "token", c.getenv("ORDERCTL_TOKEN"), "bearer token, where the services ask for one (or ORDERCTL_TOKEN)")
	flags.Lookup("token").DefValue = "" // a secret has no place in the help
	flags.BoolVar(&c.json, "json", false, "print JSON: one document, or one line for each event")
	root.AddCommand(c.place(), c.get(), c.list(), c.watch(), c.cancel(), c.stock(), c.dead())
	return root
}
