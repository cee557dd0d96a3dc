package httpkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
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
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("the body is not valid JSON: %w (at byte %d)", err, syntax.Offset)
		}
		return fmt.Errorf("the body is not valid JSON: %w", err)
	}
	if hasLoneSurrogate(body) {
		return errors.New("the body has an escaped surrogate without its other half")
	}
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	return checkValue(tokens, 0)
}

// checkValue consumes one value of text that is known to be well-formed.
func checkValue(tokens *json.Decoder, depth int) error {
	token, err := tokens.Token()
	if err != nil {
		return err
	}
	opening, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth++; depth > maxDepth {
		return fmt.Errorf("the body is nested deeper than %d levels", maxDepth)
	}
	seen := map[string]bool{}
	for tokens.More() {
		if opening == '{' {
			key, err := tokens.Token()
			if err != nil {
				return err
			}
			name := key.(string)
			if seen[name] {
				return fmt.Errorf("the key %q stands twice in one object", name)
			}
			seen[name] = true
		}
		if err := checkValue(tokens, depth); err != nil {
			return err
		}
	}
	_, err = tokens.Token() // the closing one
	return err
}

// hasLoneSurrogate looks for \uD800 to \uDFFF that don't come as a pair; the
// decoder would replace them silently.
func hasLoneSurrogate(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		first, ok := escapedUnit(body[i:])
		if !ok {
			i++ // skips the escaped character, which may be a backslash
			continue
		}
		i += 5
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, ok := escapedUnit(body[i+1:])
		if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escapedUnit reads a \uXXXX at the start of text.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}
