package pgkit

import "time"

const (
	// keptFor is how long calls are remembered after the last of them has failed.
	keptFor = time.Minute
	// mostKept bounds how many are. Who is forgotten has everybody wait once more.
	mostKept = 1024
)

// KeyedBy recognizes a call that is retried: a caller who was told that somebody keeps a lock
// calls anew, and without this everybody who calls at the same time waits as long as the first
// time. Calls with the same key, which is comparable, are about the same; one without, nil, is
// not retried. It is set before the first Do.
func (g *Group[T]) KeyedBy(key func(T) any) { g.key = key }

// turn runs the calls' transactions. Those who could not have a lock the last time come after
// the others, one by one, and a turn waits a tenth of a second for a lock that is still kept:
// the rest of them fail with the first one then, and are tried another time. It returns the
// outage that ended the last transaction, if one did.
func (g *Group[T]) turn(calls []*call[T]) (outage error) {
	others, again := g.separate(calls)
	if len(others) > 0 {
		outage = g.execute(others, nil)
	}
	switch {
	case len(again) == 0:
		return outage
	case outage != nil && !hasState(outage, lockNotAvailable):
		return g.fail(again, outage)
	}
	return g.split(again, 1, &search{until: time.Now()})
}

// separate returns the calls in their order, those apart that could not have a lock the last time.
func (g *Group[T]) separate(calls []*call[T]) (others, again []*call[T]) {
	if len(g.kept) > 0 && time.Now().After(g.keptUntil) {
		clear(g.kept)
	}
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

// remember has the calls come after the others the next time.
func (g *Group[T]) remember(calls []*call[T]) {
	if g.key == nil {
		return
	}
	g.keptUntil = time.Now().Add(keptFor)
	for _, c := range calls {
		key := g.key(c.operation)
		if key == nil {
			continue
		}
		if !g.kept[key] && len(g.kept) >= mostKept {
			clear(g.kept)
		}
		g.kept[key] = true
	}
}

// forget has them come with the others again.
func (g *Group[T]) forget(calls []*call[T]) {
	if len(g.kept) == 0 {
		return
	}
	for _, c := range calls {
		delete(g.kept, g.key(c.operation))
	}
}
