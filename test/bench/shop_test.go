package bench

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

func TestOrdersHaveKeysOnRequest(t *testing.T) {
	for keys, want := range map[bool][]string{false: {"", ""}, true: {customer("hot", 1), customer("hot", 2)}} {
		var got []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Idempotency-Key"))
			w.WriteHeader(http.StatusCreated)
		}))
		defer server.Close()
		c, err := newClient(server.URL, 1)
		if err != nil {
			t.Fatal(err)
		}
		plan := Quick()
		plan.Keys = keys
		s := newShop(c, 1, plan, "hot", hot)
		s.place(0, 1, time.Now())
		s.place(0, 2, time.Now())
		if !slices.Equal(got, want) || len(s.faults) > 0 {
			t.Errorf("keys are %q, want %q; %v", got, want, s.faults)
		}
	}
}
