// Package event is the vocabulary in which aggregates say what happened to
// them. It is the only thing a domain package knows about messaging: no ids,
// no encoding, no broker.
package event

// Event is something that happened to one order in one service. Its type is a
// name of the wire contract ("OrderCreated"), its subject the order's id.
type Event interface {
	EventType() string
	Subject() string
}

// Recorder keeps what happened to an aggregate since it was made or loaded,
// until a repository saves it together with the aggregate's state.
// The zero value is ready to use.
type Recorder struct {
	recorded []Event
}

// Record adds e after the events recorded before it.
func (r *Recorder) Record(e Event) { r.recorded = append(r.recorded, e) }

// Recorded returns the events in the order they happened.
func (r *Recorder) Recorded() []Event { return r.recorded }
