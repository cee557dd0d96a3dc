package http

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func (s *store) AddOnce(ctx context.Context, o *domain.Order, key application.IdempotencyKey) (*domain.Order, error) {
	if earlier, err := s.PlacedUnder(ctx, key); !errs.Is(err, errs.NotFound) {
		return earlier, err
	}
	s.keys = map[string]application.IdempotencyKey{string(o.ID()): key}
	return o, s.Add(ctx, o)
}

func (s *store) PlacedUnder(_ context.Context, key application.IdempotencyKey) (*domain.Order, error) {
	for _, earlier := range s.orders {
		switch used := s.keys[string(earlier.ID())]; {
		case used == key:
			return earlier, nil
		case used.Value == key.Value:
			return nil, application.ErrKeyReused
		}
	}
	return nil, errs.New(errs.NotFound, "no order was placed under the key")
}

const (
	good    = `{"customer_id":"c","items":[{"product_id":"p","quantity":2}],"total_amount":150}`
	same    = "{ \"total_amount\": 1.5e2, \"unknown\": [1],\n \"items\": [{\"quantity\": 2, \"product_id\": \"\\u0070\"}], \"payment_method\": null, \"customer_id\": \"c\" }"
	another = `{"customer_id":"c","items":[{"product_id":"p","quantity":2}],"total_amount":150.01}`
)

// placeUnder places an order; each key is one line of the header.
func placeUnder(t *testing.T, app *fiber.App, body string, keys ...string) (answer *http.Response, content string) {
	t.Helper()
	return placeWith(t, app, body, http.Header{"Idempotency-Key": keys})
}

func placeWith(t *testing.T, app *fiber.App, body string, header http.Header) (answer *http.Response, content string) {
	t.Helper()
	request := httptest.NewRequest("POST", "/api/orders", strings.NewReader(body))
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	answer, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func TestRequestSentAgainGetsTheFirstAnswer(t *testing.T) {
	app, s := setup(t)
	first, body := placeUnder(t, app, good, "k-1")
	if first.StatusCode != 201 || first.Header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("%d %s, replayed %q", first.StatusCode, body, first.Header.Get("Idempotent-Replayed"))
	}
	for name, change := range map[string]func(*domain.Order){
		"at once":              func(*domain.Order) {},
		"when it has moved on": func(o *domain.Order) { o.Cancel(domain.TimedOut, "", now.Add(1)); o.RecordRefund(now.Add(2)) },
	} {
		change(s.orders[0])
		for _, text := range []string{good, same} {
			again, got := placeUnder(t, app, text, "k-1")
			if again.StatusCode != 201 || got != body {
				t.Errorf("%s: %d %s, want %s", name, again.StatusCode, got, body)
			}
			if again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Location") != first.Header.Get("Location") {
				t.Errorf("%s: header %v", name, again.Header)
			}
		}
	}
	if len(s.orders) != 1 {
		t.Errorf("%d orders", len(s.orders))
	}
}

// To wait is a wish of each request by itself: the order as it was placed is the
// first answer, and its end is what a request gets that waits.
func TestOnlyARequestThatWaitsIsToldOfTheEnd(t *testing.T) {
	const pending, ended = `"status":"PENDING"`, `"status":"COMPLETED"`
	app, s := setup(t)
	post := func(name, preference string, wantApplied, want string) {
		t.Helper()
		header := http.Header{"Idempotency-Key": {"k-1"}}
		if preference != "" {
			header.Set("Prefer", preference)
		}
		answer, body := placeWith(t, app, good, header)
		if applied := answer.Header.Get("Preference-Applied"); answer.StatusCode != 201 || applied != wantApplied || !strings.Contains(body, want) {
			t.Errorf("%s: %d, applied %q, %s", name, answer.StatusCode, applied, body)
		}
	}
	post("the first", "", "", pending)
	s.orders[0].Confirm(now)
	post("again", "", "", pending)
	post("again, with no sensible wish", "wait=soon", "", pending)
	post("again, and waits", "wait=30", "wait=30", ended)
	s.down = true
	post("again, and can't wait", "wait=30", "", pending)
}

func TestKeyOfAnotherOrderIsRefused(t *testing.T) {
	app, s := setup(t)
	placeUnder(t, app, good, "k-1")
	answer, content := placeUnder(t, app, another, "k-1")
	if answer.StatusCode != 422 || !strings.Contains(content, `"errors":[{"field":"Idempotency-Key","detail":"was used for another order before"}]`) {
		t.Errorf("%d %s", answer.StatusCode, content)
	}
	if len(s.orders) != 1 {
		t.Errorf("%d orders", len(s.orders))
	}
}

func TestRefusedOrderDoesNotUseItsKeyUp(t *testing.T) {
	app, s := setup(t)
	if answer, content := placeUnder(t, app, "{}", "k-1"); answer.StatusCode != 422 {
		t.Errorf("%d %s", answer.StatusCode, content)
	}
	answer, content := placeUnder(t, app, good, "k-1")
	if answer.StatusCode != 201 || answer.Header.Get("Idempotent-Replayed") != "" || len(s.orders) != 1 {
		t.Errorf("%d %s, replayed %q", answer.StatusCode, content, answer.Header.Get("Idempotent-Replayed"))
	}
}

func TestKeyIsVisibleASCII(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []string
		status int
	}{
		"one character":       {[]string{"k"}, 201},
		"longest":             {[]string{strings.Repeat("~", 255)}, 201},
		"quoted":              {[]string{`"8e03978e-40d5-43dd-bc93-6894a57f9324"`}, 201},
		"blanks around":       {[]string{"  k "}, 201},
		"empty":               {[]string{""}, 400},
		"too long":            {[]string{strings.Repeat("~", 256)}, 400},
		"blank within":        {[]string{"a b"}, 400},
		"tab within":          {[]string{"a\tb"}, 400},
		"not ASCII":           {[]string{"ключ"}, 400},
		"no UTF-8":            {[]string{"\xff"}, 400},
		"control character":   {[]string{"a\x7fb"}, 400},
		"two":                 {[]string{"a", "b"}, 400},
		"the same one, twice": {[]string{"a", "a"}, 400},
	} {
		app, s := setup(t)
		answer, content := placeUnder(t, app, good, c.keys...)
		if answer.StatusCode != c.status || c.status == 400 && !strings.Contains(content, "Idempotency-Key must be one value") {
			t.Errorf("%s: %d %s", name, answer.StatusCode, content)
		}
		if (len(s.orders) == 1) != (c.status == 201) {
			t.Errorf("%s: %d orders", name, len(s.orders))
		}
		if s.keys != nil && s.keys[id].Value != strings.TrimSpace(c.keys[0]) {
			t.Errorf("%s: stored as %q", name, s.keys[id].Value)
		}
	}
}
