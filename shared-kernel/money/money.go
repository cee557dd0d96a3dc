// Package money counts amounts in minor units (cents), exactly: nothing here is
// ever a floating-point number.
package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Amount is a sum of money in minor units: 15000 is 150.00. Amounts are never
// negative and at most Max.
type Amount int64

// Max is the largest amount the system accepts, 999,999,999.99.
const Max Amount = 99_999_999_999

// Why a number is refused as an amount.
var (
	ErrNotNumber = errors.New("must be a JSON number")
	ErrNegative  = errors.New("must not be negative")
	ErrPrecision = errors.New("must have at most two decimals")
	ErrTooLarge  = fmt.Errorf("must be at most %s", Max)
)

// Parse reads an amount from the text of a JSON number (RFC 8259, section 6).
// Different spellings of one value are equal: 150, 150.0, 150.00, 1.5e2.
// Its error is one of ErrNotNumber, ErrNegative, ErrPrecision and ErrTooLarge.
func Parse(text string) (Amount, error) {
	n, ok := scan(text)
	if !ok {
		return 0, ErrNotNumber
	}
	digits := strings.TrimLeft(n.digits, "0")
	if digits == "" {
		return 0, nil // zero, whatever its sign and exponent
	}
	if n.negative {
		return 0, ErrNegative
	}
	// value = digits * 10^exponent; in minor units the exponent is two more.
	trimmed := strings.TrimRight(digits, "0")
	exponent := n.exponent + len(digits) - len(trimmed) + 2
	switch {
	case exponent < 0:
		return 0, ErrPrecision
	case len(trimmed)+exponent > len(strconv.FormatInt(int64(Max), 10)):
		return 0, ErrTooLarge
	}
	minor, err := strconv.ParseInt(trimmed+strings.Repeat("0", exponent), 10, 64)
	if err != nil || Amount(minor) > Max {
		return 0, ErrTooLarge
	}
	return Amount(minor), nil
}

// number is digits * 10^exponent.
type number struct {
	negative bool
	digits   string
	exponent int
}

// scan splits the text of a JSON number, and reports whether it is one.
func scan(text string) (n number, ok bool) {
	rest, negative := strings.CutPrefix(text, "-")
	n.negative = negative
	whole, rest := leadingDigits(rest)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return n, false
	}
	n.digits = whole
	if after, found := strings.CutPrefix(rest, "."); found {
		var fraction string
		if fraction, rest = leadingDigits(after); fraction == "" {
			return n, false
		}
		n.digits += fraction
		n.exponent = -len(fraction)
	}
	if rest == "" {
		return n, true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return n, false
	}
	exponent, ok := scanExponent(rest[1:])
	n.exponent += exponent
	return n, ok
}

// far is an exponent that no amount has; larger ones are cut to it, so that
// 1e400 costs no more to refuse than 1e12.
const far = 1 << 30

func scanExponent(text string) (int, bool) {
	sign := 1
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	digits, rest := leadingDigits(text)
	if digits == "" || rest != "" {
		return 0, false
	}
	value, err := strconv.Atoi(digits)
	if err != nil || value > far {
		value = far
	}
	return sign * value, true
}

func leadingDigits(s string) (digits, rest string) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	return s[:end], s[end:]
}

// String returns the amount with its two decimals, "150.00".
func (a Amount) String() string { return string(a.appendText(nil)) }

// MarshalJSON writes a JSON number with two decimals.
func (a Amount) MarshalJSON() ([]byte, error) { return a.appendText(make([]byte, 0, 16)), nil }

// UnmarshalJSON reads a JSON number as Parse does; null is no amount.
func (a *Amount) UnmarshalJSON(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("amount %w", err)
	}
	*a = parsed
	return nil
}

func (a Amount) appendText(b []byte) []byte {
	if a < 0 { // unreachable through Parse; printed rightly all the same
		b = append(b, '-')
		a = -a
	}
	b = strconv.AppendInt(b, int64(a/100), 10)
	return append(b, '.', byte('0'+a/10%10), byte('0'+a%10))
}
