package httpkit

import (
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// otherMethod stands for every method that Fiber doesn't know. Fiber would answer
// them by itself, past middleware and error handler; under this one they take the
// way of all requests, to a 405 or a 404.
const otherMethod = "OTHER"

var methods = append(slices.Clone(fiber.DefaultMethods), otherMethod)

func nameMethod(c *fasthttp.RequestCtx) {
	if !slices.Contains(fiber.DefaultMethods, string(c.Method())) {
		c.Request.Header.SetMethod(otherMethod)
	}
}
