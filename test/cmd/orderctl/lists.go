package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is the services' limit.
const pageSize = 200

// page is one of a list.
type page struct {
	Items      []json.RawMessage `json:"items"`
	NextCursor *string           `json:"next_cursor"`
}

// pages reads at most limit items of a list, all when it is 0, with as many
// requests as that takes. It returns them as one page.
func (c *ctl) pages(ctx context.Context, service, path string, query url.Values, limit int) (page, error) {
	all := page{Items: []json.RawMessage{}}
	for {
		size := pageSize
		if limit > 0 {
			size = min(size, limit-len(all.Items))
		}
		query.Set("limit", strconv.Itoa(size))
		next, _, err := read[page](ctx, c, request{method: http.MethodGet, service: service, path: path + "?" + query.Encode()})
		if err != nil {
			return all, err
		}
		all.Items = append(all.Items, next.Items...)
		all.NextCursor = next.NextCursor
		if next.NextCursor == nil || limit > 0 && len(all.Items) >= limit {
			return all, nil
		}
		query.Set("cursor", *next.NextCursor)
	}
}

// decode reads every item as a T.
func decode[T any](items []json.RawMessage) ([]T, error) {
	all := make([]T, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// values makes a query of pairs of name and value, without the empty ones.
func values(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}
