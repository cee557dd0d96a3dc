// Package errs gives an error the one thing its handlers decide on: a code.
// Adapters and use cases attach it where they know what went wrong; the edges
// (HTTP, consumers) map it once to a status or to a dead letter.
package errs

import (
	"errors"
	"fmt"
)

// Code is the class of a failure.
type Code string

// The classes. An error without a code is Internal.
const (
	Internal      Code = "internal"      // a defect here; the cause is for the log alone
	Invalid       Code = "invalid"       // the caller's values break a rule; see Fields
	NotFound      Code = "not_found"     // there is no such thing
	Forbidden     Code = "forbidden"     // the caller may not do this, whoever may; see Fields
	Conflict      Code = "conflict"      // it can't be done in the present state
	Unavailable   Code = "unavailable"   // a dependency is down; the same call may succeed later
	Overloaded    Code = "overloaded"    // more is asked for than can be done; the same call may succeed later
	Contradiction Code = "contradiction" // an event that can't follow from the saga's history
	UnknownOrder  Code = "unknown_order" // an event about an order that was never placed
)

// Field names one offending value of the caller's input, e.g.
// {"items[0].quantity", "must be at least 1"}.
type Field struct {
	Name   string
	Detail string
}

// Error is a failure with its code. Message is for the caller to read.
type Error struct {
	Code    Code
	Message string
	Fields  []Field
	cause   error
}

func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause, nil when there is none.
func (e *Error) Unwrap() error { return e.cause }

// New returns an error of the given code.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of the given code whose cause is err.
func Wrap(code Code, err error, message string) error {
	return &Error{Code: code, Message: message, cause: err}
}

// InvalidFields returns an Invalid error that names every offending field.
func InvalidFields(fields ...Field) error {
	message := "the input is not valid"
	if len(fields) == 1 {
		message = fields[0].Name + " " + fields[0].Detail
	}
	return &Error{Code: Invalid, Message: message, Fields: fields}
}

// ForbiddenField returns a Forbidden error: the caller may not give the field
// this value.
func ForbiddenField(field Field) error {
	return &Error{Code: Forbidden, Message: field.Name + " " + field.Detail, Fields: []Field{field}}
}

// CodeOf returns the code of the first Error in err's chain, and Internal when
// there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err's code is the given one.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
