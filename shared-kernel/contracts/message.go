package contracts

import (
	"bytes"
	"encoding/json" // writes faster
	"errors"
	"fmt"
	"time"

	jsonv2 "github.com/go-json-experiment/json" // reads in half the time
	"github.com/go-json-experiment/json/jsontext"

	"orders.internal/shared-kernel/event"
)

// The envelope's constants: CloudEvents 1.0, JSON event format, structured mode
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
const (
	SpecVersion = "1.0"
	ContentType = "application/cloudevents+json"
	MaxSize     = 256 << 10 // bytes of one message
)

// Why a message breaks the contract, as dead letters say it.
const (
	ReasonTooLarge           = "too_large"
	ReasonMalformed          = "malformed" // no CloudEvents object
	ReasonUnsupportedVersion = "unsupported_version"
	ReasonUnknownType        = "unknown_type"
	ReasonInvalid            = "invalid" // an attribute or the data breaks a rule
)

// Violation is the error of a message that breaks the contract. Such a message
// can never be handled.
type Violation struct {
	Reason string // one of the Reason constants
	Detail string // for people
}

func (v *Violation) Error() string { return v.Reason + ": " + v.Detail }

func violation(reason, format string, args ...any) error {
	return &Violation{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Message is one event as it travels.
type Message struct {
	ID     string // a UUID version 7 when it is ours
	Source string // "/" and the publishing service's name
	Time   time.Time
	Origin event.Origin
	Data   Data
}

// attributes are the JSON form of an event without its data.
type attributes struct {
	SpecVersion     string `json:"specversion"`
	ID              string `json:"id"`
	Source          string `json:"source"`
	Type            string `json:"type"`
	Subject         string `json:"subject"`
	Time            string `json:"time,omitempty"`
	DataContentType string `json:"datacontenttype"`
	CorrelationID   string `json:"correlationid,omitempty"`
	CausationID     string `json:"causationid,omitempty"`
	Traceparent     string `json:"traceparent,omitempty"`
	Tracestate      string `json:"tracestate,omitempty"`
}

// envelope is an event with its data, in whatever form that is wanted or known.
type envelope[D any] struct {
	attributes
	Data D `json:"data"`
}

// Encode writes m as a CloudEvents JSON object.
func Encode(m Message) ([]byte, error) {
	body, err := json.Marshal(envelope[Data]{Data: m.Data, attributes: attributes{
		SpecVersion:     SpecVersion,
		ID:              m.ID,
		Source:          m.Source,
		Type:            m.Data.EventType(),
		Subject:         m.Data.Subject(),
		Time:            m.Time.UTC().Format(time.RFC3339Nano),
		DataContentType: "application/json",
		CorrelationID:   m.Origin.CorrelationID,
		CausationID:     m.Origin.CausationID,
		Traceparent:     m.Origin.Traceparent,
		Tracestate:      m.Origin.Tracestate,
	}})
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Data.EventType(), err)
	}
	return body, nil
}

// Decode reads a message and holds it to the contract: the envelope's required
// attributes, a type of the table, and the data's own rules. Fields it doesn't
// know are ignored, and names match to the letter. Every error is a *Violation.
func Decode(body []byte) (Message, error) {
	if len(body) > MaxSize {
		return Message{}, violation(ReasonTooLarge, "message of %d bytes is larger than %d", len(body), MaxSize)
	}
	if m, good := decodeAtOnce(body); good {
		return m, nil
	}
	return decodeInSteps(body)
}

// decodeAtOnce reads attributes and data in one pass, which takes half the time of
// two. It needs the type before it has read it, so it looks where Encode puts it; a
// message that has it elsewhere, or isn't good, is left to decodeInSteps.
func decodeAtOnce(body []byte) (m Message, good bool) {
	_, rest, _ := bytes.Cut(body, []byte(`"type":"`))
	eventType, _, _ := bytes.Cut(rest, []byte(`"`))
	route, known := RouteOf(string(eventType))
	if !known {
		return Message{}, false
	}
	a, data, err := route.decode(body)
	if err != nil || a.Type != route.Type || a.SpecVersion != SpecVersion {
		return Message{}, false
	}
	m, err = message(a, data)
	return m, err == nil
}

// decodeInSteps finds the type first, and tells what is wrong with a message.
func decodeInSteps(body []byte) (Message, error) {
	var e envelope[jsontext.Value]
	if err := jsonv2.Unmarshal(body, &e); err != nil {
		return Message{}, violation(ReasonMalformed, "message is not a CloudEvents object: %v", err)
	}
	if e.SpecVersion != SpecVersion {
		return Message{}, violation(ReasonUnsupportedVersion, "specversion is %q, not %q", e.SpecVersion, SpecVersion)
	}
	route, known := RouteOf(e.Type)
	if !known {
		return Message{}, violation(ReasonUnknownType, "unknown type %q", e.Type)
	}
	if len(e.Data) == 0 {
		return Message{}, violation(ReasonInvalid, "%s: data is missing", e.Type)
	}
	_, data, err := route.decode(body)
	if err != nil {
		return Message{}, violation(ReasonInvalid, "%s: %v", e.Type, err)
	}
	m, err := message(e.attributes, data)
	if err != nil {
		return Message{}, violation(ReasonInvalid, "%v", err)
	}
	return m, nil
}

// decodeAs reads an event whose data is a T.
func decodeAs[T Data](body []byte) (attributes, Data, error) {
	var e envelope[T]
	err := jsonv2.Unmarshal(body, &e)
	return e.attributes, e.Data, err
}

// message holds attributes and data to their rules.
func message(a attributes, data Data) (Message, error) {
	if err := errors.Join(id("id", a.ID), printable("source", a.Source)); err != nil {
		return Message{}, err
	}
	at, err := parseTime(a.Time)
	if err != nil {
		return Message{}, err
	}
	if err := data.validate(); err != nil {
		return Message{}, fmt.Errorf("%s: data: %w", a.Type, err)
	}
	if a.Subject != "" && a.Subject != data.Subject() {
		return Message{}, fmt.Errorf("subject %q is not the order %q", a.Subject, data.Subject())
	}
	return Message{ID: a.ID, Source: a.Source, Time: at, Data: data, Origin: event.Origin{
		CorrelationID: traceable(a.CorrelationID),
		CausationID:   traceable(a.CausationID),
		Traceparent:   traceable(a.Traceparent),
		Tracestate:    traceable(a.Tracestate),
	}}, nil
}

// maxTraceLength is in characters; W3C Trace Context asks to pass on at least
// 512 of tracestate, and the other attributes are shorter.
const maxTraceLength = 512

// traceable returns s, or nothing when it can't be passed on: an order must not
// fail over what only helps to follow it.
func traceable(s string) string {
	if CheckText(s, maxTraceLength) != "" {
		return ""
	}
	return s
}

// parseTime reads the optional time attribute; without one it is the zero time.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q is not RFC 3339", text)
	}
	if at = at.UTC(); !InRange(at) {
		return time.Time{}, fmt.Errorf("time %q is not between the years 1 and 9999 in UTC", text)
	}
	return at, nil
}

// InRange reports whether the time, which is in UTC, has a form in RFC 3339: a
// year of four digits.
func InRange(at time.Time) bool { return at.Year() >= 1 && at.Year() <= 9999 }
