package http

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// mostPreferred is the longest wait there is.
const mostPreferred = 30 // seconds

// preferredWait reads how long the client would wait: Prefer: wait=N, in seconds
// (https://www.rfc-editor.org/rfc/rfc7240#section-4.3). It is 0 without one, and
// when it makes no sense: a preference is never an error.
func preferredWait(c *fiber.Ctx) time.Duration {
	var lines []string
	for _, line := range c.Request().Header.PeekAll("Prefer") {
		lines = append(lines, string(line))
	}
	for preference := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		preference, _, _ = strings.Cut(preference, ";") // its parameters
		name, value, _ := strings.Cut(preference, "=")
		if strings.EqualFold(strings.TrimSpace(name), "wait") {
			return wait(strings.Trim(strings.TrimSpace(value), `"`)) // the first one counts
		}
	}
	return 0
}

func wait(seconds string) time.Duration {
	n := 0
	for _, digit := range []byte(seconds) {
		if digit < '0' || digit > '9' {
			return 0
		}
		n = min(10*n+int(digit-'0'), mostPreferred)
	}
	return time.Duration(n) * time.Second
}
