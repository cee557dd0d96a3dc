package httpkit

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

func TestCursorLeadsThroughAllPages(t *testing.T) {
	app := setup(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)
	app.Get("/", func(c *fiber.Ctx) error {
		page, err := ReadPage(c)
		if err != nil {
			return err
		}
		from := 0
		if page.After != nil {
			if !page.After.At.Equal(at) {
				t.Errorf("position at %s", page.After.At)
			}
			fmt.Sscanf(page.After.ID, "id/%d", &from)
			from++
		}
		var found []int
		for i := from; i < 5 && len(found) <= page.Limit; i++ {
			found = append(found, i)
		}
		return c.JSON(NewPage(page, found,
			func(i int) Position { return Position{At: at, ID: fmt.Sprintf("id/%d", i)} }, func(i int) int { return i }))
	})
	path, seen := "/?limit=2", []int{}
	for pages := 1; ; pages++ {
		a := ask(t, app, "GET", path, "")
		var page Page[int]
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			t.Fatalf("%s: %v", a.body, err)
		}
		seen = append(seen, page.Items...)
		if page.NextCursor == nil {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		path = "/?limit=2&cursor=" + *page.NextCursor
	}
	if fmt.Sprint(seen) != "[0 1 2 3 4]" {
		t.Errorf("saw %v", seen)
	}
	if a := ask(t, app, "GET", "/?cursor="+encodeCursor(Position{At: at, ID: "id/4"}), ""); a.body != `{"items":[],"next_cursor":null}` {
		t.Errorf("empty page: %s", a.body)
	}
}

func TestBadPagingIsABadRequest(t *testing.T) {
	app := setup(t)
	app.Get("/", func(c *fiber.Ctx) error {
		if _, err := ReadPage(c); err != nil {
			return err
		}
		_, err := QueryID(c, "order_id")
		return err
	})
	for query, status := range map[string]int{
		"": 200, "limit=1": 200, "limit=200": 200, "order_id=o-1": 200,
		"limit=0": 400, "limit=201": 400, "limit=-1": 400, "limit=x": 400, "limit=1.5": 400,
		"cursor=" + cursorAt("-500000000000000000"): 400, "cursor=" + cursorAt("500000000000000000"): 400, "cursor=" + cursorAt("0"): 200,
		"cursor=%21": 400, "cursor=AAAA": 400, "cursor=MS8": 400, "order_id=a%00b": 400,
	} {
		if a := ask(t, app, "GET", "/?"+query, ""); a.status != status {
			t.Errorf("%s: status %d, want %d", query, a.status, status)
		}
	}
}

// cursorAt is a cursor with the given microseconds since 1970.
func cursorAt(micros string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(micros + "/id"))
}
