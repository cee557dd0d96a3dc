package bench

import (
	"reflect"
	"testing"
)

func TestLimitsAreMeansOfTheirTurns(t *testing.T) {
	turn := func(n float64) LimitTurn {
		return LimitTurn{Limits: Limits{
			System:   SystemTurns{PerS: n, CPU: CPU{classBroker: 2 * n}},
			Rows:     []RowLimit{{Batch: rowBatches[0], PerS: 3 * n, CPU: 4 * n}, {Batch: rowBatches[1], PerS: 5 * n, CPU: 6 * n}},
			Messages: MessageLimit{PerS: 7 * n, Published: 8 * n, Delivered: 9 * n, CPU: 10 * n},
			Both:     BothLimit{PerS: 11 * n, CPU: CPU{classGenerator: 12 * n}},
		}}
	}
	turns := []LimitTurn{turn(1), turn(3)}
	if got, want := meanLimits(turns), turn(2).Limits; !reflect.DeepEqual(got, want) {
		t.Errorf("means are %+v, want %+v", got, want)
	}
	if turns[0].System.CPU[classBroker] != 2 {
		t.Error("the first turn has changed")
	}
}
