package http

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A parameter that is ignored could be a filter that somebody relies on.
func TestEveryRouteRefusesUnknownQueryParameters(t *testing.T) {
	app, _ := setup(t)
	for _, route := range app.GetRoutes(true) {
		if !strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		path := strings.ReplaceAll(route.Path, ":id", id)
		if status, _, answer := ask(t, app, route.Method, path+"?surprise=1", ""); status != 400 {
			t.Errorf("%s %s: %d %s", route.Method, path, status, answer)
		}
	}
}

func TestOrderIsSentAgainWhenItHasChanged(t *testing.T) {
	app, _ := setup(t)
	ask(t, app, "POST", "/api/orders", good)
	get := func(tag string) (status int, newTag string) {
		request := httptest.NewRequest("GET", "/api/orders/"+id, nil)
		request.Header.Set("If-None-Match", tag)
		response, err := app.Test(request, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode, response.Header.Get("ETag")
	}
	status, tag := get(`"none"`)
	if status != 200 || tag == "" {
		t.Errorf("%d with ETag %s", status, tag)
	}
	if status, same := get(tag); status != 304 || same != tag {
		t.Errorf("again: %d with ETag %s, it was %s", status, same, tag)
	}
	ask(t, app, "POST", "/api/orders/"+id+"/cancel", "")
	if status, other := get(tag); status != 200 || other == tag {
		t.Errorf("cancelled: %d with ETag %s, it was %s", status, other, tag)
	}
}
