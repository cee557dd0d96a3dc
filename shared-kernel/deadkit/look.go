package deadkit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit"
)

// Position is where a page of letters ends.
type Position struct {
	PublishedAt time.Time
	ID          string
}

// Filter says which letters are listed.
type Filter struct {
	Reason string // "" for all
	Type   string // "" for all
	After  *Position
	Limit  int
}

// List returns letters, newest first, with the beginnings of their bodies. It
// looks at the oldest 10,000 messages. Outages are errs.Unavailable, here and in
// all that follows.
func (k *Keeper) List(ctx context.Context, f Filter) ([]Letter, error) {
	found := newest{limit: f.Limit, after: f.After}
	err := k.hold(ctx, func(held *rabbitkit.Held) error {
		return each(ctx, held, func(m message) bool {
			if f.fits(m) {
				found.add(m)
			}
			return true
		})
	})
	return found.letters, err
}

func (f Filter) fits(m message) bool {
	if f.Reason != "" && f.Reason != m.reason() {
		return false
	}
	if f.Type == "" {
		return true
	}
	eventType, _ := m.about()
	return f.Type == eventType
}

// newest keeps the first letters of a list whose messages come in any order.
type newest struct {
	limit   int
	after   *Position
	letters []Letter
}

func (n *newest) add(m message) {
	id := m.id()
	at := Position{PublishedAt: m.publishedAt(), ID: id}
	if n.after != nil && at.compare(*n.after) <= 0 {
		return
	}
	i, copied := slices.BinarySearchFunc(n.letters, at, func(l Letter, p Position) int {
		return Position{l.PublishedAt, l.ID}.compare(p)
	})
	switch {
	case copied:
		n.letters[i].Copies++
	case i < n.limit:
		n.letters = slices.Insert(n.letters, i, m.letter(id, maxPreview))
		n.letters = n.letters[:min(len(n.letters), n.limit)]
	}
}

// compare is less than 0 when p comes before other in the list.
func (p Position) compare(other Position) int {
	return cmp.Or(other.PublishedAt.Compare(p.PublishedAt), strings.Compare(other.ID, p.ID))
}

// ByID returns one letter with its body, of which it shows 1 MiB at most. It is
// errs.NotFound when no such message waits.
func (k *Keeper) ByID(ctx context.Context, id string) (Letter, error) {
	var found Letter
	err := k.hold(ctx, func(held *rabbitkit.Held) error {
		return each(ctx, held, func(m message) bool {
			switch {
			case m.id() != id:
			case found.ID != "":
				found.Copies++
			default:
				found = m.letter(id, maxWhole)
			}
			return true
		})
	})
	if err == nil && found.ID == "" {
		err = notWaiting(id)
	}
	return found, err
}

func notWaiting(id string) error {
	return errs.New(errs.NotFound, "no dead letter %.64q waits", id)
}

// Summary counts what waits.
type Summary struct {
	Waiting int // all of it
	Seen    int // how many were looked at for the groups
	Groups  []Group
}

// Group is the messages that are there for the same reason.
type Group struct {
	Reason string
	Type   string // of the events
	Count  int
}

// Summary counts what waits by reason and event type, the largest group first.
func (k *Keeper) Summary(ctx context.Context) (Summary, error) {
	var s Summary
	counts := map[Group]int{}
	err := k.hold(ctx, func(held *rabbitkit.Held) error {
		s.Waiting = held.Waiting
		return each(ctx, held, func(m message) bool {
			eventType, _ := m.about()
			counts[Group{Reason: m.reason(), Type: eventType}]++
			s.Seen++
			return true
		})
	})
	for g, count := range counts {
		g.Count = count
		s.Groups = append(s.Groups, g)
	}
	slices.SortFunc(s.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Type, b.Type))
	})
	return s, err
}
