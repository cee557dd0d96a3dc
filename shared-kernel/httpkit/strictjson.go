package httpkit

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 32

// checkJSON says what makes body something other than one JSON text that every
// parser reads alike (the interoperability rules of RFC 7493, I-JSON): a syntax
// error, trailing data, invalid UTF-8, a surrogate without its other half, a
// key that stands twice in an object, or nesting deeper than maxDepth.
func checkJSON(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("the body is empty; a JSON object is expected")
	}
	text := jsontext.NewDecoder(bytes.NewBuffer(body))
	for ended := false; ; ended = text.StackDepth() == 0 {
		_, err := text.ReadToken()
		switch {
		case ended && errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return malformed(err)
		case ended:
			return errors.New("the body is not valid JSON: there is more after the value")
		case text.StackDepth() > maxDepth:
			return fmt.Errorf("the body is nested deeper than %d levels", maxDepth)
		}
	}
}

// malformed tells what the parser has found, in words that don't need its source.
func malformed(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case !errors.As(err, &syntax):
		return fmt.Errorf("the body is not valid JSON: %w", err)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("the key %q stands twice in one object", syntax.JSONPointer.LastToken())
	}
	return fmt.Errorf("the body is not valid JSON: %w (at byte %d)", syntax.Err, syntax.ByteOffset)
}
