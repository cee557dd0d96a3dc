package process

import "testing"

func TestParseStat(t *testing.T) {
	const rest = " S 1 4242 4242 0 -1 4194560 1 0 0 0 7 3 0 0 20 0 1 0 987654 1000 200"
	for name, line := range map[string]string{
		"plain":               "4242 (sh)" + rest,
		"brackets and blanks": "4242 (a (b) c) d)" + rest,
	} {
		t.Run(name, func(t *testing.T) {
			state, ticks, err := parseStat([]byte(line))
			if err != nil || state != "S" || ticks != "987654" {
				t.Errorf("got %q, %q, %v", state, ticks, err)
			}
		})
	}
	for _, line := range []string{"", "4242 sh S 1", "4242 (sh) S 1"} {
		if _, _, err := parseStat([]byte(line)); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}
