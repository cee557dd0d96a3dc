// Package simkit is what the services' harnesses have in common: the world that
// a simulated service lives in, and the parts that its in-memory stores are made
// of. Nothing that ships imports it.
package simkit

import (
	"fmt"
	"time"
)

// World is everything around the services that a simulation decides on.
type World interface {
	// Now is the simulated time.
	Now() time.Time
	// NewID returns an id that was never returned before: the kind with a number.
	NewID(kind string) string
	// Call is one call out of a process, to its database or to another system:
	// effect is what it does there, as one step that nothing else gets into.
	// Anything else may happen before it and after it. The process may end at
	// both points, and then Call doesn't return; or the call fails with
	// errs.Unavailable, without the effect or after it.
	Call(what, id string, effect func() error) error
	// Choose returns the index of the way that something takes which can go in
	// several. Way 0 is the one without trouble.
	Choose(what string, ways []string) int
	// Later has the effect happen at some time, whatever becomes of the caller.
	Later(what, id string, effect func())
	// Note adds to the trace what the present call came to.
	Note(words ...string)
}

// Calm is a world in which every call goes well, one after the other.
type Calm struct {
	At  time.Time
	ids int
}

var _ World = (*Calm)(nil)

// Now implements World.
func (c *Calm) Now() time.Time { return c.At }

// NewID implements World.
func (c *Calm) NewID(kind string) string {
	c.ids++
	return fmt.Sprintf("%s-%d", kind, c.ids)
}

// Call implements World.
func (c *Calm) Call(_, _ string, effect func() error) error { return effect() }

// Choose implements World.
func (c *Calm) Choose(string, []string) int { return 0 }

// Later implements World: at once.
func (c *Calm) Later(_, _ string, effect func()) { effect() }

// Note implements World.
func (c *Calm) Note(...string) {}
