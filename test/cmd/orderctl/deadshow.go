package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func (c *ctl) deadShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show one whole, with its headers and its body", Args: cobra.ExactArgs(1)}
	chosen := serviceFlag(cmd)
	cmd.RunE = does(func(cmd *cobra.Command, args []string) error {
		service, raw, err := c.whoever(cmd, *chosen, http.MethodGet, args[0], "")
		if err != nil {
			return err
		}
		if c.json {
			return c.document(named(service, raw))
		}
		l := letter{Service: service}
		if err := json.Unmarshal(raw, &l); err != nil {
			return err
		}
		return c.showLetter(l)
	})
	return cmd
}

// whoever asks one service after the other about a dead letter, because the id
// doesn't tell whose it is, until one knows it.
func (c *ctl) whoever(cmd *cobra.Command, chosen []string, method, id, verb string) (service string, answer json.RawMessage, err error) {
	names, err := services(chosen)
	if err != nil {
		return "", nil, err
	}
	path := "/api/dead-letters/" + url.PathEscape(id)
	if verb != "" {
		path += "/" + verb
	}
	var failures []error
	for _, service := range names {
		answer, err := c.call(cmd.Context(), request{method: method, service: service, path: path, headers: c.asOperator()})
		if err == nil {
			return service, answer, nil
		}
		if !hasStatus(err, http.StatusNotFound) {
			failures = append(failures, err)
		}
	}
	if len(failures) > 0 {
		return "", nil, worst(failures)
	}
	return "", nil, refused("no dead letter %s waits", id)
}

func (c *ctl) showLetter(l letter) error {
	body := string(l.Body)
	if l.BodyEncoding != "json" {
		if err := json.Unmarshal(l.Body, &body); err != nil {
			return err
		}
	}
	rows := [][2]string{
		{"service", l.Service}, {"id", l.ID}, {"reason", l.Reason}, {"detail", l.Detail}, {"type", l.Type}, {"order", l.OrderID},
		{"message", l.MessageID}, {"routing key", l.OriginalKey}, {"published", moment(l.PublishedAt)},
		{"size", strconv.Itoa(l.Size) + " bytes"}, {"copies", strconv.Itoa(l.Copies)},
	}
	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		rows = append(rows, [2]string{"header " + name, fmt.Sprint(l.Headers[name])})
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(c.out, "%-12s  %s\n", row[0], printable(row[1])); err != nil {
			return err
		}
	}
	end := ""
	if l.Truncated {
		end = " (cut off)"
	}
	_, err := fmt.Fprintf(c.out, "body (%s)%s\n%s\n", l.BodyEncoding, end, indented(body))
	return err
}

// indented is a body as people read it: JSON is indented, and no line of any
// other text can do harm to a terminal.
func indented(body string) string {
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}
