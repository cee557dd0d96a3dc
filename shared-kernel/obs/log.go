// Package obs is how a service is observed: its log and its metrics.
package obs

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	"orders.internal/shared-kernel/event"
)

// NewLogger returns a logger that writes JSON lines to w, or text when w is a
// terminal. Each line names the service, and the correlation and trace of the
// context it is logged with. Where w is Lines, warnings and errors are flushed.
func NewLogger(w io.Writer, service string, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewJSONHandler(w, options)
	if IsTerminal(w) {
		handler = slog.NewTextHandler(w, options)
	}
	flush := func() {}
	if lines, ok := w.(*Lines); ok {
		flush = lines.Flush
	}
	return slog.New(originHandler{handler, flush}).With("service", service)
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// originHandler adds what the context says of the request behind a line.
type originHandler struct {
	slog.Handler
	flush func()
}

func (h originHandler) Handle(ctx context.Context, r slog.Record) error {
	origin := event.OriginOf(ctx)
	if origin.CorrelationID != "" {
		r.AddAttrs(slog.String("correlation_id", origin.CorrelationID))
	}
	if id := traceID(origin.Traceparent); id != "" {
		r.AddAttrs(slog.String("trace_id", id))
	}
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		h.flush()
	}
	return err
}

func (h originHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return originHandler{h.Handler.WithAttrs(attrs), h.flush}
}

func (h originHandler) WithGroup(name string) slog.Handler {
	return originHandler{h.Handler.WithGroup(name), h.flush}
}

// traceID is the second field of a traceparent, version-traceid-parentid-flags
// (https://www.w3.org/TR/trace-context/#traceparent-header).
func traceID(traceparent string) string {
	if fields := strings.Split(traceparent, "-"); len(fields) >= 4 {
		return fields[1]
	}
	return ""
}
