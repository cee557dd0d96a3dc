package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// action is the record of what somebody did with a dead letter.
type action struct {
	Service     string     `json:"service"`
	Verb        string     `json:"action"`
	Operator    string     `json:"operator"`
	LetterID    string     `json:"letter_id"`
	Type        string     `json:"type"`
	OrderID     string     `json:"order_id"`
	Reason      string     `json:"reason"`
	Outcome     string     `json:"outcome"`
	Detail      string     `json:"detail"`
	RequestedAt *time.Time `json:"requested_at"`
}

// tally is what became of a group.
type tally struct {
	Done   int `json:"done"`
	Failed int `json:"failed"`
	Left   int `json:"left"`
	Unseen int `json:"unseen"`
}

// asOperator says who asks, where no token does.
func (c *ctl) asOperator() map[string]string {
	if c.operator == "" {
		return map[string]string{}
	}
	return map[string]string{"X-Operator": url.PathEscape(c.operator)}
}

func (c *ctl) deadAct(verb string) *cobra.Command {
	short := "Put messages back into their service's queue, to be handled again"
	if verb == "discard" {
		short = "Throw messages away"
	}
	var yes bool
	cmd := &cobra.Command{
		Use:   verb + " ID... | --reason REASON",
		Short: short,
		Example: fmt.Sprintf("  orderctl dead %s 0b6a3c1d9f7e4a52b8c7d6e5f4a3b2c1\n"+
			"  orderctl dead %s --reason failed --type OrderCreated --service inventory", verb, verb),
	}
	chosen := serviceFlag(cmd)
	reason, eventType := reasonFlags(cmd)
	cmd.Flags().StringVar(&c.operator, "operator", c.operatorName(), "who does it, for the record; with a token, its subject counts")
	if verb == "discard" {
		cmd.Flags().BoolVar(&yes, "yes", false, "really throw a whole group away")
	}
	cmd.RunE = does(func(cmd *cobra.Command, ids []string) error {
		switch {
		case len(ids) > 0 && (*reason != "" || *eventType != ""):
			return misused("give either ids or a group")
		case len(ids) > 0:
			return c.actOnEach(cmd, *chosen, verb, ids)
		case *reason == "":
			return misused("give the ids of messages, or --reason for a group")
		case verb == "discard" && !yes:
			return misused("a whole group is thrown away only with --yes")
		}
		return c.actOnGroup(cmd, *chosen, verb, *reason, *eventType)
	})
	return cmd
}

func (c *ctl) operatorName() string {
	if name := c.getenv("ORDERCTL_OPERATOR"); name != "" {
		return name
	}
	return c.getenv("USER")
}

func (c *ctl) actOnEach(cmd *cobra.Command, chosen []string, verb string, ids []string) error {
	var done []action
	var failures []error
	for _, id := range ids {
		service, raw, err := c.whoever(cmd, chosen, http.MethodPost, id, verb)
		a := action{Service: service}
		if err == nil {
			err = json.Unmarshal(raw, &a)
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if a.Outcome != "done" {
			failures = append(failures, refused("%s %s: %s: %s", verb, id, a.Outcome, a.Detail))
		}
		done = append(done, a)
	}
	if err := c.showActions(done); err != nil {
		return err
	}
	return worst(failures)
}

func (c *ctl) actOnGroup(cmd *cobra.Command, chosen []string, verb, reason, eventType string) error {
	group := map[string]string{"reason": reason}
	if eventType != "" {
		group["type"] = eventType
	}
	var rows [][]string
	return c.everyService(chosen, func(service string) ([]json.RawMessage, error) {
		total, failure := c.actOnAll(cmd.Context(), request{
			method: http.MethodPost, service: service, path: "/api/dead-letters/" + verb, body: group, headers: c.asOperator(),
		})
		rows = append(rows, []string{service, fmt.Sprint(total.Done), fmt.Sprint(total.Failed), fmt.Sprint(total.Left), fmt.Sprint(total.Unseen)})
		raw, err := json.Marshal(total)
		if err != nil {
			return nil, err
		}
		return []json.RawMessage{raw}, failure
	}, func() error {
		return table(c.out, []string{"SERVICE", "DONE", "FAILED", "LEFT", "NOT LOOKED AT"}, rows)
	})
}

// actOnAll asks again until nothing is left, or no more can be done. It does no
// more than waited when it began: what is replayed may come back at once.
func (c *ctl) actOnAll(ctx context.Context, r request) (total tally, err error) {
	for first := -1; ; {
		next, _, err := read[tally](ctx, c, r)
		if err != nil {
			return total, err
		}
		if first < 0 {
			first = next.Done + next.Left + next.Unseen
		}
		total = tally{Done: total.Done + next.Done, Failed: next.Failed, Left: next.Left, Unseen: next.Unseen}
		switch {
		case next.Left+next.Unseen == 0:
			return total, nil
		case next.Done == 0 && next.Left == 0: // none among those that the service looks at
			return total, nil
		case next.Done == 0 || total.Done >= first:
			return total, refused("%s: %d are left", r, next.Left)
		}
	}
}

func (c *ctl) deadActions() *cobra.Command {
	var orderID string
	var limit int
	cmd := &cobra.Command{Use: "actions", Short: "Show who replayed and discarded what, newest first", Args: cobra.NoArgs}
	chosen := serviceFlag(cmd)
	cmd.Flags().StringVar(&orderID, "order", "", "only what is about this order")
	cmd.Flags().IntVar(&limit, "limit", 50, "show this many of a service at most; 0 for all")
	cmd.RunE = does(func(cmd *cobra.Command, _ []string) error {
		var all []action
		return c.everyService(*chosen, func(service string) ([]json.RawMessage, error) {
			found, err := c.pages(cmd.Context(), service, "/api/dead-letter-actions", values("order_id", orderID), limit)
			if err != nil {
				return nil, err
			}
			actions, err := decode[action](found.Items)
			for i := range actions {
				actions[i].Service = service
			}
			all = append(all, actions...)
			return found.Items, err
		}, func() error {
			slices.SortStableFunc(all, func(a, b action) int { return b.RequestedAt.Compare(*a.RequestedAt) })
			return c.actionTable(all)
		})
	})
	return cmd
}

func (c *ctl) showActions(all []action) error {
	if c.json {
		return c.document(map[string]any{"items": all})
	}
	return c.actionTable(all)
}

func (c *ctl) actionTable(all []action) error {
	rows := make([][]string, len(all))
	for i, a := range all {
		rows[i] = []string{moment(a.RequestedAt), a.Operator, a.Verb, a.Service, a.LetterID, a.Reason, a.Type, a.OrderID, a.Outcome, a.Detail}
	}
	return table(c.out, []string{"WHEN", "WHO", "WHAT", "SERVICE", "ID", "REASON", "TYPE", "ORDER", "OUTCOME", "DETAIL"}, rows)
}
