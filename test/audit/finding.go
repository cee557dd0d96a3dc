package audit

import (
	"fmt"
	"slices"
	"time"

	"orders.internal/shared-kernel/contracts"
)

// Finding is something on which the services disagree.
type Finding struct {
	OrderID   string `json:"order_id,omitempty"`
	ProductID string `json:"product_id,omitempty"` // when it is about stock
	Problem   string `json:"problem"`
	// Since is when the last of what disagrees became as it is now. A row that is
	// missing may have been there until later.
	Since time.Time `json:"since"`
	// LostEvent is the type of the event whose loss explains the problem, when it
	// is safe to publish it again. Otherwise Advice says what a person should do.
	LostEvent string `json:"lost_event,omitempty"`
	Advice    string `json:"advice,omitempty"`

	message contracts.Message // LostEvent
}

// examination looks for what is wrong with one order.
type examination struct {
	view
	differences differences
	findings    []Finding
}

// examine returns what the services disagree on about an order, of whatever
// age. differences are the products whose stock is in doubt.
func examine(v view, d differences) []Finding {
	e := &examination{view: v, differences: d}
	if v.order == nil {
		e.unknown()
		return e.findings
	}
	switch v.order.Status {
	case pending:
		e.pending()
	case completed:
		e.completed()
	case cancelled:
		e.cancelled()
	}
	e.refund()
	e.items()
	e.money()
	e.news()
	return e.findings
}

// since is the start of a report: the times at which what disagrees became as
// it is.
func (e *examination) since(times ...time.Time) reporter {
	return reporter{e, latest(times...)}
}

type reporter struct {
	*examination
	at time.Time
}

// wrong reports what can't be put right by publishing an event again.
func (r reporter) wrong(advice, problem string, args ...any) {
	r.findings = append(r.findings, Finding{
		OrderID: r.id, Problem: fmt.Sprintf(problem, args...), Since: r.at, Advice: advice,
	})
}

// lost reports what the loss of an event explains. The advice is for when it
// isn't safe to publish it again.
func (r reporter) lost(eventType, advice, problem string, args ...any) {
	r.wrong(advice, problem, args...)
	if m, safe := r.replay(eventType, r.differences); safe {
		f := &r.findings[len(r.findings)-1]
		f.LostEvent, f.Advice, f.message = eventType, "", m
	}
}

// before returns the findings that are older than the cutoff: what is younger
// may still be on its way.
func before(cutoff time.Time, findings []Finding) []Finding {
	return slices.DeleteFunc(findings, func(f Finding) bool { return !f.Since.Before(cutoff) })
}
