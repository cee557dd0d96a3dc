package feed

import (
	"context"
	"sync"
	"time"

	"orders.internal/order/internal/application"
)

const (
	// pollEvery finds what nobody has told of.
	pollEvery = time.Second
	// linger is for how many polls the hub stays awake after its last subscriber
	// has gone: those who wait for an order come and go.
	linger = 60
	// page is how many entries are read at a time.
	page        = 500
	readTimeout = 10 * time.Second
)

// Run hands on until ctx ends, and then ends all subscriptions.
func (h *Hub) Run(ctx context.Context) {
	defer h.stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			if _, _, wanted := h.progress(); wanted {
				h.follow(ctx)
			}
		}
	}
}

// follow hands on what is new until nobody has been subscribed for a while.
func (h *Hub) follow(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	listening.Go(func() { h.source.Listen(ctx, h.Wake) })
	defer listening.Wait()
	defer cancel()
	polls := time.NewTicker(pollEvery)
	defer polls.Stop()
	failing := false
	for unwanted := 0; unwanted < linger; {
		err := h.catchUp(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			h.log.WarnContext(ctx, "nothing is handed on until the database answers again", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-polls.C:
			if _, _, wanted := h.progress(); wanted {
				unwanted = 0
			} else {
				unwanted++
			}
		}
	}
}

// catchUp hands on what is new now.
func (h *Hub) catchUp(ctx context.Context) error {
	for {
		position, known, wanted := h.progress()
		switch {
		case !wanted:
			return nil
		case !known:
			head, err := h.head(ctx)
			if err != nil {
				return err
			}
			h.begin(head)
			continue
		}
		entries, err := h.after(ctx, position)
		if err != nil {
			return err
		}
		h.handOn(entries)
		if len(entries) < page {
			return nil
		}
	}
}

func (h *Hub) head(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return h.source.Head(ctx)
}

func (h *Hub) after(ctx context.Context, position int64) ([]application.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return h.source.After(ctx, position, page)
}
