package addresses

import (
	"maps"
	"testing"

	"orders.internal/test/stack"
)

func (a *Addresses) urls() map[string]string {
	urls := map[string]string{"rabbitmq": a.AMQP}
	for service, url := range a.Services {
		urls[service] = *url
	}
	return urls
}

func TestAddressesOfAnotherSystemAreNotMixedWithTheStacks(t *testing.T) {
	t.Parallel()
	view := stack.View{Programs: []stack.ProgramView{
		{Name: "postgres", Running: true, URL: "postgres://stack"},
		{Name: "rabbitmq", Running: true, URL: "amqp://stack"},
		{Name: "order", Running: true, URL: "http://stack:1"},
		{Name: "inventory", Running: false, URL: "http://stack:2"},
	}}
	none := FromEnvironment(func(string) string { return "" })
	none.fillFrom(view)
	want := map[string]string{"order": "http://stack:1", "inventory": "", "payment": "", "notification": "", "rabbitmq": "amqp://stack"}
	if got := none.urls(); !maps.Equal(got, want) {
		t.Errorf("from the stack: %v", got)
	}

	environment := map[string]string{"PAYMENT_PORT": "9002", "ORDER_URL": "http://far-away/"}
	getenv := func(name string) string { return environment[name] }
	given := FromEnvironment(getenv)
	err := given.Complete(getenv)
	want = map[string]string{
		"order": "http://far-away", "inventory": "http://localhost:8001", "payment": "http://localhost:9002",
		"notification": "http://localhost:8003", "rabbitmq": "",
	}
	if got := given.urls(); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	environment["PAYMENT_PORT"] = "many"
	if err := FromEnvironment(getenv).Complete(getenv); err == nil {
		t.Error("a port that is none was taken")
	}
}
