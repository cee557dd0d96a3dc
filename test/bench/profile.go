package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// profileAfter is how long a phase goes on before it is profiled.
const profileAfter = time.Second

// profile begins to profile the services, for the most of a phase that places
// orders for so long. wait returns when the profiles are there.
func (b *bench) profile(ctx context.Context, long time.Duration) (wait func() error) {
	if b.options.Profile == "" {
		return func() error { return nil }
	}
	var profiling errgroup.Group
	seconds := max(1, int((long - 2*profileAfter).Seconds()))
	for service, url := range b.system.profiles {
		profiling.Go(func() error {
			if err := sleep(ctx, profileAfter); err != nil {
				return err
			}
			for _, p := range []struct{ name, query string }{
				{"cpu", fmt.Sprintf("/profile?seconds=%d", seconds)},
				{"heap", "/heap"},
				{"allocs", "/allocs"},
				{"mutex", "/mutex"},
				{"goroutine", "/goroutine"},
			} {
				if err := download(ctx, url+p.query, filepath.Join(b.options.Profile, service+"."+p.name+".pprof")); err != nil {
					return fmt.Errorf("profile %s: %w", service, err)
				}
			}
			return nil
		})
	}
	return profiling.Wait
}

func download(ctx context.Context, url, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %.200s %w", url, response.Status, content, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
