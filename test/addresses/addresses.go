// Package addresses tells commands where the system is that they are for.
package addresses

import (
	"path/filepath"
	"strconv"
	"strings"

	"orders.internal/test/stack"
)

// Addresses are where to find the system. What is empty was not given.
type Addresses struct {
	Services map[string]*string // base URL by service
	AMQP     string
}

// FromEnvironment reads ORDER_URL, ..., NOTIFICATION_URL and AMQP_URL.
func FromEnvironment(getenv func(string) string) *Addresses {
	a := &Addresses{Services: map[string]*string{}, AMQP: getenv("AMQP_URL")}
	for _, service := range stack.Services {
		url := getenv(strings.ToUpper(service) + "_URL")
		a.Services[service] = &url
	}
	return a
}

// Complete fills in what was not given: from the local stack where one runs,
// and else the ports on this machine that a stack would have. Addresses of
// another system are never mixed with the stack's: its broker must not get what
// another one lost.
func (a *Addresses) Complete(getenv func(string) string) error {
	settings, err := stack.SettingsFrom(getenv)
	if err != nil {
		return err
	}
	root, err := stack.Root()
	if err == nil && !a.given() { // outside of the repository there is no stack
		view, err := stack.Look(filepath.Join(root, ".stack"))
		if err != nil {
			return err
		}
		a.fillFrom(view)
	}
	for service, url := range a.Services {
		if *url == "" {
			*url = "http://localhost:" + strconv.Itoa(settings.Ports[service])
		}
		*url = strings.TrimRight(*url, "/")
	}
	return nil
}

// given tells whether any service's address was.
func (a *Addresses) given() bool {
	for _, url := range a.Services {
		if *url != "" {
			return true
		}
	}
	return false
}

func (a *Addresses) fillFrom(view stack.View) {
	for _, p := range view.Programs {
		url, wanted := a.Services[p.Name]
		if p.Name == "rabbitmq" {
			url, wanted = &a.AMQP, true
		}
		if wanted && p.Running && *url == "" {
			*url = p.URL
		}
	}
}
