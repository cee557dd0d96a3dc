package bench

import (
	"maps"
	"os"
	"slices"

	"orders.internal/test/stack"
)

// The classes of processes whose CPU time is measured, beside the services.
const (
	classDatabase  = "PostgreSQL"
	classBroker    = "broker"
	classGenerator = "load generator" // this process
	// classOthers is all that is no process of the above: other programs, which
	// disturb the measurement, and what the kernel puts down to nobody.
	classOthers = "others"
)

// Classes of the system under test, in the order in which they are shown.
var Classes = append(slices.Clone(stack.Services), classDatabase, classBroker)

// CPU is the time in seconds, user and system, that each class of processes has
// used. It is nil where the system doesn't tell.
type CPU map[string]float64

// minus is what was used since an earlier reading.
func (c CPU) minus(earlier CPU) CPU {
	used := CPU{}
	for class, seconds := range c {
		used[class] = seconds - earlier[class]
	}
	return used
}

// System is the sum without the load generator.
func (c CPU) System() float64 {
	sum := 0.0
	for _, class := range Classes {
		sum += c[class]
	}
	return sum
}

// all is the sum with the load generator.
func (c CPU) all() float64 { return c.System() + c[classGenerator] }

// servers sums PostgreSQL and RabbitMQ up.
func (c CPU) servers() float64 { return c[classDatabase] + c[classBroker] }

// per1000 is the CPU seconds for each 1,000 of n orders.
func (c CPU) per1000(n int) CPU {
	if c == nil || n == 0 {
		return nil
	}
	share := maps.Clone(c)
	for class := range share {
		share[class] *= 1000 / float64(n)
	}
	return share
}

// roots are the processes of each class whose descendants belong to it.
func (s *system) roots() map[string]int {
	roots := map[string]int{classDatabase: s.stack.Database.PID(), classBroker: s.stack.Broker.PID()}
	for name, p := range s.services {
		roots[name] = p.PID()
	}
	return roots
}

// readCPU returns what each class has used so far.
func (s *system) readCPU() (CPU, error) {
	table, err := processTable()
	if err != nil || table == nil {
		return nil, err
	}
	busy, err := busyTime()
	if err != nil {
		return nil, err
	}
	used := CPU{classGenerator: table[os.Getpid()].own}
	for class, root := range s.roots() {
		if root != 0 { // it runs
			used[class] = table.tree(root)
		}
	}
	used[classOthers] = busy - used.System() - used[classGenerator]
	return used, nil
}

// processTime is the CPU time of a process in seconds.
type processTime struct {
	parent int
	own    float64
	reaped float64 // of its children that have ended and were waited for, and of theirs
}

// processTimes is by process id.
type processTimes map[int]processTime

// descendants of a process, itself first, and each before its own.
func (t processTimes) descendants(root int) []int {
	all := []int{root}
	for pid, p := range t {
		if p.parent == root && pid != root {
			all = append(all, t.descendants(pid)...)
		}
	}
	return all
}

// tree sums a process and all its descendants. What a child has used is in its
// own time while it is there and in its parent's afterwards, so the sum never
// falls and misses nothing.
func (t processTimes) tree(root int) float64 {
	sum := t[root].own + t[root].reaped
	for pid, p := range t {
		if p.parent == root && pid != root {
			sum += t.tree(pid)
		}
	}
	return sum
}
