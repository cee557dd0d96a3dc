package event

import (
	"slices"
	"testing"
)

type happened string

func (h happened) EventType() string { return string(h) }
func (happened) Subject() string     { return "order-1" }

func TestRecorderKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var r Recorder
	if got := r.Recorded(); len(got) != 0 {
		t.Errorf("an empty recorder has %v", got)
	}
	r.Record(happened("OrderCreated"))
	r.Record(happened("OrderCancelled"))
	if got, want := r.Recorded(), []Event{happened("OrderCreated"), happened("OrderCancelled")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOriginTravelsInTheContext(t *testing.T) {
	t.Parallel()
	if got := OriginOf(t.Context()); got != (Origin{}) {
		t.Errorf("a context without origin has %+v", got)
	}
	outer := Origin{CorrelationID: "request-1", Traceparent: "00-1-2-01", Tracestate: "a=b"}
	inner := outer
	inner.CausationID = "event-1"
	ctx := WithOrigin(t.Context(), outer)
	if got := OriginOf(WithOrigin(ctx, inner)); got != inner {
		t.Errorf("got %+v, want the inner one", got)
	}
	if got := OriginOf(ctx); got != outer {
		t.Errorf("got %+v, want the outer one", got)
	}
}
