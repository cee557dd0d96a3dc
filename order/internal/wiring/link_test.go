package wiring

import (
	"testing"
	"time"
)

type oldest time.Duration

func (o oldest) Oldest() time.Duration { return time.Duration(o) }

func TestLinkDoesNotWorkWhileEventsWaitForTheBroker(t *testing.T) {
	if err := (link{outbox: oldest(time.Second)}).published(); err != nil {
		t.Error(err)
	}
	if err := (link{outbox: oldest(time.Minute)}).published(); err == nil {
		t.Error("works")
	}
}
