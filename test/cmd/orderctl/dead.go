package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

// letter is a dead letter.
type letter struct {
	Service      string          `json:"-"`
	ID           string          `json:"id"`
	Copies       int             `json:"copies"`
	Reason       string          `json:"reason"`
	Detail       string          `json:"detail"`
	Type         string          `json:"type"`
	OrderID      string          `json:"order_id"`
	MessageID    string          `json:"message_id"`
	OriginalKey  string          `json:"original_routing_key"`
	PublishedAt  *time.Time      `json:"published_at"`
	Headers      map[string]any  `json:"headers"`
	Size         int             `json:"size"`
	Body         json.RawMessage `json:"body"`
	BodyEncoding string          `json:"body_encoding"`
	Truncated    bool            `json:"truncated"`
}

func (c *ctl) dead() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "Look at the messages that a service could not handle, handle them again or throw them away",
	}
	cmd.AddCommand(c.deadList(), c.deadSummary(), c.deadShow(), c.deadAct("replay"), c.deadAct("discard"), c.deadActions())
	return cmd
}

// serviceFlag adds --service, which is for all services when it isn't given.
func serviceFlag(cmd *cobra.Command) *[]string {
	chosen := cmd.Flags().StringSlice("service", nil, "only this service's (all)")
	completeWith(cmd, "service", stack.Services...)
	return chosen
}

// services reads --service.
func services(chosen []string) ([]string, error) {
	if len(chosen) == 0 {
		return stack.Services, nil
	}
	for _, service := range chosen {
		if !slices.Contains(stack.Services, service) {
			return nil, misused("--service %q: must be one of %s", service, strings.Join(stack.Services, ", "))
		}
	}
	return chosen, nil
}

// reasonFlags adds --reason and --type.
func reasonFlags(cmd *cobra.Command) (reason, eventType *string) {
	reason = cmd.Flags().String("reason", "", "only what is there for this reason")
	eventType = cmd.Flags().String("type", "", "only events of this type")
	completeWith(cmd, "reason", "contradiction", "delivery_limit", "failed", "invalid", "malformed", "panic",
		"too_large", "unknown_order", "unknown_type", "unsupported_version")
	completeWith(cmd, "type", eventTypes()...)
	return reason, eventType
}

func eventTypes() []string {
	types := make([]string, len(contracts.Routes))
	for i, route := range contracts.Routes {
		types[i] = route.Type
	}
	return types
}

func (c *ctl) deadList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "Show what waits, newest first", Args: cobra.NoArgs}
	chosen := serviceFlag(cmd)
	reason, eventType := reasonFlags(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "show this many of a service at most; 0 for all")
	cmd.RunE = does(func(cmd *cobra.Command, _ []string) error {
		var rows [][]string
		return c.everyService(*chosen, func(service string) ([]json.RawMessage, error) {
			found, err := c.pages(cmd.Context(), service, "/api/dead-letters", values("reason", *reason, "type", *eventType), limit)
			if err != nil {
				return nil, err
			}
			letters, err := decode[letter](found.Items)
			for _, l := range letters {
				rows = append(rows, []string{service, l.ID, l.Reason, l.Type, l.OrderID, moment(l.PublishedAt), strconv.Itoa(l.Copies), l.Detail})
			}
			return found.Items, err
		}, func() error {
			return table(c.out, []string{"SERVICE", "ID", "REASON", "TYPE", "ORDER", "PUBLISHED", "COPIES", "DETAIL"}, short(rows))
		})
	})
	return cmd
}

// short cuts the last cell of each row, which may be long.
func short(rows [][]string) [][]string {
	const most = 80
	for _, row := range rows {
		last := &row[len(row)-1]
		if text := []rune(*last); len(text) > most {
			*last = string(text[:most-1]) + "…"
		}
	}
	return rows
}

func (c *ctl) deadSummary() *cobra.Command {
	cmd := &cobra.Command{Use: "summary", Short: "Count what waits, by reason and event type", Args: cobra.NoArgs}
	chosen := serviceFlag(cmd)
	cmd.RunE = does(func(cmd *cobra.Command, _ []string) error {
		var rows [][]string
		return c.everyService(*chosen, func(service string) ([]json.RawMessage, error) {
			summary, raw, err := read[struct {
				Waiting, Seen int
				Groups        []struct {
					Reason, Type string
					Count        int
				}
			}](cmd.Context(), c, request{method: http.MethodGet, service: service, path: "/api/dead-letters/summary"})
			if err != nil {
				return nil, err
			}
			for _, g := range summary.Groups {
				rows = append(rows, []string{service, g.Reason, g.Type, strconv.Itoa(g.Count)})
			}
			if unseen := summary.Waiting - summary.Seen; unseen > 0 {
				rows = append(rows, []string{service, "(not looked at)", "", strconv.Itoa(unseen)})
			}
			return []json.RawMessage{raw}, nil
		}, func() error { return table(c.out, []string{"SERVICE", "REASON", "TYPE", "COUNT"}, rows) })
	})
	return cmd
}

// everyService asks each service, and shows what those that answered have, with
// the service's name in each JSON item. The error is about the others.
func (c *ctl) everyService(chosen []string, ask func(service string) ([]json.RawMessage, error), show func() error) error {
	names, err := services(chosen)
	if err != nil {
		return err
	}
	items, failures := []json.RawMessage{}, []error{}
	for _, service := range names {
		found, err := ask(service)
		failures = append(failures, err)
		for _, item := range found {
			items = append(items, named(service, item))
		}
	}
	if c.json {
		show = func() error { return c.document(map[string]any{"items": items}) }
	}
	if err := show(); err != nil {
		return err
	}
	return worst(failures)
}

// named puts the service's name into a JSON object, in front.
func named(service string, object json.RawMessage) json.RawMessage {
	rest := strings.TrimSpace(string(object))[1:]
	separator := ","
	if strings.HasPrefix(strings.TrimSpace(rest), "}") {
		separator = ""
	}
	return fmt.Appendf(nil, `{"service":%q%s%s`, service, separator, rest)
}
