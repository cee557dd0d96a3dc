package application

import (
	"context"
	"errors"
	"time"
)

const (
	// catchUpPage is how many entries of the past are read at a time.
	catchUpPage = 1000
	// ownPage is how many entries of one customer are read at a time. More: each time
	// all that there are of the customer are looked at.
	ownPage = 10 * catchUpPage
	// mostAtOnce is how many entries that have come meanwhile are handed on together.
	mostAtOnce = 256
)

// ErrCutOff ends the stream of somebody who doesn't keep up, and all streams when
// the feed ends. Whoever goes on from its position misses nothing.
var ErrCutOff = errors.New("the stream was cut off")

// Stream is a sequence of entries, each once and by their positions. It needs to
// be closed, and is for one goroutine.
type Stream struct {
	from      *FollowOrders
	selection Selection

	position int64        // everything selected up to here was handed on
	history  []Entry      // to be handed on first
	readTo   int64        // the history has everything selected up to here
	live     Subscription // nil until the past is nearly through
	caughtUp bool         // whatever comes next comes live
}

// Next returns what comes next, in slices of its own choosing; an empty one when
// there has been nothing for as long as patience lasts, after a long look at the past
// that brought nothing, and at once when ctx ends. Patience cuts no look at the past
// short, which would have to begin anew. After an error the stream is at its end.
func (s *Stream) Next(ctx context.Context, patience time.Duration) ([]Entry, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if fresh := s.recall(); len(fresh) > 0 {
			return fresh, nil
		}
		if s.caughtUp {
			return s.await(waiting)
		}
		fresh, more, err := s.catchUp(ctx, waiting)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil || more || len(fresh) > 0 {
			return fresh, err
		}
	}
}

// recall returns the next part of the history, nothing after the last one.
func (s *Stream) recall() []Entry {
	for len(s.history) > 0 {
		part := s.history[:min(len(s.history), catchUpPage)]
		s.history = s.history[len(part):]
		if fresh := s.take(part); len(fresh) > 0 {
			return fresh
		}
	}
	s.history, s.position = nil, max(s.position, s.readTo)
	return nil
}

// Position is the one to go on from, if the stream ended now.
func (s *Stream) Position() int64 {
	if s.caughtUp && len(s.history) == 0 {
		// In this order: what the feed sends after its answer is above the position.
		if p := s.live.Position(); len(s.live.Entries()) == 0 {
			s.position = max(s.position, p)
		}
	}
	return s.position
}

// Close ends the stream.
func (s *Stream) Close() {
	if s.live != nil {
		s.live.Close()
	}
}

func (s *Stream) subscribe(ctx context.Context) (err error) {
	s.live, err = s.from.feed.Subscribe(ctx, s.selection)
	return err
}

// catchUp reads a page of the past, and returns whether there is more of it. The
// subscription begins when a page is the last one, so that it needn't hold what
// happens all through a long past; what has happened until then is on the pages
// after that. It waits for its turn until waiting ends.
func (s *Stream) catchUp(ctx, waiting context.Context) (fresh []Entry, more bool, err error) {
	select {
	case s.from.catchUp <- struct{}{}:
		defer func() { <-s.from.catchUp }()
	case <-waiting.Done():
		return nil, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	page, err := s.from.journal.After(ctx, s.position, catchUpPage)
	if err != nil {
		return nil, false, err
	}
	more = len(page) == catchUpPage
	switch {
	case more && s.selection.customer() != "":
		if err := s.lookUp(ctx, page[catchUpPage-1].Position); err != nil {
			return nil, false, err
		}
	case more:
	case s.live != nil:
		s.caughtUp = true
	default:
		if err := s.subscribe(ctx); err != nil {
			return nil, false, err
		}
	}
	return s.take(page), more, nil
}

// lookUp reads the past of the one customer that is selected, so that it costs no more
// than that customer's orders, however much has happened to others.
func (s *Stream) lookUp(ctx context.Context, after int64) error {
	// In this order: nothing appears late, so whatever there is up to the head by now,
	// the look finds.
	head, err := s.from.journal.Head(ctx)
	if err != nil {
		return err
	}
	s.history, err = s.from.journal.OfCustomer(ctx, s.selection.customer(), after, ownPage)
	if err == nil && len(s.history) < ownPage {
		s.readTo = head
	}
	return err
}

// await waits for what comes live.
func (s *Stream) await(ctx context.Context) ([]Entry, error) {
	for {
		select {
		case e := <-s.live.Entries():
			if fresh := s.take(s.gather(*e)); len(fresh) > 0 {
				return fresh, nil
			}
		case <-s.live.Ended():
			return nil, ErrCutOff
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// gather returns the entry and what else has come meanwhile.
func (s *Stream) gather(first Entry) []Entry {
	entries := []Entry{first}
	for len(entries) < mostAtOnce {
		select {
		case e := <-s.live.Entries():
			entries = append(entries, *e)
		default:
			return entries
		}
	}
	return entries
}

// take returns those of the entries that are selected and were not handed on yet.
func (s *Stream) take(entries []Entry) (fresh []Entry) {
	for _, e := range entries {
		if e.Position <= s.position {
			continue
		}
		s.position = e.Position
		if s.selection.Matches(&e) {
			fresh = append(fresh, e)
		}
	}
	return fresh
}
