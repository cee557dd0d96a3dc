package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
)

const (
	orders        = contracts.ServiceOrder
	inventory     = contracts.ServiceInventory
	payments      = contracts.ServicePayment
	notifications = contracts.ServiceNotification
)

var client = &http.Client{Timeout: 30 * time.Second}

// answer is one HTTP answer, read whole.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// request sends one request. headers are pairs of name and value.
func request(method, service, path, body string, headers ...string) (answer, error) {
	return requestWith(client, method, service, path, body, headers...)
}

// requestWith is request with a client of its own patience.
func requestWith(client *http.Client, method, service, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, system.URL(service)+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content)}, err
}

// call is request for a service that must answer.
func call(t *testing.T, method, service, path, body string, headers ...string) answer {
	t.Helper()
	a, err := request(method, service, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// errNotFound is get's for a 404.
var errNotFound = errors.New("not found")

// get reads what is at the path. Its error is errNotFound for a 404.
func get[T any](service, path string) (T, error) {
	var found T
	a, err := request(http.MethodGet, service, path, "")
	switch {
	case err != nil:
		return found, err
	case a.Status == http.StatusNotFound:
		return found, fmt.Errorf("GET %s: %w", path, errNotFound)
	case a.Status != http.StatusOK:
		return found, fmt.Errorf("GET %s: %d %s", path, a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &found); err != nil {
		return found, fmt.Errorf("GET %s: %w in %s", path, err, a.Body)
	}
	return found, nil
}

// mustGet is get for a test that can't go on without it.
func mustGet[T any](t *testing.T, service, path string) T {
	t.Helper()
	found, err := get[T](service, path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// page is the answer of every list.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// list reads all pages of a list. query is "" or, say, "order_id=...".
func list[T any](service, path, query string) ([]T, error) {
	var all []T
	for cursor := ""; ; {
		p, err := get[page[T]](service, path+"?limit=200&"+query+from(cursor))
		if err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if p.NextCursor == nil {
			return all, nil
		}
		cursor = *p.NextCursor
	}
}

// from is the part of a query that asks for the page at a cursor, "" for the first.
func from(cursor string) string {
	if cursor == "" {
		return ""
	}
	return "&cursor=" + url.QueryEscape(cursor)
}

// mustList is list for a test that can't go on without it.
func mustList[T any](t *testing.T, service, path, query string) []T {
	t.Helper()
	all, err := list[T](service, path, query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// problem is the answer to a request that failed (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// problemOf reads a as a problem and checks that it is a whole one.
func problemOf(t *testing.T, a answer) problem {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type of status %d is %q: %s", a.Status, got, a.Body)
	}
	var p problem
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || p.Status != a.Status {
		t.Errorf("incomplete problem with status %d: %s", a.Status, a.Body)
	}
	return p
}
