package audit

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTokenIsSentWithEveryRequest(t *testing.T) {
	for _, token := range []string{"", "abc"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			want := ""
			if token != "" {
				want = "Bearer " + token
			}
			if got := r.Header.Get("Authorization"); got != want {
				t.Errorf("GET %s: Authorization is %q, want %q", r.URL, got, want)
			}
			_, _ = w.Write([]byte(`{"items":[],"next_cursor":null}`)) // fails only when nobody reads it
		}))
		t.Cleanup(server.Close)
		everywhere := Endpoints{Order: server.URL, Inventory: server.URL, Payment: server.URL, Notification: server.URL}
		if report, err := Run(t.Context(), everywhere, WithToken(token)); err != nil || !report.Clean() {
			t.Errorf("%+v, %v", report, err)
		}
	}
}
