package application

import (
	"cmp"
	"context"
	"slices"

	"orders.internal/order/internal/domain"
)

// ReadTimeline shows what happened to an order, over all services.
type ReadTimeline struct {
	journal Journal
}

// NewReadTimeline returns the use case.
func NewReadTimeline(journal Journal) *ReadTimeline { return &ReadTimeline{journal: journal} }

// Do returns the order's entries in causal order, or errs.NotFound.
func (uc *ReadTimeline) Do(ctx context.Context, id domain.OrderID) ([]Entry, error) {
	entries, err := uc.journal.OfOrder(ctx, id)
	return inCausalOrder(entries), err
}

// inCausalOrder sorts by time, and then puts every event behind the one that
// caused it: the services' clocks may disagree, their causes don't.
func inCausalOrder(entries []Entry) []Entry {
	byTime := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(a.Event.OccurredAt.Compare(b.Event.OccurredAt), cmp.Compare(a.Position, b.Position))
	})
	indexOf := make(map[string]int, len(byTime))
	for i, e := range byTime {
		indexOf[e.Event.EventID] = i
	}
	sorted, placed := make([]Entry, 0, len(byTime)), make([]bool, len(byTime))
	for i := range byTime {
		// The event, its cause, the cause of that...: as far as they have no place
		// yet. Causes in a circle can only be made up; it is cut anywhere.
		var chain []Entry
		for known := true; known && !placed[i]; i, known = indexOf[byTime[i].Event.CausationID] {
			placed[i] = true
			chain = append(chain, byTime[i])
		}
		slices.Reverse(chain)
		sorted = append(sorted, chain...)
	}
	return sorted
}
