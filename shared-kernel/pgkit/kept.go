package pgkit

import "time"

const (
	// againFor bounds what the calls of a turn may wait for locks that were kept the last
	// time. Who has not been tried by then is so the next time.
	againFor = 500 * time.Millisecond
	// mostKept bounds what is remembered. Whoever is forgotten has everybody wait once more.
	mostKept = 1024
)

// KeyedBy tells calls apart that come again: a caller who was told that somebody keeps a lock
// calls anew. Without it, each time would have all who call meanwhile wait for as long as the
// first one. Keys are comparable. It is set before the first Do.
func (g *Group[T]) KeyedBy(key func(T) any) { g.key = key }

// turn runs the calls' transactions. Those who could not have a lock the last time come after
// the others, by themselves, and wait for it no longer than others hold one who work. It
// returns the outage that ended the last transaction, if one did.
func (g *Group[T]) turn(calls []*call[T]) (outage error) {
	others, again := g.part(calls)
	if len(others) > 0 {
		outage = g.execute(others, nil)
	}
	switch {
	case len(again) == 0:
		return outage
	case outage != nil && !hasState(outage, lockNotAvailable):
		return g.fail(again, outage)
	}
	return g.execute(again, &search{until: time.Now().Add(againFor), apart: true})
}

// part returns the calls in their order, those apart that could not have a lock the last time.
func (g *Group[T]) part(calls []*call[T]) (others, again []*call[T]) {
	if len(g.kept) == 0 {
		return calls, nil
	}
	for _, c := range calls {
		if g.kept[g.key(c.operation)] {
			again = append(again, c)
		} else {
			others = append(others, c)
		}
	}
	return others, again
}

// couldNotLock remembers the calls.
func (g *Group[T]) couldNotLock(calls []*call[T]) {
	if g.key == nil {
		return
	}
	if len(g.kept)+len(calls) > mostKept {
		clear(g.kept)
	}
	for _, c := range calls {
		g.kept[g.key(c.operation)] = true
	}
}

// couldLock forgets them.
func (g *Group[T]) couldLock(calls []*call[T]) {
	if len(g.kept) == 0 {
		return
	}
	for _, c := range calls {
		delete(g.kept, g.key(c.operation))
	}
}
