package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Endpoints are the base URLs of the four services, "http://localhost:8000".
type Endpoints struct {
	Order        string
	Inventory    string
	Payment      string
	Notification string
}

const (
	requestTimeout = 30 * time.Second
	maxAnswer      = 16 << 20 // bytes: 200 orders of 100 lines stay below it
	pageSize       = 200      // the services' limit
)

var httpClient = &http.Client{Timeout: requestTimeout}

type tokenKey struct{}

func withToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// page is the answer of every list.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// get reads what is at the URL, and reports whether there is anything.
func get[T any](ctx context.Context, url string) (found T, there bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return found, false, err
	}
	if token, _ := ctx.Value(tokenKey{}).(string); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return found, false, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return found, false, fmt.Errorf("GET %s: %w", url, err)
	case response.StatusCode == http.StatusNotFound:
		return found, false, nil
	case response.StatusCode != http.StatusOK:
		return found, false, fmt.Errorf("GET %s: %s: %.200s", url, response.Status, body)
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return found, false, fmt.Errorf("GET %s: %w", url, err)
	}
	return found, true, nil
}

// each reads a list page by page, newest first.
func each[T any](ctx context.Context, list string, take func([]T) error) error {
	for cursor := ""; ; {
		query := url.Values{"limit": {fmt.Sprint(pageSize)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		p, there, err := get[page[T]](ctx, list+"?"+query.Encode())
		if err == nil && !there {
			err = fmt.Errorf("GET %s: there is no such list", list)
		}
		if err != nil {
			return err
		}
		if err := take(p.Items); err != nil || p.NextCursor == nil {
			return err
		}
		cursor = *p.NextCursor
	}
}

// ofOrder reads the rows of a list that are about one order: there are a few.
func ofOrder[T any](ctx context.Context, list, id string) ([]T, error) {
	query := url.Values{"limit": {fmt.Sprint(pageSize)}, "order_id": {id}}
	p, _, err := get[page[T]](ctx, list+"?"+query.Encode())
	return p.Items, err
}
