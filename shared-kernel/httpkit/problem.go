package httpkit

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/obs"
)

// problem is an error answer (RFC 9457, Problem Details for HTTP APIs).
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func newProblem(status int, detail string) problem {
	return problem{
		Type:   "about:blank", // the title says all there is: RFC 9457, section 4.2.1
		Title:  utils.StatusMessage(status),
		Status: status,
		Detail: detail,
	}
}

const (
	problemContentType = "application/problem+json"
	retryAfterSeconds  = "1"
	noStore            = "no-store"
)

// statusOf is the one place where errors become statuses.
func statusOf(err error) int {
	var answered *fiber.Error
	if errors.As(err, &answered) {
		return answered.Code
	}
	switch errs.CodeOf(err) {
	case errs.Invalid:
		return fiber.StatusUnprocessableEntity
	case errs.Forbidden:
		return fiber.StatusForbidden
	case errs.NotFound:
		return fiber.StatusNotFound
	case errs.Conflict:
		return fiber.StatusConflict
	case errs.Unavailable, errs.Overloaded:
		return fiber.StatusServiceUnavailable
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fiber.StatusServiceUnavailable
	}
	return fiber.StatusInternalServerError
}

// errorHandler writes every error that a handler, a middleware or Fiber itself
// returns as a problem. The inside of a failure goes to the log, never out. A
// request that the server could not read comes here past every middleware.
func errorHandler(log *slog.Logger, durations *prometheus.HistogramVec) fiber.ErrorHandler {
	outages := obs.NewSparing(time.Second, time.Now)
	return func(c *fiber.Ctx, err error) error {
		status := statusOf(err)
		if !isIdentified(c) {
			identify(c)
			countUnread(durations, c, status)
		}
		p := newProblem(status, detailOf(err, status))
		var coded *errs.Error
		if errors.As(err, &coded) {
			for _, f := range coded.Fields {
				p.Errors = append(p.Errors, problemField{Field: f.Name, Detail: f.Detail})
			}
		}
		c.Set(fiber.HeaderCacheControl, noStore) // caches may keep a 404 and others: RFC 9110, section 15.1
		if status == fiber.StatusServiceUnavailable {
			c.Set(fiber.HeaderRetryAfter, retryAfterSeconds)
		}
		// What is refused for overload would be too much for the log, too, and in an
		// outage one failure tells of all.
		left, write := 0, status >= fiber.StatusInternalServerError && !errs.Is(err, errs.Overloaded)
		if write && status == fiber.StatusServiceUnavailable {
			left, write = outages.Turn()
		}
		if write {
			log.ErrorContext(c.UserContext(), "request failed",
				"method", c.Method(), "path", c.Path(), "status", status, "error", err, "more_before", left)
		}
		return c.Status(status).JSON(p, problemContentType)
	}
}

func detailOf(err error, status int) string {
	var answered *fiber.Error
	var coded *errs.Error
	switch {
	case status == fiber.StatusNotFound && errors.As(err, &answered):
		return "There is nothing at this path."
	case status == fiber.StatusMethodNotAllowed:
		return "This path does not take this method; the Allow header names those it takes."
	case status == fiber.StatusRequestEntityTooLarge:
		return "The body is larger than 1 MiB."
	case status == fiber.StatusInternalServerError:
		return "The request could not be handled. The log has the cause under this answer's X-Correlation-ID."
	case errors.As(err, &answered):
		return sentence(answered.Message)
	case errors.As(err, &coded):
		return sentence(coded.Message)
	}
	return "A service that this request needs is not available. Try again later."
}

// sentence turns an error's message into a text for people.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	return strings.ToUpper(message[:1]) + strings.TrimSuffix(message[1:], ".") + "."
}
