package application

import (
	"context"
	"errors"
	"time"
)

const (
	// mostAtOnce is how many entries are read of the past, or gathered, and handed on
	// together. A stream holds them until its client has taken them.
	mostAtOnce = 256
	// farBehind is how many positions behind the head one customer's own past is looked
	// up. That many entries of everybody's are read in a tenth of a second.
	farBehind = 20_000
	// ownTimeout bounds a look at one customer's own past.
	ownTimeout = 500 * time.Millisecond
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
	history  []Entry      // of the one order, to be handed on first
	head     int64        // where the journal was when somebody last looked
	lookAt   int64        // from here on the customer's own past may be looked up
	apart    int64        // at least so far after the last look
	live     Subscription // nil until the past is nearly through
	caughtUp bool         // whatever comes next comes live
}

// Next returns what comes next, in slices of its own choosing; an empty one when
// there has been nothing for as long as patience lasts, and at once when ctx ends.
// Patience cuts no look at the past short, which would have to begin anew. After an
// error the stream is at its end.
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
		fresh, err := s.catchUp(ctx, waiting)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil || len(fresh) > 0 || waiting.Err() != nil {
			return fresh, err
		}
	}
}

// recall returns what is to be handed on of the history, once.
func (s *Stream) recall() []Entry {
	history := s.history
	s.history = nil
	return s.take(history)
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

// catchUp reads a part of the past. It waits for its turn until waiting ends.
func (s *Stream) catchUp(ctx, waiting context.Context) (fresh []Entry, err error) {
	select {
	case s.from.catchUp <- struct{}{}:
		defer func() { <-s.from.catchUp }()
	case <-waiting.Done():
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if s.selection.customer() != "" && s.position >= s.lookAt && s.head-s.position >= farBehind {
		if fresh, found, err := s.lookUp(ctx); found || err != nil {
			return fresh, err
		}
	}
	return s.turnPage(ctx)
}

// turnPage reads a page of everybody's past. The subscription begins when a page is the
// last one, so that it needn't hold what happens all through a long past; what has
// happened until then is on the pages after that.
func (s *Stream) turnPage(ctx context.Context) (fresh []Entry, err error) {
	page, err := s.from.journal.After(ctx, s.position, mostAtOnce)
	if err != nil {
		return nil, err
	}
	switch {
	case len(page) == mostAtOnce:
		err = s.lookAhead(ctx, page[len(page)-1].Position)
	case s.live != nil:
		s.caughtUp = true
	default:
		err = s.subscribe(ctx)
	}
	if err != nil {
		return nil, err
	}
	return s.take(page), nil
}

// lookAhead finds out how far the journal is, before a position is reached from which it
// doesn't seem far any more: it may have run ahead faster than pages of it are turned,
// which the customer's own past needn't wait for.
func (s *Stream) lookAhead(ctx context.Context, position int64) (err error) {
	if s.selection.customer() != "" && s.head-position < farBehind {
		s.head, err = s.from.journal.Head(ctx)
	}
	return err
}

// lookUp reads on in the past of the one customer that is selected. Each look costs what
// all of that customer's orders do, so those of a customer who has many are far apart,
// and so are those that aren't over in time; if the journal can't be read at all, its
// next page says so.
func (s *Stream) lookUp(ctx context.Context) (fresh []Entry, found bool, err error) {
	// In this order: nothing appears late, so whatever there is up to the head by now,
	// the look finds.
	if s.head, err = s.from.journal.Head(ctx); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	own, failed := s.from.journal.OfCustomer(ctx, s.selection.customer(), s.position, mostAtOnce)
	s.lookAt = s.position + s.apart
	fresh = s.take(own)
	if failed == nil && len(own) < mostAtOnce {
		s.position = max(s.position, s.head)
	}
	if s.position < s.lookAt {
		s.apart *= 2
	}
	return fresh, failed == nil, nil
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
