package event

import "context"

// Origin says what a piece of work goes back to: the request that started it
// and the event that it reacts to. It travels in the context, through outbox
// rows and messages, so that one order can be followed through every service.
type Origin struct {
	CorrelationID string // the request's X-Correlation-ID
	CausationID   string // id of the event that is being handled; empty for a request
	Traceparent   string // W3C Trace Context, passed on as it came
	Tracestate    string
}

type originKey struct{}

// WithOrigin returns a context that carries o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns what ctx carries, or the zero Origin.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
