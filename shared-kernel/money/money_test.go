package money

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Amount{
		"150": 15000, "150.0": 15000, "150.00": 15000, "150.000000": 15000,
		"1.5e2": 15000, "1.5E+2": 15000, "15000e-2": 15000, "0.15e3": 15000, "1500000e-4": 15000,
		"0.01": 1, "1e-2": 1, "0.10": 10, "9.99": 999,
		"0": 0, "-0": 0, "0.000": 0, "0e400": 0, "-0.0e-400": 0,
		"999999999.99": Max, "99999999999e-2": Max, "9.9999999999e8": Max,
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for want, texts := range map[error][]string{
		ErrPrecision: {"150.001", "0.001", "1e-3", "1e-400", "1e-99999999999999999999", "0." + strings.Repeat("0", 1000) + "1"},
		ErrTooLarge:  {"1e400", "1e99999999999999999999", "1000000000", "1000000000.00", "1e9", "9" + strings.Repeat("0", 1000)},
		ErrNegative:  {"-1", "-0.01", "-0.001", "-1e400"},
		ErrNotNumber: {"", "NaN", "Infinity", "-", `"150"`, "null", "true", "{}", "+1", "01", "-01", ".5", "1.", "1.e2", "1e", "1e+", "1e1.5", "1_000", "1,5", "0x10", " 1", "1 ", "1\n", "1\x00", "١"},
	} {
		for _, text := range texts {
			if got, err := Parse(text); !errors.Is(err, want) {
				t.Errorf("Parse(%q) = %d, %v, want the error %q", text, got, err, want)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type order struct {
		Total Amount `json:"total"`
	}
	var got order
	if err := json.Unmarshal([]byte(`{"total":1.5e2}`), &got); err != nil || got.Total != 15000 {
		t.Errorf("got %d, %v", got.Total, err)
	}
	if text, err := json.Marshal(order{7}); err != nil || string(text) != `{"total":0.07}` {
		t.Errorf("got %s, %v", text, err)
	}
	for _, text := range []string{`"150"`, "null", "-1", "150.001", "1e400", "[]"} {
		got.Total = 1
		err := json.Unmarshal([]byte(`{"total":`+text+`}`), &got)
		if err == nil || !strings.Contains(err.Error(), "amount must ") {
			t.Errorf("%s: got %d, %v, want an error that says why", text, got.Total, err)
		}
		if got.Total != 1 {
			t.Errorf("%s: the amount was changed to %d", text, got.Total)
		}
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for amount, want := range map[Amount]string{0: "0.00", 1: "0.01", 10: "0.10", 15000: "150.00", Max: "999999999.99", -5: "-0.05", -15099: "-150.99"} {
		if got := amount.String(); got != want {
			t.Errorf("%d: got %s, want %s", int64(amount), got, want)
		}
	}
}

func TestEveryAmountComesBackFromItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := Amount(rapid.Int64Range(0, int64(Max)).Draw(t, "amount"))
		text, err := json.Marshal(amount)
		if err != nil {
			t.Fatal(err)
		}
		var back Amount
		if err := json.Unmarshal(text, &back); err != nil || back != amount {
			t.Fatalf("%d was written as %s and read as %d, %v", int64(amount), text, int64(back), err)
		}
	})
}

// Whatever the text, Parse agrees with encoding/json about what a number is and
// with exact arithmetic about its value.
func TestParseIsExact(t *testing.T) {
	t.Parallel()
	texts := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789.eE+-")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		got, err := Parse(text)
		if isNumber := json.Valid([]byte(text)); !isNumber || errors.Is(err, ErrNotNumber) {
			if isNumber || !errors.Is(err, ErrNotNumber) {
				t.Fatalf("%q: number %t, got %v", text, isNumber, err)
			}
			return
		}
		if strings.ContainsAny(text, "eE") && len(text[strings.IndexAny(text, "eE"):]) > 5 {
			return // too far away to be spelled out
		}
		value, _ := new(big.Rat).SetString(text)
		minor := value.Mul(value, big.NewRat(100, 1))
		want := func() error {
			switch {
			case minor.Sign() < 0:
				return ErrNegative
			case !minor.IsInt():
				return ErrPrecision
			case minor.Cmp(big.NewRat(int64(Max), 1)) > 0:
				return ErrTooLarge
			}
			return nil
		}()
		if !errors.Is(err, want) {
			t.Fatalf("%q: got %v, want %v", text, err, want)
		}
		if want == nil && minor.Cmp(big.NewRat(int64(got), 1)) != 0 {
			t.Fatalf("%q: got %d", text, int64(got))
		}
	})
}
