package log

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"orders.internal/notification/internal/application"
)

func TestSendWritesOneLine(t *testing.T) {
	var out bytes.Buffer
	m := application.Message{ID: "e-1", CustomerID: "c", OrderID: "o-1", Channel: "email", Text: "Hello."}
	if err := NewNotifier(slog.New(slog.NewJSONHandler(&out, nil))).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	for key, want := range map[string]string{
		"event_id": "e-1", "customer_id": "c", "order_id": "o-1", "channel": "email", "text": "Hello.",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %s", key, line[key], want)
		}
	}
}
