package httpkit

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/contracts"
)

// Paging of every list.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// Position is where a page ends: the sort key of its last item. Lists sort by
// time, newest first, and by id among equal times.
type Position struct {
	At time.Time // microseconds, as PostgreSQL keeps them
	ID string
}

// PageRequest is what a caller asks of a list.
type PageRequest struct {
	Limit int       // 1 to 200
	After *Position // nil for the first page
}

// Page is a list's answer.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// ReadPage reads the query parameters limit and cursor; its error is a 400.
func ReadPage(c *fiber.Ctx) (PageRequest, error) {
	page := PageRequest{Limit: defaultLimit}
	if text := c.Query("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxLimit {
			return page, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("limit must be a whole number from 1 to %d", maxLimit))
		}
		page.Limit = limit
	}
	if text := c.Query("cursor"); text != "" {
		position, ok := decodeCursor(text)
		if !ok {
			return page, fiber.NewError(fiber.StatusBadRequest, "cursor must be a next_cursor of an earlier answer")
		}
		page.After = &position
	}
	return page, nil
}

// QueryID reads an optional query parameter that filters by an id; its error is
// a 400.
func QueryID(c *fiber.Ctx, name string) (string, error) {
	value := c.Query(name)
	if value == "" {
		return "", nil
	}
	if problem := contracts.CheckID(value); problem != "" {
		return "", fiber.NewError(fiber.StatusBadRequest, name+" "+problem)
	}
	return value, nil
}

// NewPage makes the answer from what was found. Ask the store for one more than
// page.Limit: that one shows that there is a next page, and isn't part of this.
func NewPage[F, T any](page PageRequest, found []F, position func(F) Position, render func(F) T) Page[T] {
	answer := Page[T]{Items: make([]T, 0, len(found))}
	if len(found) > page.Limit {
		found = found[:page.Limit]
		cursor := encodeCursor(position(found[page.Limit-1]))
		answer.NextCursor = &cursor
	}
	for _, f := range found {
		answer.Items = append(answer.Items, render(f))
	}
	return answer
}

// A cursor is opaque to callers: microseconds since 1970 and the id.
func encodeCursor(p Position) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%s", p.At.UnixMicro(), p.ID))
}

func decodeCursor(text string) (Position, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Position{}, false
	}
	micros, id, found := strings.Cut(string(raw), "/")
	at, err := strconv.ParseInt(micros, 10, 64)
	position := Position{At: time.UnixMicro(at).UTC(), ID: id}
	if !found || err != nil || contracts.CheckID(id) != "" || !contracts.InRange(position.At) {
		return Position{}, false
	}
	return position, true
}
