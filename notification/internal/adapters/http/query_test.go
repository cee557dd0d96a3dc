package http

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A parameter that is ignored could be a filter that somebody relies on.
func TestEveryRouteRefusesUnknownQueryParameters(t *testing.T) {
	app := newApp(&shelf{})
	for _, route := range app.GetRoutes(true) {
		if !strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		path := strings.NewReplacer(":id", "product-A", ":order_id", "o-1").Replace(route.Path)
		answer, err := app.Test(httptest.NewRequest(route.Method, path+"?surprise=1", nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != 400 {
			t.Errorf("%s %s: status %d", route.Method, path, answer.StatusCode)
		}
	}
}
