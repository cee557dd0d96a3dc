package httpkit

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// tagBytes is how much of a body's SHA-256 makes its entity tag.
const tagBytes = 16

// tag gives every successful answer to a GET a strong ETag, which is a hash of what is
// sent. A caller that has just that already (If-None-Match) gets a 304 without it
// (RFC 9110, section 13.1.2). Caches may keep it, and ask before each use; those that
// people share may not when it was asked for with a token (RFC 9111, section 3.5).
// What is streamed has no tag: nobody knows yet what it will be.
func tag(c *fiber.Ctx) error {
	if err := c.Next(); err != nil {
		return err
	}
	reads := c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead
	answer := c.Response()
	if !reads || answer.StatusCode() != fiber.StatusOK || answer.IsBodyStream() {
		return nil
	}
	sum := sha256.Sum256(answer.Body())
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:tagBytes]) + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if hasTag(ifNoneMatch(c), tag) {
		c.Status(fiber.StatusNotModified)
		answer.ResetBody()
		answer.Header.Del(fiber.HeaderContentType)
	}
	return nil
}

// ifNoneMatch returns the header's lines as the one list that they are.
func ifNoneMatch(c *fiber.Ctx) string {
	var lines []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderIfNoneMatch) {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, ",")
}

// hasTag reports whether the list, or *, includes the tag. Weak tags match too:
// what is equal byte for byte is equivalent. What is malformed ends the list.
func hasTag(list, tag string) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for {
		list = strings.TrimLeft(list, ", \t")
		opaque, found := strings.CutPrefix(strings.TrimPrefix(list, "W/"), `"`)
		if !found {
			return false
		}
		opaque, rest, closed := strings.Cut(opaque, `"`)
		if !closed {
			return false
		}
		if `"`+opaque+`"` == tag {
			return true
		}
		list = rest
	}
}
