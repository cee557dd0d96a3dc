package main

import (
	"flag"

	"orders.internal/test/addresses"
	"orders.internal/test/audit"
)

// addressFlags makes a flag for each address.
func addressFlags(flags *flag.FlagSet, getenv func(string) string) *addresses.Addresses {
	a := addresses.FromEnvironment(getenv)
	for service, url := range a.Services {
		flags.StringVar(url, service, *url, "")
	}
	flags.StringVar(&a.AMQP, "amqp", a.AMQP, "")
	return a
}

func endpoints(a *addresses.Addresses) audit.Endpoints {
	return audit.Endpoints{
		Order: *a.Services["order"], Inventory: *a.Services["inventory"],
		Payment: *a.Services["payment"], Notification: *a.Services["notification"],
	}
}
