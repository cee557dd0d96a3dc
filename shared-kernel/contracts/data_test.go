package contracts

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// decodeData decodes a golden message after change has been at its data.
func decodeData(t *testing.T, eventType string, change func(data map[string]any)) error {
	t.Helper()
	var message map[string]any
	if err := json.Unmarshal(golden(t, eventType), &message); err != nil {
		t.Fatal(err)
	}
	delete(message, "subject")
	change(message["data"].(map[string]any))
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Decode(body)
	return err
}

func TestRequiredFields(t *testing.T) {
	t.Parallel()
	optional := []string{"payment_method", "detail", "shortages", "attempts"}
	for _, d := range samples {
		if err := decodeData(t, d.EventType(), func(map[string]any) {}); err != nil {
			t.Errorf("%s: %v", d.EventType(), err)
		}
		var message struct{ Data map[string]any }
		if err := json.Unmarshal(golden(t, d.EventType()), &message); err != nil {
			t.Fatal(err)
		}
		for field := range maps.Keys(message.Data) {
			err := decodeData(t, d.EventType(), func(data map[string]any) { delete(data, field) })
			if slices.Contains(optional, field) {
				if err != nil {
					t.Errorf("%s without the optional %s: %v", d.EventType(), field, err)
				}
				continue
			}
			refusal(t, d.EventType()+" without "+field, err, field)
		}
	}
}

// refusal checks that err is an invalid message whose detail names the field.
func refusal(t *testing.T, what string, err error, field string) {
	t.Helper()
	var v *Violation
	if !errors.As(err, &v) || v.Reason != ReasonInvalid || !strings.Contains(v.Detail, field) {
		t.Errorf("%s: got %v, want a refusal that names %s", what, err, field)
	}
}

func TestFieldRules(t *testing.T) {
	t.Parallel()
	item := func(id, quantity any) map[string]any { return map[string]any{"product_id": id, "quantity": quantity} }
	for _, tc := range []struct {
		eventType, field string
		bad              []any
		good             []any
	}{
		{TypeOrderCreated, "order_id",
			[]any{"", strings.Repeat("x", 129), "a\nb", "a\u0085b", 7, nil},
			[]any{"x", strings.Repeat("ü", 128), "any text: / ? #"}},
		{TypeOrderCreated, "total_amount",
			[]any{0, -1, "150", nil, 150.001, 1e15},
			[]any{0.01, 150, 999999999.99}},
		{TypeOrderCreated, "items",
			[]any{[]any{}, slices.Repeat([]any{item("p", 1)}, 101), []any{item("", 1)}, []any{item("p", 0)}, []any{item("p", 1.5)}, []any{item("p", 1_000_001)}},
			[]any{slices.Repeat([]any{item("p", 1)}, 100), []any{item("p", 1_000_000)}}},
		{TypeOrderCreated, "payment_method",
			[]any{strings.Repeat("x", 65), "a\x7fb"},
			[]any{"", strings.Repeat("x", 64)}},
		{TypeOrderCancelled, "detail",
			[]any{"a\tb"},
			[]any{"", strings.Repeat("a long story ", 100)}},
		{TypeInventoryUnavailable, "shortages",
			[]any{[]any{map[string]any{"product_id": "", "requested": 1, "available": 0}}},
			[]any{[]any{}}},
	} {
		for _, value := range tc.bad {
			err := decodeData(t, tc.eventType, func(data map[string]any) { data[tc.field] = value })
			// A number that is no amount doesn't know its field's whole name.
			refusal(t, fmt.Sprintf("%s with %s %.40v", tc.eventType, tc.field, value), err, strings.TrimPrefix(tc.field, "total_"))
		}
		for _, value := range tc.good {
			if err := decodeData(t, tc.eventType, func(data map[string]any) { data[tc.field] = value }); err != nil {
				t.Errorf("%s with %s %.40v: %v", tc.eventType, tc.field, value, err)
			}
		}
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":      "must not be empty",
		"abcd":  "must have at most 3 characters",
		"a\xff": "must be valid UTF-8",
		"a\x00": "must not contain control characters",
		"äöü":   "",
	} {
		if got := CheckText(text, 3); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
