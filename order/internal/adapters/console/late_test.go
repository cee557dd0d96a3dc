package console

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/contracts"
)

// askUntil passes a call on for a request whose time runs out when the service says
// so, and returns the error.
func askUntil(t *testing.T, k call, answer func(w http.ResponseWriter, runOut func())) (failure error) {
	t.Helper()
	ctx, runOut := context.WithCancel(t.Context())
	defer runOut()
	url, asked := neighbour(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, runOut)
		<-r.Context().Done() // whoever asked has gone
	})
	forward := newForwarder(everywhere(url)).handler(k)
	app := fiber.New()
	app.All("/", func(c *fiber.Ctx) error {
		c.SetUserContext(ctx)
		failure = forward(c)
		return nil
	})
	if _, err := app.Test(httptest.NewRequest(k.method, "/", strings.NewReader("{}")), -1); err != nil {
		t.Fatal(err)
	}
	if len(*asked) != 1 {
		t.Errorf("asked %d times", len(*asked))
	}
	return failure
}

// What a service has got it may have done, so it is not said that it couldn't be
// reached.
func TestServiceThatDoesNotAnswerInTimeMayHaveDoneIt(t *testing.T) {
	nothing := func(_ http.ResponseWriter, runOut func()) { runOut() }
	half := func(w http.ResponseWriter, runOut func()) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{`)) // whoever asks would notice
		w.(http.Flusher).Flush()
		runOut()
	}
	read := call{service: contracts.ServicePayment, method: fiber.MethodGet, path: "/api/dead-letters"}
	replay := call{service: contracts.ServicePayment, method: fiber.MethodPost, path: "/api/dead-letters/replay"}
	const late = "the payment service didn't answer in time"
	for what, c := range map[string]struct {
		call
		answer func(http.ResponseWriter, func())
		want   string
	}{
		"a look":                      {read, nothing, late},
		"a replay":                    {replay, nothing, late + "; whether it has done what was asked is not known"},
		"half the answer to a replay": {replay, half, late + "; whether it has done what was asked is not known"},
	} {
		err := askUntil(t, c.call, c.answer)
		var answered *fiber.Error
		if !errors.As(err, &answered) || answered.Code != fiber.StatusGatewayTimeout || answered.Message != c.want || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}
