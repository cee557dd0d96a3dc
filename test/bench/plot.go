package bench

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// The sizes of the plot, in pixels: two by two panels.
const (
	panelWidth  = 560
	panelHeight = 330
	plotTop     = 60
)

// panel is the place of one diagram; its inside is what the axes enclose.
type panel struct {
	*drawing
	x, y                     float64
	left, right, top, bottom float64 // of the inside
}

func (d *drawing) panel(column, row int, title string, margin float64) panel {
	x, y := float64(column*panelWidth), float64(plotTop+row*panelHeight)
	p := panel{drawing: d, x: x, y: y, left: x + margin, right: x + panelWidth - 30, top: y + 52, bottom: y + panelHeight - 42}
	d.text(x+20, y+18, "start", heading, title)
	return p
}

// Plot draws the report as an SVG document.
func (r Report) Plot(out io.Writer) error {
	d := newDrawing(2*panelWidth, plotTop+2*panelHeight)
	d.text(20, 30, "start", `font-size="18" font-weight="bold" fill="#222222"`,
		fmt.Sprintf("%.0f orders a second completed, services, servers and load generator on %d CPUs", r.throughput(), r.Machine.CPUs))
	d.text(20, 48, "start", small, fmt.Sprintf("%s, %s/%s, %s, PostgreSQL %s, RabbitMQ %s; fsync and publisher confirms on",
		r.Started.UTC().Format("2006-01-02 15:04 UTC"), r.Machine.OS, r.Machine.Arch, r.Machine.Go, r.Machine.PostgreSQL, r.Machine.RabbitMQ))
	r.plotThroughput(d.panel(0, 0, "Orders a second, closed loop", 60))
	r.plotLatency(d.panel(1, 0, "POST latency in ms, from when it was due", 60))
	r.plotCPU(d.panel(0, 1, "CPU seconds by 1,000 orders", 130))
	r.plotLimits(d.panel(1, 1, "Orders a second, and what the servers alone allow for", 190))
	_, err := io.WriteString(out, d.end())
	return err
}

// plotThroughput shows the throughput phase second by second.
func (r Report) plotThroughput(p panel) {
	phase, there := r.find(Throughput)
	if !there || len(phase.Series) < 2 {
		p.empty()
		return
	}
	most := 0
	for _, s := range phase.Series {
		most = max(most, s.Accepted, s.Ended)
	}
	vertical := p.vertical(linear(p.bottom, p.top, float64(most)))
	horizontal, marks := linear(p.left, p.right, float64(len(phase.Series)))
	for _, mark := range marks {
		p.text(horizontal.at(mark), p.bottom+18, "middle", small, number(mark))
	}
	p.text((p.left+p.right)/2, p.bottom+34, "middle", small, "seconds")
	var accepted, ended [][2]float64
	for i, s := range phase.Series {
		x := horizontal.at(float64(i) + 0.5)
		accepted = append(accepted, [2]float64{x, vertical.at(float64(s.Accepted))})
		ended = append(ended, [2]float64{x, vertical.at(float64(s.Ended))})
	}
	p.polyline(accepted, colours[0])
	p.polyline(ended, colours[1])
	p.legend(p.left, p.top-12, []string{"accepted", "ended"})
}

// plotLatency shows the percentiles at each rate.
func (r Report) plotLatency(p panel) {
	var phases []Phase
	least, most := math.Inf(1), 0.0
	for _, phase := range r.undisturbed() {
		if phase.Post != nil && (strings.HasPrefix(phase.Name, Post) || phase.Name == Overload) {
			phases = append(phases, phase)
			least, most = min(least, phase.Post.P50), max(most, phase.Post.Max)
		}
	}
	if len(phases) == 0 {
		p.empty()
		return
	}
	vertical := p.vertical(logarithmic(p.bottom, p.top, least, most))
	percentiles := []string{"p50", "p90", "p99", "p99.9", "max"}
	at := func(i int) float64 { return p.left + (p.right-p.left)*(float64(i)+0.5)/float64(len(percentiles)) }
	for i, name := range percentiles {
		p.text(at(i), p.bottom+18, "middle", small, name)
	}
	var names []string
	for n, phase := range phases {
		l := phase.Post
		var points [][2]float64
		for i, value := range []float64{l.P50, l.P90, l.P99, l.P999, l.Max} {
			points = append(points, [2]float64{at(i), vertical.at(value)})
		}
		p.polyline(points, colours[n%len(colours)])
		names = append(names, fmt.Sprintf("%s, %.0f/s", strings.TrimSuffix(phase.label(), " of the maximum"), phase.Rate))
	}
	p.legend(p.left, p.top-12, names)
}

// plotCPU shows what each class of processes uses.
func (r Report) plotCPU(p panel) {
	var phases []Phase
	most := 0.0
	for _, phase := range r.undisturbed() {
		if phase.CPU != nil && phase.Rate == 0 {
			phases = append(phases, phase)
			most = max(most, phase.CPUPer1000().System())
		}
	}
	if len(phases) == 0 {
		p.empty()
		return
	}
	horizontal := p.horizontal(linear(p.left, p.right-20, most))
	for i, phase := range phases {
		y, height := p.bar(i, len(phases))
		p.text(p.left-8, y+height/2+4, "end", dark, phase.label())
		cpu, sum := phase.CPUPer1000(), 0.0
		for n, class := range Classes {
			p.rect(horizontal.at(sum), y, horizontal.at(sum+cpu[class])-horizontal.at(sum), height, colours[n])
			sum += cpu[class]
		}
		p.text(horizontal.at(sum)+5, y+height/2+4, "start", dark, hundredths(sum))
	}
	p.legend(p.x+20, p.top-12, Classes)
}

// plotLimits shows throughputs beside the limits.
func (r Report) plotLimits(p panel) {
	type bar struct {
		name string
		perS float64
	}
	var bars []bar
	for _, phase := range r.undisturbed() {
		if phase.Rate == 0 {
			bars = append(bars, bar{phase.label(), phase.PerS})
		}
	}
	if r.Limits != nil {
		for _, rows := range r.Limits.Rows {
			bars = append(bars, bar{fmt.Sprintf("rows, %d to a transaction", rows.Batch), rows.PerS})
		}
		bars = append(bars, bar{"messages", r.Limits.Messages.PerS}, bar{"both at the same time", r.Limits.Both.PerS})
	}
	if len(bars) == 0 {
		p.empty()
		return
	}
	most := 0.0
	for _, b := range bars {
		most = max(most, b.perS)
	}
	horizontal := p.horizontal(linear(p.left, p.right-40, most))
	for i, b := range bars {
		y, height := p.bar(i, len(bars))
		colour := colours[0]
		if i >= len(bars)-4 && r.Limits != nil {
			colour = colours[6]
		}
		p.text(p.left-8, y+height/2+4, "end", dark, b.name)
		p.rect(p.left, y, horizontal.at(b.perS)-p.left, height, colour)
		p.text(horizontal.at(b.perS)+5, y+height/2+4, "start", dark, decimals(b.perS))
	}
}

// vertical draws the lines of a vertical scale.
func (p panel) vertical(s scale, marks []float64) scale {
	for _, mark := range marks {
		p.line(p.left, s.at(mark), p.right, s.at(mark), "#dddddd")
		p.text(p.left-8, s.at(mark)+4, "end", small, number(mark))
	}
	return s
}

func (p panel) horizontal(s scale, marks []float64) scale {
	for _, mark := range marks {
		p.line(s.at(mark), p.top, s.at(mark), p.bottom, "#dddddd")
		p.text(s.at(mark), p.bottom+18, "middle", small, number(mark))
	}
	return s
}

// bar is the place of the ith of n bars.
func (p panel) bar(i, n int) (y, height float64) {
	share := (p.bottom - p.top) / float64(n)
	height = min(26, share*0.7)
	return p.top + share*float64(i) + (share-height)/2, height
}

func (p panel) empty() {
	p.text((p.left+p.right)/2, (p.top+p.bottom)/2, "middle", small, "not measured")
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
