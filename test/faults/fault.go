package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"orders.internal/test/stack"
)

// Kind is a way to harm the system.
type Kind string

// The kinds. The first four are done to programs, the others to links.
const (
	Kill      Kind = "SIGKILL"         // and started again when the fault ends
	Freeze    Kind = "SIGSTOP"         // then SIGCONT
	Stop      Kind = "SIGTERM"         // and started again
	Roll      Kind = "rolling restart" // one program after the other, each once the last one is ready
	Cut       Kind = "cut"             // connections are closed and new ones refused
	Delay     Kind = "delay"           // half a second each way, more or less
	BlackHole Kind = "black hole"      // connections open, and nothing ever arrives
)

// Kinds lists all kinds.
var Kinds = []Kind{Kill, Freeze, Stop, Roll, Cut, Delay, BlackHole}

// Fault is one harm, done to everything it names at once.
type Fault struct {
	Kind Kind
	On   []string      // programs or links, by name
	At   time.Duration // from the beginning of the round
	For  time.Duration // 0 for Roll, which takes as long as it takes
}

// String describes the fault for the printed schedule.
func (f Fault) String() string {
	text := fmt.Sprintf("%s %s", f.Kind, strings.Join(f.On, ", "))
	switch {
	case f.For > 0 && f.At > 0:
		return fmt.Sprintf("%s (at %v, for %v)", text, f.At, f.For)
	case f.For > 0:
		return fmt.Sprintf("%s (for %v)", text, f.For)
	}
	return text
}

// class is what is told apart when it comes to recovery: a server that is killed
// is something else than a service.
type class struct {
	kind   Kind
	server bool
}

func (c class) String() string {
	if c.server {
		return string(c.kind) + " of a server"
	}
	return string(c.kind)
}

func (f Fault) class() class { return class{f.Kind, isServer(f.On[0])} }

// classes lists all classes.
func classes() []class {
	var all []class
	for _, kind := range Kinds {
		all = append(all, class{kind, false}, class{kind, true})
	}
	return all
}

// Round is a number of faults that overlap. The system may recover after it.
type Round struct {
	Faults []Fault
	// SagaTimeout is the order service's meanwhile, 0 for one that no order
	// reaches: it hides an event that was lost.
	SagaTimeout time.Duration
	TimesOut    bool // it is so long that orders time out
}

// class returns that of all the round's faults, if they have one.
func (r Round) class() (of class, uniform bool) {
	of = r.Faults[0].class()
	return of, !slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.class() != of })
}

// String describes the round for the printed schedule.
func (r Round) String() string {
	texts := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		texts[i] = f.String()
	}
	if r.SagaTimeout > 0 {
		texts = append(texts, fmt.Sprintf("orders may take %v", r.SagaTimeout))
	}
	return strings.Join(texts, "; ")
}

// The servers. Replicas are named replica(service, 1) and so on.
const (
	database = "postgres"
	broker   = "rabbitmq"
)

func isServer(name string) bool { return name == database || name == broker }

// replicas is how many processes of each service there are.
const replicas = 2

func replica(service string, n int) string { return fmt.Sprintf("%s-%d", service, n) }

func replicasOf(service string) []string {
	names := make([]string, replicas)
	for i := range names {
		names[i] = replica(service, i+1)
	}
	return names
}

func everyReplica() []string {
	var names []string
	for _, service := range stack.Services {
		names = append(names, replicasOf(service)...)
	}
	return names
}

// linkOf names the connections between a replica and a server.
func linkOf(replica, server string) string { return replica + "/" + server }
