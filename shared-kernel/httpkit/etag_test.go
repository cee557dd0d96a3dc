package httpkit

import (
	"context"
	"log/slog"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestTaggedAnswerIsSentOnce(t *testing.T) {
	app, stock := setup(t), 10
	app.Get("/product", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"available": stock}) })

	first := ask(t, app, "GET", "/product", "")
	tag := first.header("ETag")
	if first.status != 200 || first.body != `{"available":10}` || first.header("Content-Type") != "application/json" {
		t.Errorf("%d %s of type %s", first.status, first.body, first.header("Content-Type"))
	}
	if len(tag) != 24 || tag[0] != '"' || tag[23] != '"' || first.header("Cache-Control") != "no-cache" {
		t.Errorf("ETag %s, Cache-Control %s", tag, first.header("Cache-Control"))
	}
	for _, method := range []string{"GET", "HEAD"} {
		again := ask(t, app, method, "/product", "", "If-None-Match", tag)
		if again.status != 304 || again.body != "" || again.header("ETag") != tag || again.header("Content-Type") != "" {
			t.Errorf("%s again: %d %q with ETag %s and type %q", method, again.status, again.body, again.header("ETag"), again.header("Content-Type"))
		}
	}

	stock = 9
	changed := ask(t, app, "GET", "/product", "", "If-None-Match", tag)
	if changed.status != 200 || changed.body != `{"available":9}` || changed.header("ETag") == tag {
		t.Errorf("changed: %d %s with ETag %s", changed.status, changed.body, changed.header("ETag"))
	}
}

// What is no answer to a GET, or none for long, has no tag.
func TestOtherAnswersHaveNoTag(t *testing.T) {
	app := setup(t)
	ok := func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"available": 10}) }
	app.Post("/product", ok)
	app.Get("/stream", func(c *fiber.Ctx) error {
		ServeStream(c, slog.New(slog.DiscardHandler), func(context.Context, *Stream) {})
		return nil
	})
	app.Get("/late", func(c *fiber.Ctx) error { return c.Status(202).JSON(fiber.Map{}) })
	for _, one := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/product", 200}, {"GET", "/stream", 200}, {"HEAD", "/stream", 200}, {"GET", "/late", 202},
		{"GET", "/nowhere", 404}, {"GET", "/healthz", 200}, {"GET", "/readyz", 200}, {"GET", "/metrics", 200},
	} {
		a := ask(t, app, one.method, one.path, "", "If-None-Match", "*")
		if a.status != one.status || a.header("ETag") != "" {
			t.Errorf("%s %s: %d with ETag %s", one.method, one.path, a.status, a.header("ETag"))
		}
	}
}

func TestIfNoneMatch(t *testing.T) {
	const tag = `"abc"`
	for list, want := range map[string]bool{
		`"abc"`:               true,
		`W/"abc"`:             true,
		`"x", "abc"`:          true,
		`"x","y" ,	W/"abc"`:   true,
		`"a,b", "abc"`:        true, // a comma may stand in a tag
		`,, "abc"`:            true,
		`*`:                   true,
		` * `:                 true,
		``:                    false,
		`"x"`:                 false,
		`abc`:                 false,
		`"abc`:                false,
		`"ABC"`:               false,
		`w/"abc"`:             false,
		`"abc-gzip"`:          false,
		`x, "abc"`:            false,
		`"x", *`:              false,
		`""`:                  false,
		`"x""abc"`:            true, // no comma is missed by anybody
		`W/W/"abc"`:           false,
		`"x", "y", "z", "ab"`: false,
	} {
		if hasTag(list, tag) != want {
			t.Errorf("%s: has the tag = %v", list, !want)
		}
	}
}

func TestIfNoneMatchOnSeveralLines(t *testing.T) {
	app := setup(t)
	app.Get("/", func(c *fiber.Ctx) error {
		c.Request().Header.Add("If-None-Match", `"x"`)
		c.Request().Header.Add("If-None-Match", `"y"`)
		return c.SendString(ifNoneMatch(c))
	})
	if a := ask(t, app, "GET", "/", ""); a.body != `"x","y"` {
		t.Errorf("list is %s", a.body)
	}
}
