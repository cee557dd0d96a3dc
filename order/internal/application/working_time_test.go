package application

import (
	"testing"
	"time"
)

func TestWorkingTimeLeavesAbsencesOut(t *testing.T) {
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
	var w WorkingTime
	if _, enough := w.Ago(time.Second); enough {
		t.Error("it has worked without having begun")
	}
	w.Add(at(0), at(10))
	w.Add(at(10), at(20))
	w.Add(at(100), at(130))
	w.Add(at(200), at(205))
	for seconds, want := range map[int]time.Time{55: at(0), 36: at(19), 35: at(100), 10: at(125), 5: at(200), 1: at(204)} {
		c := WorkingTime{spans: append([]span(nil), w.spans...)}
		if got, enough := c.Ago(time.Duration(seconds) * time.Second); !enough || !got.Equal(want) {
			t.Errorf("%d s ago is %s (%v), want %s", seconds, got, enough, want)
		}
	}
	if _, enough := w.Ago(56 * time.Second); enough {
		t.Error("it has worked for longer than it did")
	}
}

func TestWorkingTimeForgetsWhatIsLongAgo(t *testing.T) {
	var w WorkingTime
	for i := range 1000 {
		begin := now.Add(time.Duration(i) * time.Minute)
		w.Add(begin, begin.Add(time.Second))
		w.Ago(10 * time.Second)
	}
	if len(w.spans) > 10 {
		t.Errorf("%d spans are kept", len(w.spans))
	}
}

func TestWorkingTimeByAnotherClockIsForgotten(t *testing.T) {
	w := Worked(now, now.Add(time.Hour))
	w.Add(now.Add(-time.Hour), now.Add(-time.Hour+time.Second))
	if _, enough := w.Ago(2 * time.Second); enough {
		t.Error("what was counted before the clock was set back is kept")
	}
}
