package faults

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// showing answers with the orders, as a replica of the order service does.
func showing(t *testing.T, orders ...order) (url string) {
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		matching := slices.DeleteFunc(slices.Clone(orders), func(o order) bool {
			return r.FormValue("status") != "" && o.Status != r.FormValue("status")
		})
		if err := json.NewEncoder(w).Encode(map[string]any{"items": matching, "next_cursor": nil}); err != nil {
			t.Error(err)
		}
	})
}

func answering(t *testing.T, answer http.HandlerFunc) (url string) {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func TestOrdersThatDoNotEndAreNamed(t *testing.T) {
	url := showing(t, bought, changed(func(o *order) { o.ID, o.CustomerID, o.Status = "stuck", "d", pending }))
	b := bookWith(entry{outcome: accepted, id: "o"})
	b.write(entry{intent: buying, placement: placement{CustomerID: "d", Items: bought.Items, TotalAmount: 500}, outcome: accepted, id: "stuck"})
	orders, err := (&system{}).settled(t.Context(), &shop{client: newClient(), urls: []string{url}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"order stuck, to buy, has not ended; it is from 0001-01-01 00:00:00 +0000 UTC"}
	if _, problems := compare(orders, b, nil); !slices.Equal(problems, want) {
		t.Errorf("problems are %q", problems)
	}
}

func TestOrdersAreReadFromWhoeverAnswers(t *testing.T) {
	away := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	s := &shop{client: newClient(), urls: []string{away, showing(t, bought)}}
	if found, err := s.orders(t.Context(), ""); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	s.urls = s.urls[:1]
	if _, err := s.orders(t.Context(), ""); err == nil {
		t.Error("nobody answers, and there is no error")
	}
}
