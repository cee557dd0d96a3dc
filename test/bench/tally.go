package bench

import (
	"net/http"
	"sync/atomic"
	"time"
)

// tally counts the answers to what was placed in a part of a phase. A nil one
// counts nothing.
type tally struct {
	accepted, refused, unanswered atomic.Int64
	latency                       *histogram // of every answer that nobody wanted to wait for, from when it was due
}

func newTally() *tally { return &tally{latency: newHistogram()} }

// add counts an answer; the status is 0 when there was none.
func (t *tally) add(status int, took time.Duration, waited bool) {
	if t == nil {
		return
	}
	if status != 0 && !waited {
		t.latency.record(took)
	}
	switch status {
	case http.StatusCreated:
		t.accepted.Add(1)
	case 0:
		t.unanswered.Add(1)
	default:
		t.refused.Add(1)
	}
}

// Answers are those to the orders of a part of a phase.
type Answers struct {
	Accepted   int64    `json:"accepted"`   // 201
	Refused    int64    `json:"refused"`    // 503, with Retry-After
	Unanswered int64    `json:"unanswered"` // nobody can say
	Latency    *Latency `json:"latency,omitempty"`
}

func (t *tally) answers() Answers {
	return Answers{
		Accepted: t.accepted.Load(), Refused: t.refused.Load(), Unanswered: t.unanswered.Load(), Latency: t.latency.latency(),
	}
}
