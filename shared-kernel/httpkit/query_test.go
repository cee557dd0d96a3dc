package httpkit

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestQueryParametersThatMeanNothingAreRefused(t *testing.T) {
	app := setup(t)
	ok := func(c *fiber.Ctx) error { return c.SendString("ok") }
	app.Get("/list", AllowQuery("limit", "cursor"), ok)
	app.Post("/thing", AllowQuery(), ok)

	for path, want := range map[string]string{
		"GET /list":                          "",
		"GET /list?":                         "",
		"GET /list?limit=1&cursor=x&":        "",
		"GET /list?limit":                    "The query parameter limit must not be empty; leave it out instead.",
		"GET /list?cursor=x&limit=":          "The query parameter limit must not be empty; leave it out instead.",
		"GET /list?limit=1&limit=2":          "The query parameter limit must be given once.",
		"GET /list?limit=1&cursor=x&limit=1": "The query parameter limit must be given once.",
		"GET /list?limit=1&%6Cimit=1":        "The query parameter limit must be given once.",
		"GET /healthz?limit=&verbose":        "",
		"GET /readyz?a=1&a=2":                "",
		"GET /metrics?collect[]=x":           "",
		"GET /list?limits=1":                 `"limits" here; this path takes limit, cursor.`,
		"GET /list?limit=1&Cursor=x":         `"Cursor" here; this path takes limit, cursor.`,
		"GET /list?page[size]=1":             `"page[size]" here;`,
		"GET /list?limit=1&%22%0a=":          `"\"\n" here;`,
		"GET /list?%ff":                      `"\xff" here;`,
		"GET /list?=1":                       "",
		"POST /thing":                        "",
		"POST /thing?dry_run=1&verbose=yes":  `"dry_run" here; this path takes none.`,
	} {
		method, path, _ := strings.Cut(path, " ")
		a := ask(t, app, method, path, "")
		if want == "" {
			if a.status != 200 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
			continue
		}
		if p := a.problem(t); a.status != 400 || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %d %s, want %s", path, a.status, p.Detail, want)
		}
	}
}

func TestQueryTime(t *testing.T) {
	app := setup(t)
	app.Get("/", func(c *fiber.Ctx) error {
		at, err := QueryTime(c, "created_from")
		if err != nil || at == nil {
			return err
		}
		return c.SendString(at.String())
	})
	for text, want := range map[string]string{
		"":                               "",
		"2026-01-02T03:04:05Z":           "2026-01-02 03:04:05 +0000 UTC",
		"2026-01-02T03:04:05.678901234Z": "2026-01-02 03:04:05.678901234 +0000 UTC",
		"2026-01-02T03:04:05%2B01:00":    "2026-01-02 02:04:05 +0000 UTC",
		"0001-01-01T00:00:00Z":           "0001-01-01 00:00:00 +0000 UTC",
	} {
		if a := ask(t, app, "GET", "/?created_from="+text, ""); a.status != 200 || a.body != want {
			t.Errorf("%s: %d %s", text, a.status, a.body)
		}
	}
	for _, text := range []string{
		"yesterday", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02%2003:04:05Z", "2026-01-02T03:04:05+01:00",
		"2026-02-30T00:00:00Z", "1767323045", "%00", "2026-01-02T24:00:00Z",
	} {
		a := ask(t, app, "GET", "/?created_from="+text, "")
		if p := a.problem(t); a.status != 400 || !strings.HasPrefix(p.Detail, "Created_from must be an RFC 3339 time") {
			t.Errorf("%s: %d %s", text, a.status, p.Detail)
		}
	}
}
