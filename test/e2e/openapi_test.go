package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/openapi"
)

// documentOf asks a service for its OpenAPI document.
func documentOf(t *testing.T, service string) *openapi.Document {
	t.Helper()
	a := call(t, http.MethodGet, service, "/openapi.yaml", "")
	if got := a.Header.Get("Content-Type"); a.Status != http.StatusOK || got != "application/yaml" {
		t.Fatalf("%s: %d, %s", service, a.Status, got)
	}
	d, err := openapi.Parse([]byte(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What the examples of the documents speak of.
const (
	printedCompleted = "0198f3c2-7a10-7c3e-9d52-6f1e2b8a4c01" // an order
	printedCancelled = "0198f3c2-7a10-7c3e-9d52-6f1e2b8a4c02" // another one
	printedLetter    = "6f1d2f0a9c7b4e5d8a3b2c1d0e9f8a7b"
	printedKey       = "5f0c7e0e-3c1d-4c36-9a35-3a7b7d4f9b10"
	printedCustomer  = "customer-123"
)

// world is what there is in place of it.
type world struct {
	customer string
	replace  []string // pairs: as printed, as it is
}

func newWorld(t *testing.T) world {
	t.Helper()
	inStock, soldOut := newProduct(t, 100), newProduct(t, 0)
	ask := of(line{inStock, 1})
	completed := place(t, ask.paying("sim_success"))
	ask.Items = append(ask.Items, line{soldOut, 1})
	cancelled := place(t, ask)
	waitFor(t, completed.ID, sold)
	waitFor(t, cancelled.ID, short)
	return world{ask.CustomerID, []string{
		printedCompleted, completed.ID, printedCancelled, cancelled.ID, printedCustomer, ask.CustomerID, printedKey, newID(),
		"product-A", inStock, "product-C", soldOut, "product-D", newProduct(t, 100),
	}}
}

// exchange returns the exchange as it can be had in this world. What it needs
// beyond that is made for it.
func (w world) exchange(t *testing.T, service string, e openapi.Exchange) openapi.Exchange {
	t.Helper()
	replace := w.replace
	if strings.Contains(e.Path, printedLetter) || e.Path == "/api/dead-letters?reason=malformed" || e.Path == "/api/dead-letters/summary" {
		letter := bury(t, service)
		replace = append(replace[:len(replace):len(replace)], printedLetter, letter)
		if !strings.HasSuffix(e.Path, "/discard") {
			t.Cleanup(func() { discard(t, service, letter) })
		}
	}
	return e.With(strings.NewReplacer(replace...))
}

// bury puts a message into a service's dead queue, and returns the id under which
// the service shows it.
func bury(t *testing.T, service string) (id string) {
	t.Helper()
	b, messageID := dialBroker(t), newID()
	b.publish("", service+".events", amqp.Publishing{MessageId: messageID, Body: []byte(`{"specversion":`)})
	eventually(t, func() error {
		letters, err := list[deadLetter](service, "/api/dead-letters", "")
		for _, l := range letters {
			if l.MessageID == messageID {
				id = l.ID
				return nil
			}
		}
		if err == nil {
			err = errNotFound
		}
		return err
	})
	return id
}

// discard ends a message that waits, or that will when its replay has failed.
func discard(t *testing.T, service, letter string) {
	t.Helper()
	eventually(t, func() error {
		a, err := request(http.MethodPost, service, "/api/dead-letters/"+letter+"/discard", "")
		if err == nil && a.Status != http.StatusOK {
			err = fmt.Errorf("discard %s of %s: %d %s", letter, service, a.Status, a.Body)
		}
		return err
	})
}

// Whoever does what the documents say gets what they say.
func TestExamplesOfTheDocumentsAreAnsweredAsPromised(t *testing.T) {
	w := newWorld(t)
	for _, service := range contracts.Services {
		d := documentOf(t, service)
		for _, o := range d.Operations() {
			exchanges, err := d.Exchanges(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range exchanges {
				t.Run(service+" "+o.ID+" "+e.Name, func(t *testing.T) { tryExchange(t, service, d, o, w.exchange(t, service, e)) })
			}
		}
	}
}

func tryExchange(t *testing.T, service string, d *openapi.Document, o openapi.Operation, e openapi.Exchange) {
	a := ask(t, service, o, e)
	if strconv.Itoa(a.Status) != e.Status {
		t.Errorf("%s %s: %d %s, want %s", o.Method, e.Path, a.Status, a.Body, e.Status)
	}
	if err := d.Check(o, a.Status, a.Header, a.Body); err != nil {
		t.Error(err)
	}
	switch {
	case e.Answer == nil:
	case a.Header.Get("Content-Type") == "application/problem+json": // is the one that is printed, word for word
		if got := parsed(t, a.Body); !reflect.DeepEqual(got, e.Answer) {
			t.Errorf("%s %s: %s, want %v", o.Method, e.Path, a.Body, e.Answer)
		}
	case a.Header.Get("Content-Type") == "text/event-stream":
		hasItsFields(t, e, parsed(t, firstData(t, e.Answer.(string))), firstData(t, a.Body))
	default:
		hasItsFields(t, e, e.Answer, a.Body)
	}
}

// hasItsFields: whoever reads the example knows all that comes, and nothing else.
func hasItsFields(t *testing.T, e openapi.Exchange, example any, answer string) {
	t.Helper()
	if differ := openapi.FieldsThatDiffer(example, parsed(t, answer)); len(differ) > 0 {
		t.Errorf("%s: %s and its example differ in %v", e.Path, answer, differ)
	}
}

// parsed reads JSON as the documents are read.
func parsed(t *testing.T, text string) (value any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// firstData returns what the first event of a stream carries.
func firstData(t *testing.T, stream string) string {
	t.Helper()
	for line := range strings.Lines(stream) {
		if data, is := strings.CutPrefix(line, "data: "); is {
			return data
		}
	}
	t.Fatalf("no event in %s", stream)
	return ""
}

// ask sends the exchange's request. Of a stream it reads up to its first event.
func ask(t *testing.T, service string, o openapi.Operation, e openapi.Exchange, headers ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, o.Method, system.URL(service)+e.Path, strings.NewReader(e.Body))
	if err != nil {
		t.Fatal(err)
	}
	headers = append(e.Headers[:len(e.Headers):len(e.Headers)], headers...)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := streaming.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := readAnswer(response)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}
