package contracts

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"orders.internal/shared-kernel/event"
)

const cancelled = `{"specversion":"1.0","id":"e-1","source":"/order","type":"OrderCancelled","subject":"order-1",
	"time":"2026-01-02T03:04:05+01:00","data":{"order_id":"order-1","customer_id":"c","reason":"TIMEOUT"}}`

func TestDecodeRefusesWithAReason(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, reason string
		body         string
	}{
		{"no JSON", ReasonMalformed, `specversion=1.0`},
		{"nothing", ReasonMalformed, ``},
		{"a list", ReasonMalformed, `[` + cancelled + `]`},
		{"cut off", ReasonMalformed, cancelled[:len(cancelled)-1]},
		{"two objects", ReasonMalformed, cancelled + cancelled},
		{"invalid UTF-8", ReasonMalformed, strings.Replace(cancelled, "TIMEOUT", "\xff", 1)},
		{"an attribute of the wrong kind", ReasonMalformed, strings.Replace(cancelled, `"e-1"`, `1`, 1)},
		{"a key twice", ReasonMalformed, strings.Replace(cancelled, `"reason"`, `"reason":"NONE","reason"`, 1)},
		{"half a surrogate", ReasonMalformed, strings.Replace(cancelled, `TIMEOUT`, `\ud800`, 1)},
		{"a key in other letters", ReasonInvalid, strings.Replace(cancelled, `"id"`, `"ID"`, 1)},
		{"no version", ReasonUnsupportedVersion, `{}`},
		{"another version", ReasonUnsupportedVersion, strings.Replace(cancelled, `"1.0"`, `"2.0"`, 1)},
		{"no type", ReasonUnknownType, strings.Replace(cancelled, `"type"`, `"tipe"`, 1)},
		{"a foreign type", ReasonUnknownType, strings.Replace(cancelled, `OrderCancelled`, `OrderEaten`, 1)},
		{"no id", ReasonInvalid, strings.Replace(cancelled, `"e-1"`, `""`, 1)},
		{"a long id", ReasonInvalid, strings.Replace(cancelled, `e-1`, strings.Repeat("e", 129), 1)},
		{"a control character in the source", ReasonInvalid, strings.Replace(cancelled, `/order`, `/or\u0000der`, 1)},
		{"a time after the year 9999", ReasonInvalid, strings.Replace(cancelled, `2026-01-02T03:04:05+01:00`, `9999-12-31T23:59:59-01:00`, 1)},
		{"a time before the year 1", ReasonInvalid, strings.Replace(cancelled, `2026-01-02T03:04:05+01:00`, `0001-01-01T00:00:00+01:00`, 1)},
		{"a time that is none", ReasonInvalid, strings.Replace(cancelled, `2026-01-02T03:04:05+01:00`, `yesterday`, 1)},
		{"another order as subject", ReasonInvalid, strings.Replace(cancelled, `"subject":"order-1"`, `"subject":"order-2"`, 1)},
		{"no data", ReasonInvalid, strings.Replace(cancelled, `"data"`, `"date"`, 1)},
		{"null for data", ReasonInvalid, `{"specversion":"1.0","id":"e-1","type":"OrderCancelled","data":null}`},
		{"data of the wrong kind", ReasonInvalid, `{"specversion":"1.0","id":"e-1","type":"OrderCancelled","data":"order-1"}`},
		{"more than the limit", ReasonTooLarge, cancelled + strings.Repeat(" ", MaxSize)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Decode([]byte(tc.body))
			var v *Violation
			if !errors.As(err, &v) || v.Reason != tc.reason || v.Detail == "" {
				t.Errorf("got %v, want a violation with reason %s", err, tc.reason)
			}
		})
	}
}

// Messages from elsewhere may have only what is required, and more than is known.
func TestDecodeTakesForeignMessages(t *testing.T) {
	t.Parallel()
	m, err := Decode([]byte(cancelled))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Time.Format("2006-01-02T15:04:05Z07:00"); got != "2026-01-02T02:04:05Z" {
		t.Errorf("time %s, want it in UTC", got)
	}

	m, err = Decode([]byte(`{"specversion":"1.0","id":"e-1","type":"OrderCancelled","colour":"red",
		"data":{"order_id":"order-1","customer_id":"c","reason":"TIMEOUT","mood":{"good":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !m.Time.IsZero() || m.Source != "" || m.Origin != (event.Origin{}) || m.Data != (OrderCancelled{OrderID: "order-1", CustomerID: "c", Reason: "TIMEOUT"}) {
		t.Errorf("got %+v", m)
	}

	atLimit := cancelled + strings.Repeat(" ", MaxSize-len(cancelled))
	if _, err := Decode([]byte(atLimit)); err != nil {
		t.Errorf("%d bytes: %v", len(atLimit), err)
	}
}

// What only helps to follow an order must not be what it fails over.
func TestDecodeDropsWhatCannotBePassedOn(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"correlationid", "causationid", "traceparent", "tracestate"} {
		for _, value := range []string{strings.Repeat("x", maxTraceLength+1), "a\x00b", "a\nb"} {
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Decode([]byte(strings.Replace(cancelled, `{`, `{"`+attribute+`":`+string(text)+`,`, 1)))
			if err != nil || m.Origin != (event.Origin{}) {
				t.Errorf("%s %.20q: got %+v, %v", attribute, value, m.Origin, err)
			}
		}
	}
}

// What our services write is read in one pass, and comes out as in two; a message
// that lies about where its type is isn't taken for what it says first.
func TestOnePassReadsWhatTwoRead(t *testing.T) {
	t.Parallel()
	for _, data := range samples {
		body, err := Encode(sampleMessage(data))
		if err != nil {
			t.Fatal(err)
		}
		atOnce, good := decodeAtOnce(body)
		if !good {
			t.Errorf("%s is not read in one pass", data.EventType())
		}
		if inSteps, err := decodeInSteps(body); err != nil || !reflect.DeepEqual(atOnce, inSteps) {
			t.Errorf("one pass: %+v\ntwo: %+v, %v", atOnce, inSteps, err)
		}
	}
	misleading := `{"extension":{"type":"OrderConfirmed"},` + cancelled[1:]
	if m, good := decodeAtOnce([]byte(misleading)); good {
		t.Errorf("taken for %+v", m)
	}
	if m, err := Decode([]byte(misleading)); err != nil || m.Data.EventType() != TypeOrderCancelled {
		t.Errorf("got %+v, %v", m, err)
	}
}
