package errs

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	unavailable := New(Unavailable, "no answer from %s", "the database")
	for _, tc := range []struct {
		name string
		err  error
		want Code
	}{
		{"no code", io.EOF, Internal},
		{"its own", unavailable, Unavailable},
		{"wrapped by fmt", fmt.Errorf("save order: %w", unavailable), Unavailable},
		{"the outermost decides", Wrap(Conflict, unavailable, "order is final"), Conflict},
		{"joined", errors.Join(io.EOF, unavailable), Unavailable},
	} {
		if got := CodeOf(tc.err); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
		if !Is(tc.err, tc.want) {
			t.Errorf("%s: Is says no to %s", tc.name, tc.want)
		}
	}
	if Is(nil, Internal) {
		t.Error("no error has a code")
	}
}

func TestWrapKeepsTheCause(t *testing.T) {
	t.Parallel()
	err := Wrap(Unavailable, io.EOF, "read order")
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if got := err.Error(); got != "read order: EOF" {
		t.Errorf("got %q", got)
	}
	if got := New(NotFound, "no order %s", "7").Error(); got != "no order 7" {
		t.Errorf("got %q", got)
	}
}

func TestInvalidFieldsNamesThem(t *testing.T) {
	t.Parallel()
	one := Field{"items[0].quantity", "must be at least 1"}
	if got := InvalidFields(one).Error(); got != "items[0].quantity must be at least 1" {
		t.Errorf("got %q", got)
	}
	two := []Field{one, {"customer_id", "must not be empty"}}
	err := fmt.Errorf("place order: %w", InvalidFields(two...))
	var invalid *Error
	if !errors.As(err, &invalid) || invalid.Code != Invalid || !slices.Equal(invalid.Fields, two) {
		t.Errorf("got %+v", invalid)
	}
}
