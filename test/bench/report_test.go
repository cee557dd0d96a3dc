package bench

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sampleReport has a bit of everything.
func sampleReport() Report {
	cpu := CPU{classGenerator: 9}
	for i, class := range Classes {
		cpu[class] = float64(1 + i)
	}
	phase := func(name string, rate, perS float64) Phase {
		return Phase{
			Name: name, Rate: rate, Placed: 11_000, Accepted: 10_000, Refused: 1000, Ends: map[string]int{completed: 10_000},
			Placing: 9, Ended: 10, Settled: 11, PerS: perS, Meanwhile: perS / 2, CPU: cpu,
			Post: &Latency{Count: 10_000, P50: 1.25, P90: 2, P99: 12.5, P999: 125, Max: 1250},
			Saga: &Latency{Count: 10_000, P50: 5, P90: 6, P99: 7, P999: 8, Max: 9}, Stored: &Latency{P50: 4},
			Series: []Second{{1200, 900}, {1100, 1000}, {0, int(1.1 * perS)}},
		}
	}
	r := newReport(Full())
	waited := phase(sagaWaited, 20, 20)
	waited.Post, waited.Waited = nil, &Latency{P50: 9.87}
	crowded, left := phase(Overload, 2000, 950), phase(besideRefusals, 0, 500)
	crowded.Placing, crowded.Series = 12.5, slices.Repeat([]Second{{1100, 760}}, 12)
	left.Crowd = &Crowd{Rate: 987, Refused: 9870, Refusals: &Latency{P50: 6.54}}
	left.Series = slices.Repeat([]Second{{900, 800}}, 10)
	for _, p := range []Phase{
		phase(Throughput, 0, 1000), phase(Saga, 20, 20), waited, phase("post-30", 300, 300), phase("post-70", 700, 700),
		phase("maximum-hot", 0, 1250), phase(Hot, 0, 850), crowded, left, phase(Mixed, 0, 800),
	} {
		r.add(p)
	}
	stopped := phase(BrokerAway, 500, 600)
	stopped.CPU, stopped.Gone = nil, &Gone{
		Server: classBroker, How: brokerAway.how(), For: 64,
		Meanwhile: Answers{Accepted: 31_999, Refused: 3, Latency: &Latency{P50: 3.25, P99: 17.5, Max: 33}},
		After:     Answers{Accepted: 2500, Latency: &Latency{P99: 222}},
		Memory:    map[string]int64{"order": 123 << 20}, CPUs: map[string]float64{"order": 0.37}, Lines: map[string]float64{"order": 501},
		Held: 32_100, Published: 16, Pending: 32_050, Ended: 42, PerS: 750, Way: cpu.per1000(1000),
	}
	full := phase(Backlog, 0, 700)
	full.CPU, full.Gone = nil, &Gone{Server: classBroker, How: brokerAway.how()}
	r.add(stopped)
	r.add(full)
	r.Path = &Latency{Count: 300, P50: 3.2, P90: 6, P99: 8}
	r.Memory = map[string]int64{"order": 100 << 20, "inventory": 50 << 20, "payment": 60 << 20, "notification": 40 << 20}
	r.Limits = &Limits{
		System:   SystemTurns{PerS: 900, CPU: CPU{"order": 1.1, classDatabase: 0.1, classBroker: 0.9, classGenerator: 0.9}},
		Rows:     []RowLimit{{Batch: 64, PerS: 3000, CPU: 0.25}, {Batch: 256, PerS: 4000, CPU: 0.2}},
		Messages: MessageLimit{PerS: 4000, Published: 16_000, Delivered: 28_000, CPU: 0.3},
		Both:     BothLimit{PerS: 2000, CPU: CPU{classDatabase: 0.2, classBroker: 0.3, classGenerator: 0.45}},
	}
	for i, perS := range []float64{1000, 800} {
		turn := LimitTurn{Limits: *r.Limits, Phase: Phase{Name: fmt.Sprintf("bounds-%d", i+1), Settled: 11, CPU: cpu}}
		turn.System.PerS = perS
		r.LimitTurns = append(r.LimitTurns, turn)
	}
	r.Finished = true
	return *r
}

func TestTableHasWhatWasMeasured(t *testing.T) {
	var out strings.Builder
	sampleReport().Print(&out)
	for _, want := range []string{
		"throughput", "hot product", "0.700", "maximum before hot", "0.680", // of the maximum at the time
		"overload, meanwhile, after 10 s, of the maximum beside refusals", "0.950", // 760 of 800
		"503, the crowd's", "987", "6.54",
		"90.9%", "9.1%", // answered with 201 and 503
		"30% of the maximum", "12.5", "1250",
		"its transactions and messages alone", "1.250", // the ratio to these
		"POST that waits for the end", "9.87",
		"2.10", "0.90", // the CPU seconds of the system and of the load generator
		"LIMITS, BY TURNS", "256 orders to a transaction", "0.225", "3.000", // the ratios to the limits
		"0.450", "0.500, 0.400", // to both
		"935",                                                     // what ended a second in the steady part of the hot product
		"2.000",                                                   // the servers' CPU seconds by those of both limits, 0.5
		"3.158",                                                   // all CPU seconds by all of theirs, 0.95
		"broker stopped", "31999", "64.0s", "3.25", "17.5", "222", // while it was gone, and then
		"32100", "2006", "32050", "42.0s", "0.750", "3000", // until all was done
		"0.100", // the throughput's CPU seconds by those
		"broker stopped, peak memory, MiB", "0.37", "501",
		"backlog, no broker",
		"audit is clean",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "PROBLEM") || strings.Contains(out.String(), "NOT") {
		t.Errorf("there is a problem in:\n%s", &out)
	}
}

func TestNotTakenOnceACrowdIsThere(t *testing.T) {
	p, _ := sampleReport().find(Overload)
	if perS, lasted := p.notTakenFrom(crowdBegins); perS != 900 || !lasted {
		t.Errorf("%v a second were refused, want 2000 less 1100; it lasted: %v", perS, lasted)
	}
	if _, lasted := p.notTakenFrom(12); lasted {
		t.Error("it lasted beyond its end")
	}
	p.Rate = 1000
	if perS, lasted := p.notTakenFrom(crowdBegins); perS != 0 || !lasted {
		t.Errorf("%v a second were refused, though more were accepted than due; it lasted: %v", perS, lasted)
	}
}

func TestDisturbedAndUnfinishedMeasurementsSaySo(t *testing.T) {
	r := sampleReport()
	r.Finished, r.Machine.CPUs = false, 2
	r.Phases[0].CPU[classOthers] = 5.5 // of 2 CPUs for 11 s
	var out strings.Builder
	r.Print(&out)
	for _, want := range []string{"NOT A QUIET MACHINE", "throughput 25%", "bounds-2 25%", "not come to its end"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
}

func TestTableOfLittle(t *testing.T) {
	r := newReport(Full())
	p := Phase{Name: Throughput}
	p.fault("%d orders were accepted and are gone", 3)
	r.add(p)
	var out strings.Builder
	r.Print(&out)
	for _, want := range []string{"not measured", "1 PROBLEMS", "throughput: 3 orders were accepted and are gone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "Inf") {
		t.Errorf("there is no number in:\n%s", &out)
	}
}

func TestJSONHasEverything(t *testing.T) {
	r := sampleReport()
	var out strings.Builder
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	back.Started = r.Started // it had a monotonic clock, too
	if !reflect.DeepEqual(back, r) {
		t.Errorf("got  %+v\nwant %+v", back, r)
	}
}

func TestPlotIsWellFormed(t *testing.T) {
	for name, r := range map[string]Report{"everything": sampleReport(), "nothing": *newReport(Full()), "odd names": {
		Machine: Machine{Go: `<&"'>`}, Phases: []Phase{{Name: Throughput, Series: []Second{{}, {}}, CPU: CPU{}, Post: &Latency{}}, {Name: Overload, Post: &Latency{}}},
	}} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := r.Plot(&out); err != nil {
				t.Fatal(err)
			}
			for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
				_, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%v in:\n%s", err, &out)
				}
			}
			for _, bad := range []string{"NaN", "Inf"} {
				if strings.Contains(out.String(), bad) {
					t.Errorf("%s in:\n%s", bad, &out)
				}
			}
		})
	}
}

func TestScales(t *testing.T) {
	for _, most := range []float64{0, 0.03, 1, 7, 1234, 99_999} {
		s, marks := linear(0, 100, most)
		if s.most < most || len(marks) < 2 || len(marks) > 12 {
			t.Errorf("linear to %v: %+v, %v", most, s, marks)
		}
	}
	s, marks := logarithmic(100, 0, 0.4, 250)
	if s.at(0.1) != 100 || s.at(1000) != 0 || len(marks) != 5 {
		t.Errorf("%+v, %v", s, marks)
	}
}
