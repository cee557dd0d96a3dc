package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"orders.internal/shared-kernel/contracts"
)

const (
	// silence is how long a stream may tell nothing before the order itself is
	// asked for: a stream that doesn't begin at the beginning says nothing about
	// an order that has ended.
	silence = 3 * time.Second
	// mostReconnects is how often in a row a lost stream is tried again.
	mostReconnects = 10
)

// errNoStream: the service has no streams, or not for this.
var errNoStream = errors.New("the service has no stream of this order")

func (c *ctl) watch() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:               "watch ORDER",
		Short:             "Show an order's events as they happen, until it has ended",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completeOrders(pending),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			w := &watcher{ctl: c, id: args[0], follow: follow}
			err := w.stream(cmd.Context())
			if errors.Is(err, errNoStream) {
				err = w.poll(cmd.Context())
			}
			if cmd.Context().Err() != nil {
				return nil // interrupted, which is how to end --follow
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "go on when the order has ended (a refund may come later)")
	return cmd
}

// happening is what a stream tells of an order.
type happening struct {
	OrderID string `json:"order_id"`
	Status  string `json:"status"`
	Event   *struct {
		Type    string     `json:"type"`
		Service string     `json:"service"`
		Time    *time.Time `json:"time"`
	} `json:"event"`
}

// last tells whether this ends the order. What led to the end has the status that
// came of it, too; the order's own event comes after that.
func (h happening) last() bool {
	ended := order{Status: h.Status}.ended()
	return ended && (h.Event == nil || h.Event.Type == contracts.TypeOrderConfirmed || h.Event.Type == contracts.TypeOrderCancelled)
}

// watcher watches one order.
type watcher struct {
	*ctl
	id      string
	follow  bool
	last    string // the id of the last message, to go on from
	printed bool
	done    bool
}

// stream prints what the service streams, over as many connections as it takes.
func (w *watcher) stream(ctx context.Context) error {
	for failures := 0; ; failures++ {
		before := w.last
		err := w.connection(ctx)
		switch {
		case w.done || ctx.Err() != nil:
			return nil
		case codeOf(err) != exitUnreachable:
			return err
		case w.last != before:
			failures = 0
		case failures == mostReconnects:
			return err
		}
		if w.pause(ctx, pollMost) != nil {
			return nil
		}
	}
}

// connection reads one stream to its end.
func (w *watcher) connection(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := request{
		method: http.MethodGet, service: "order", path: orderPath(w.id) + "/events", headers: map[string]string{"Accept": "text/event-stream"},
	}
	if w.last != "" {
		r.headers["Last-Event-ID"] = w.last
	}
	response, err := w.send(ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); {
	case response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusMethodNotAllowed, response.StatusCode == http.StatusNotAcceptable:
		return errNoStream
	case response.StatusCode != http.StatusOK:
		body, err := io.ReadAll(io.LimitReader(response.Body, maxEvent))
		if err != nil {
			return unreachable(r, err)
		}
		return problemOf(r, response, body)
	case mediaType != "text/event-stream":
		return errNoStream
	}
	messages, ended := make(chan streamed), make(chan error, 1)
	go func() {
		ended <- readStream(response.Body, func(m streamed) bool {
			select {
			case messages <- m:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	return w.read(ctx, r, messages, ended)
}

func (w *watcher) read(ctx context.Context, r request, messages <-chan streamed, ended <-chan error) error {
	quiet := time.NewTimer(w.silence)
	defer quiet.Stop()
	for {
		select {
		case m := <-messages:
			if err := w.take(m); err != nil || w.done {
				return err
			}
			quiet.Reset(w.silence)
		case <-quiet.C:
			if err := w.look(ctx); err != nil || w.done {
				return err
			}
			quiet.Reset(w.silence)
		case err := <-ended:
			if err == nil {
				err = errors.New("the stream ended")
			}
			return unreachable(r, err)
		}
	}
}

// take prints a message.
func (w *watcher) take(m streamed) error {
	w.last = m.id
	var h happening
	if err := json.Unmarshal([]byte(m.data), &h); err != nil {
		return refused("the stream of order %s: %w in %.200s", w.id, err, m.data)
	}
	w.done = !w.follow && h.last()
	if w.json {
		return w.document(json.RawMessage(m.data))
	}
	at, service, what := "", "", m.event
	if h.Event != nil {
		at, service, what = moment(h.Event.Time), h.Event.Service, h.Event.Type
	}
	return w.row(at, service, what, h.Status)
}

// look asks for the order itself.
func (w *watcher) look(ctx context.Context) error {
	o, _, err := read[order](ctx, w.ctl, request{method: http.MethodGet, service: "order", path: orderPath(w.id)})
	w.done = err == nil && !w.follow && o.ended()
	return err
}

// poll prints the order's changes where there is no stream.
func (w *watcher) poll(ctx context.Context) error {
	known := ""
	for between := pollFirst; ; between = min(2*between, pollMost) {
		o, raw, err := read[order](ctx, w.ctl, request{method: http.MethodGet, service: "order", path: orderPath(w.id)})
		if err != nil {
			return err
		}
		if now := o.outcome(); now != known {
			known = now
			if w.json {
				err = w.document(raw)
			} else {
				err = w.row(moment(o.UpdatedAt), "order", "", now)
			}
			if err != nil {
				return err
			}
		}
		if o.ended() && !w.follow {
			return nil
		}
		if w.pause(ctx, between) != nil {
			return nil
		}
	}
}

// row prints a line at once, in columns that fit what can come.
func (w *watcher) row(at, service, what, status string) error {
	const columns = "%-19s  %-12s  %-20s  %s\n"
	if !w.printed {
		w.printed = true
		if _, err := fmt.Fprintf(w.out, columns, "TIME", "SERVICE", "EVENT", "STATUS"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w.out, columns, printable(at), printable(service), printable(what), printable(status))
	return err
}
