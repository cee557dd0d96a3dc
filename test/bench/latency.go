package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms' range, in microseconds, and their precision: three digits.
const (
	shortest = 1
	longest  = int64(time.Minute / time.Microsecond)
	digits   = 3
)

// histogram collects latencies of concurrent calls.
type histogram struct {
	mu  sync.Mutex
	hdr *hdrhistogram.Histogram
}

func newHistogram() *histogram {
	return &histogram{hdr: hdrhistogram.New(shortest, longest, digits)}
}

func (h *histogram) record(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.hdr.RecordValue(min(max(d.Microseconds(), shortest), longest)) // it fails only outside of its range
}

// merge adds what another one has collected.
func (h *histogram) merge(other *histogram) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hdr.Merge(other.hdr)
}

// Latency is how long something took, in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p99_9_ms"`
	Max   float64 `json:"max_ms"`
}

// latency is the summary, nil when nothing was recorded.
func (h *histogram) latency() *Latency {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hdr.TotalCount() == 0 {
		return nil
	}
	at := func(percent float64) float64 { return float64(h.hdr.ValueAtQuantile(percent)) / 1000 }
	return &Latency{Count: h.hdr.TotalCount(), P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.hdr.Max()) / 1000}
}
