package main

import (
	"flag"
	"path/filepath"
	"strconv"
	"strings"

	"orders.internal/test/audit"
	"orders.internal/test/stack"
)

// addresses are where to find the system. What is empty was not given.
type addresses struct {
	audit.Endpoints
	amqp string
}

func addressFlags(flags *flag.FlagSet, getenv func(string) string) *addresses {
	a := &addresses{}
	for name, url := range a.services() {
		flags.StringVar(url, name, getenv(strings.ToUpper(name)+"_URL"), "")
	}
	flags.StringVar(&a.amqp, "amqp", getenv("AMQP_URL"), "")
	return a
}

func (a *addresses) services() map[string]*string {
	return map[string]*string{
		"order": &a.Order, "inventory": &a.Inventory, "payment": &a.Payment, "notification": &a.Notification,
	}
}

// complete fills in what was not given: from the local stack where one runs,
// and else the ports on this machine that a stack would have. Addresses of
// another system are never mixed with the stack's: its broker must not get what
// another one lost.
func (a *addresses) complete(getenv func(string) string) (addresses, error) {
	settings, err := stack.SettingsFrom(getenv)
	if err != nil {
		return addresses{}, err
	}
	complete := *a
	root, err := stack.Root()
	if err == nil && a.Endpoints == (audit.Endpoints{}) { // outside of the repository there is no stack
		view, err := stack.Look(filepath.Join(root, ".stack"))
		if err != nil {
			return addresses{}, err
		}
		complete.fillFrom(view)
	}
	for name, url := range complete.services() {
		if *url == "" {
			*url = "http://localhost:" + strconv.Itoa(settings.Ports[name])
		}
		*url = strings.TrimRight(*url, "/")
	}
	return complete, nil
}

func (a *addresses) fillFrom(view stack.View) {
	urls := a.services()
	urls["rabbitmq"] = &a.amqp
	for _, p := range view.Programs {
		if url, wanted := urls[p.Name]; wanted && p.Running && *url == "" {
			*url = p.URL
		}
	}
}
