package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// metric returns the sum of a service's samples of that name that have all the
// labels (written key="value"), and how many samples those are.
func metric(service, name string, labels ...string) (sum float64, samples int, err error) {
	a, err := request(http.MethodGet, service, "/metrics", "")
	if err != nil || a.Status != http.StatusOK {
		return 0, 0, fmt.Errorf("metrics of %s: %d %w", service, a.Status, err)
	}
	for sample := range strings.Lines(a.Body) {
		series, value, _ := strings.Cut(strings.TrimSpace(sample), " ")
		if !strings.HasPrefix(series, name+"{") && series != name || !hasAll(series, labels) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("metrics of %s: %q: %w", service, sample, err)
		}
		sum += n
		samples++
	}
	return sum, samples, nil
}

func hasAll(series string, labels []string) bool {
	for _, label := range labels {
		if !strings.Contains(series, label) {
			return false
		}
	}
	return true
}

// handled returns how many events of a type a service has handled since it
// started.
func handled(t *testing.T, service, eventType string) int {
	t.Helper()
	n, _, err := metric(service, "rabbitmq_consumer_deliveries_total", `outcome="handled"`, fmt.Sprintf("type=%q", eventType))
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// waitHandled returns when a service has handled so many events of a type.
func waitHandled(t *testing.T, service, eventType string, want int) {
	t.Helper()
	eventually(t, func() error {
		if got := handled(t, service, eventType); got < want {
			return fmt.Errorf("%s has handled %d %s, not %d", service, got, eventType, want)
		}
		return nil
	})
}
