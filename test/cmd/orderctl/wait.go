package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

const (
	defaultWait = "30s"
	// pollFirst doubles up to pollMost, where the service doesn't wait itself.
	pollFirst = 100 * time.Millisecond
	pollMost  = time.Second
)

// waitFlag adds --wait, alone or with a duration.
func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", 0, "wait until the order has ended, this long at most; exit with 1 unless it is COMPLETED")
	cmd.Flags().Lookup("wait").NoOptDefVal = defaultWait
}

// preferring asks the service to answer only when the order has ended (RFC 7240).
func preferring(wait time.Duration) map[string]string {
	if wait <= 0 {
		return map[string]string{}
	}
	return map[string]string{"Prefer": fmt.Sprintf("wait=%d", int(math.Ceil(wait.Seconds())))}
}

// settle sends a request that is answered with an order and shows it, when wait
// is more than 0 after the order has ended.
func (c *ctl) settle(ctx context.Context, r request, wait time.Duration) error {
	o, raw, err := read[order](ctx, c, r)
	if err != nil {
		return err
	}
	if wait <= 0 {
		return c.showOrder(o, raw)
	}
	waited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := c.untilEnded(waited, &o, &raw, wait); err != nil {
		return err
	}
	if err := c.showOrder(o, raw); err != nil {
		return err
	}
	if o.Status != completed {
		return refused("order %s is %s", o.ID, o.outcome())
	}
	return nil
}

// untilEnded asks again and again until the order has ended or ctx has, which is
// no error. Each time it asks the service to wait, and pauses in case it doesn't.
func (c *ctl) untilEnded(ctx context.Context, o *order, raw *json.RawMessage, wait time.Duration) error {
	between := pollFirst
	for !o.ended() {
		if c.pause(ctx, between) != nil {
			return nil
		}
		between = min(2*between, pollMost)
		next, nextRaw, err := read[order](ctx, c, request{
			method: http.MethodGet, service: "order", path: orderPath(o.ID), headers: preferring(wait), wait: wait,
		})
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
		*o, *raw = next, nextRaw
	}
	return nil
}
