package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Report is all that was measured.
type Report struct {
	Plan       Plan             `json:"plan"`
	Machine    Machine          `json:"machine"`
	Started    time.Time        `json:"started"`
	Took       float64          `json:"took_s"`
	Segments   int              `json:"wal_segments"` // left for reuse when the last system began
	Phases     []Phase          `json:"phases"`
	Path       *Latency         `json:"path,omitempty"`       // of what an order waits for from created_at to COMPLETED, by itself
	PathTurns  []*Latency       `json:"path_turns,omitempty"` // before whole orders, and after them
	Limits     *Limits          `json:"limits,omitempty"`
	LimitTurns []LimitTurn      `json:"limit_turns,omitempty"` // of which the limits are the means
	Growth     *GrowthReport    `json:"growth,omitempty"`
	Statements *StatementReport `json:"statements,omitempty"`
	Memory     map[string]int64 `json:"peak_memory_bytes"` // of each service; 0: not measured
	Problems   []string         `json:"problems"`          // what must not be
	Finished   bool             `json:"finished"`
}

// Machine is what it was measured on.
type Machine struct {
	CPUs       int    `json:"cpus"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	Go         string `json:"go"`
	PostgreSQL string `json:"postgresql"`
	RabbitMQ   string `json:"rabbitmq"`
}

func newReport(p Plan) *Report {
	return &Report{
		Plan: p, Started: time.Now(), Memory: map[string]int64{}, Phases: []Phase{}, Problems: []string{},
		Machine: Machine{CPUs: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version()},
	}
}

// readVersions completes the machine.
func (b *bench) readVersions(ctx context.Context) error {
	m := &b.report.Machine
	if err := b.system.databases["order"].QueryRow(ctx, "SHOW server_version").Scan(&m.PostgreSQL); err != nil {
		return fmt.Errorf("ask PostgreSQL for its version: %w", err)
	}
	conn, err := amqp.Dial(b.system.stack.AMQPURL())
	if err != nil {
		return fmt.Errorf("ask RabbitMQ for its version: %w", err)
	}
	defer conn.Close()
	m.RabbitMQ, _ = conn.Properties["version"].(string)
	return nil
}

func (r *Report) add(p Phase) {
	r.Phases = append(r.Phases, p)
	r.Problems = append(r.Problems, p.Faults...)
}

// Failed tells that the system did not keep its promises.
func (r Report) Failed() bool { return len(r.Problems) > 0 }

// WriteJSON writes everything.
func (r Report) WriteJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// String sums a phase up in one line.
func (p Phase) String() string {
	if p.Gone != nil {
		return p.Gone.String()
	}
	text := fmt.Sprintf("%.0f orders/s; %s", p.PerS, p.ends())
	if p.Post != nil {
		text += fmt.Sprintf("; POST p50 %s ms, p99 %s ms", decimals(p.Post.P50), decimals(p.Post.P99))
	}
	if p.Waited != nil {
		text += fmt.Sprintf("; POST that waits for the end p50 %s ms, p99 %s ms", decimals(p.Waited.P50), decimals(p.Waited.P99))
	}
	if p.Saga != nil {
		text += fmt.Sprintf("; COMPLETED after p50 %s ms, p99 %s ms", decimals(p.Saga.P50), decimals(p.Saga.P99))
	}
	return text
}
