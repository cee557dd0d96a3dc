package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// local is the system as plain processes.
type local struct {
	dir      string
	settings stack.Settings
	progress *console.Progress
}

func newLocal(root string, settings stack.Settings, progress *console.Progress) *local {
	return &local{dir: stackFolder(root), settings: settings, progress: progress}
}

func (l *local) running(context.Context) (bool, error) {
	view, err := stack.Look(l.dir)
	return view.Any(), err
}

func (l *local) down(ctx context.Context, purge bool) error {
	begin := time.Now()
	stopped, err := stack.Down(ctx, l.dir, l.progress)
	if err != nil {
		return err
	}
	if len(stopped) > 0 {
		l.progress.Say("    stopped %s (%.1fs)", strings.Join(stopped, ", "), time.Since(begin).Seconds())
	}
	if !purge {
		return nil
	}
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("delete the data: %w", err)
	}
	l.progress.Say("    deleted the data in %s", l.dir)
	return nil
}

func (l *local) status(ctx context.Context) error {
	view, err := stack.Look(l.dir)
	if err != nil {
		return err
	}
	if !view.Any() {
		fmt.Println("nothing is running; start it with ./task up")
		return nil
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "NAME\tSTATE\tPID\tADDRESS")
	for _, p := range view.Programs {
		state := "stopped"
		if p.Running {
			state = "running"
		}
		if p.Running && slices.Contains(stack.Services, p.Name) {
			state = readiness(ctx, p.URL)
		}
		address := ""
		if p.Port != 0 {
			address = fmt.Sprintf("localhost:%d", p.Port)
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", p.Name, state, p.PID, address)
	}
	return table.Flush()
}

// readiness asks a service how it is.
func readiness(ctx context.Context, url string) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return "running, " + err.Error()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "running, no answer"
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Sprintf("not ready (%d)", response.StatusCode)
	}
	return "ready"
}

func (l *local) logs(ctx context.Context, names []string, follow bool, lines int) error {
	view, err := stack.Look(l.dir)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = stack.Services
	}
	var chosen []console.Log
	for _, name := range names {
		i := slices.IndexFunc(view.Programs, func(p stack.ProgramView) bool { return p.Name == name })
		if i < 0 {
			return fmt.Errorf("no program is called %q: there are %s", name, strings.Join(programNames(view), ", "))
		}
		chosen = append(chosen, view.Programs[i].Log)
	}
	renderer := console.NewRenderer(names, console.Coloured(os.Stdout))
	from := console.Sizes(chosen)
	if err := console.PrintLast(os.Stdout, renderer, chosen, lines); err != nil || !follow {
		return err
	}
	return console.Follow(ctx, os.Stdout, renderer, chosen, from)
}

func (l *local) urls(context.Context) error {
	view, err := stack.Look(l.dir)
	if err != nil {
		return err
	}
	if !view.Any() {
		return errors.New("nothing is running; start it with ./task up")
	}
	urls := map[string]string{}
	for _, p := range view.Programs {
		urls[p.Name] = p.URL
	}
	printURLs(urls)
	return nil
}

func programNames(view stack.View) []string {
	var names []string
	for _, p := range view.Programs {
		names = append(names, p.Name)
	}
	return names
}
