// Package audit holds what the four services say about every order against
// each other, over HTTP alone, and finds what was lost between them.
//
// A running system is never audited at one moment: the lists are read while it
// goes on. Still nothing is reported that only looks wrong for that. A finding
// is dated by the last change of all that it compares, and counts only when
// that was before the audit began, by the grace period at least. Everything it
// compares had its present state by then, so that whenever each was read, they
// were like this together, and for that long.
package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"orders.internal/test/stack/console"
)

// DefaultGrace is how long the services may disagree before that is reported:
// longer than an order may be pending, and what follows its end takes.
const DefaultGrace = 90 * time.Second

// rereads is how many suspects are looked at again at once.
const rereads = 8

// Report is what an audit found.
type Report struct {
	StartedAt time.Time `json:"started_at"`
	Orders    int       `json:"orders"`   // compared
	Products  int       `json:"products"` // compared
	Findings  []Finding `json:"findings"` // oldest first
}

// Clean tells that the services agree.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// Option changes how an audit is done.
type Option func(*audit)

// WithGrace replaces DefaultGrace. With 0, all is reported that was so before
// the audit began. With a negative one, what came to be so while it read is, too:
// no running system is ever clean then, and one that is has come to rest.
func WithGrace(d time.Duration) Option { return func(a *audit) { a.grace = d } }

// WithProgress tells people how far the audit is.
func WithProgress(p *console.Progress) Option { return func(a *audit) { a.progress = p } }

// WithToken is for services that ask who calls: the token needs the scope ops.
func WithToken(token string) Option { return func(a *audit) { a.token = token } }

type audit struct {
	Endpoints
	token    string // empty: none
	grace    time.Duration
	progress *console.Progress
}

// Run audits the system. Its error means that a service could not be read.
func Run(ctx context.Context, e Endpoints, options ...Option) (Report, error) {
	a := audit{Endpoints: e, grace: DefaultGrace}
	for _, change := range options {
		change(&a)
	}
	ctx = withToken(ctx, a.token)
	report := Report{StartedAt: time.Now().UTC(), Findings: []Finding{}}
	cutoff := report.StartedAt.Add(-a.grace)

	suspects, stock, err := a.read(ctx, &report, cutoff)
	if err != nil {
		return report, fmt.Errorf("read the services: %w", err)
	}
	wrong := stock.wrong()
	if len(wrong) > 0 {
		if wrong, err = a.recount(ctx, wrong, report.StartedAt); err != nil {
			return report, fmt.Errorf("read the services: %w", err)
		}
	}
	findings, err := a.reexamine(ctx, suspects, stock.doubtful(), cutoff)
	if err != nil {
		return report, fmt.Errorf("read the services: %w", err)
	}
	report.Findings = append(findings, wrong.findings()...)
	slices.SortFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.OrderID+a.ProductID, b.OrderID+b.ProductID))
	})
	return report, nil
}

// read compares everything, and returns the ids of the orders that seem wrong,
// and the stock with its reservations.
func (a audit) read(ctx context.Context, report *Report, cutoff time.Time) ([]string, *tally, error) {
	done := a.progress.Step("reading what the services say")
	defer done("")
	stock, err := a.products(ctx, report.StartedAt)
	if err != nil {
		return nil, nil, err
	}
	report.Products = len(stock.products)
	suspects := map[string]bool{}
	j := join{endpoints: a.Endpoints, views: map[string]*view{}, reserved: stock.add, whole: func(v view) {
		if v.order != nil {
			if report.Orders++; report.Orders%20_000 == 0 {
				a.progress.Say("    %d orders", report.Orders)
			}
		}
		if len(before(cutoff, examine(v, nil))) > 0 {
			suspects[v.id] = true
		}
	}}
	if err := j.run(ctx); err != nil {
		return nil, nil, err
	}
	return slices.Sorted(maps.Keys(suspects)), stock, nil
}

// products begins a tally: they have to be read before the reservations.
func (a audit) products(ctx context.Context, started time.Time) (*tally, error) {
	var products []product
	err := each(ctx, a.Inventory+"/api/products", func(rows []product) error {
		products = append(products, rows...)
		return nil
	})
	return newTally(products, started), err
}

// recount compares the stock once more, and returns what is still wrong.
func (a audit) recount(ctx context.Context, first differences, started time.Time) (differences, error) {
	done := a.progress.Step(fmt.Sprintf("counting the reservations again, for %d products", len(first)))
	defer done("")
	stock, err := a.products(ctx, started)
	if err != nil {
		return nil, err
	}
	err = each(ctx, a.Inventory+"/api/reservations", func(rows []reservation) error {
		for _, r := range rows {
			stock.add(r)
		}
		return nil
	})
	return first.lasting(stock.wrong()), err
}

// reexamine looks at each suspect again: some are well by now, and some were
// only taken apart by clocks that differ.
func (a audit) reexamine(ctx context.Context, suspects []string, d differences, cutoff time.Time) ([]Finding, error) {
	if len(suspects) == 0 {
		return nil, nil
	}
	done := a.progress.Step(fmt.Sprintf("looking at %d orders again", len(suspects)))
	defer done("")
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rereads)
	found := make([][]Finding, len(suspects))
	for i, id := range suspects {
		g.Go(func() error {
			v, err := a.readOne(ctx, id)
			found[i] = before(cutoff, examine(v, d))
			return err
		})
	}
	err := g.Wait()
	return slices.Concat(found...), err
}

// readOne asks the services about one order.
func (a audit) readOne(ctx context.Context, id string) (view, error) {
	v := view{id: id}
	reservations, err := ofOrder[reservation](ctx, a.Inventory+"/api/reservations", id)
	if err != nil {
		return v, err
	}
	for _, r := range reservations { // one at most
		v.reservation = &r
	}
	if p, there, err := get[payment](ctx, a.Payment+"/api/payments/"+url.PathEscape(id)); err != nil {
		return v, err
	} else if there {
		v.payment = &p
	}
	if v.ledger, err = ofOrder[entry](ctx, a.Payment+"/api/gateway/ledger", id); err != nil {
		return v, err
	}
	if v.notifications, err = ofOrder[notification](ctx, a.Notification+"/api/notifications", id); err != nil {
		return v, err
	}
	o, there, err := get[order](ctx, a.Order+"/api/orders/"+url.PathEscape(id))
	if there {
		v.order = &o
	}
	return v, err
}
