package asyncapi

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

func read(t *testing.T) *Document {
	t.Helper()
	d, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// golden returns the message that the contracts' own tests hold the code against.
func golden(t *testing.T, eventType string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../shared-kernel/contracts/testdata/" + eventType + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDocumentTellsWhoSendsAndReceivesWhat(t *testing.T) {
	d := read(t)
	if d.AsyncAPI != "3.0.0" {
		t.Errorf("the version is %s", d.AsyncAPI)
	}
	want := map[string]string{} // operations, by service, action and event: the channel's address
	for _, route := range contracts.Routes {
		want[route.Publisher+" send "+route.Type] = route.Key
		for _, service := range route.Consumers {
			want[service+" receive "+route.Type] = service + ".events"
		}
	}
	got := map[string]string{}
	for name, o := range d.Operations {
		channel, there := d.Channels[o.Channel.name()]
		if len(o.Messages) != 1 || !there {
			t.Fatalf("%s has %d messages, and the channel %s", name, len(o.Messages), o.Channel.Target)
		}
		message := o.Messages[0]
		if message.Target != o.Channel.Target+"/messages/"+message.name() || channel.Messages[message.name()].Target != "#/components/messages/"+message.name() {
			t.Errorf("%s: %s is no message of its channel", name, message.Target)
		}
		got[o.Service+" "+o.Action+" "+message.name()] = channel.Address
	}
	if !maps.Equal(got, want) {
		t.Errorf("the document has %v, want %v", got, want)
	}
}

func TestEveryQueueIsDescribed(t *testing.T) {
	want := []string{"events.unroutable"}
	for _, service := range contracts.Services {
		want = append(want, service+".dead", service+".events")
	}
	var got []string
	for name, c := range read(t).Channels {
		if c.Bindings.AMQP.Is != "queue" {
			continue
		}
		got = append(got, c.Address)
		if q := c.Bindings.AMQP.Queue; q.Name != c.Address || !q.Durable {
			t.Errorf("%s: the queue is %+v", name, q)
		}
	}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the queues are %v, want %v", got, want)
	}
}

func TestReferencesLeadSomewhere(t *testing.T) {
	d := read(t)
	var follow func(at any)
	follow = func(at any) {
		switch at := at.(type) {
		case []any:
			for _, element := range at {
				follow(element)
			}
		case map[string]any:
			if ref, is := at["$ref"].(string); is && !d.has(strings.TrimPrefix(ref, "#/")) {
				t.Errorf("nothing is at %s", ref)
			}
			for _, value := range at {
				follow(value)
			}
		}
	}
	follow(d.root)
}

func (d *Document) has(pointer string) bool {
	at := d.root
	for part := range strings.SplitSeq(pointer, "/") {
		parent, _ := at.(map[string]any)
		if at = parent[part]; at == nil {
			return false
		}
	}
	return true
}
