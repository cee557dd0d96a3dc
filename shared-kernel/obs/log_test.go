package obs

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"orders.internal/shared-kernel/event"
)

func TestEachLineNamesItsServiceCorrelationAndTrace(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, "order", slog.LevelInfo).With("order_id", "o-1")
	ctx := event.WithOrigin(t.Context(), event.Origin{
		CorrelationID: "c-1",
		Traceparent:   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	})

	log.InfoContext(ctx, "order placed")

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%s is not JSON: %v", out.String(), err)
	}
	want := map[string]any{
		"service": "order", "order_id": "o-1", "msg": "order placed", "level": "INFO",
		"correlation_id": "c-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
	}
	for key, value := range want {
		if line[key] != value {
			t.Errorf("%s = %v, want %v", key, line[key], value)
		}
	}
}

func TestLineWithoutOriginHasNoEmptyKeys(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, "order", slog.LevelInfo).Info("started")
	if bytes.Contains(out.Bytes(), []byte("correlation_id")) || bytes.Contains(out.Bytes(), []byte("trace_id")) {
		t.Errorf("unexpected keys in %s", out.String())
	}
}

func TestLinesBelowTheLevelAreNotWritten(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, "order", slog.LevelWarn).Info("quiet")
	if out.Len() != 0 {
		t.Errorf("wrote %s", out.String())
	}
}
