package bench

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// colours of lines and bars, told apart with any kind of sight (Okabe and Ito).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#999999"}

// drawing is an SVG document in the making.
type drawing struct {
	strings.Builder
	width, height int
}

func newDrawing(width, height int) *drawing {
	d := &drawing{width: width, height: height}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="Helvetica, Arial, sans-serif" font-size="12">`+"\n",
		width, height, width, height)
	d.rect(0, 0, float64(width), float64(height), "#ffffff")
	return d
}

func (d *drawing) end() string {
	d.WriteString("</svg>\n")
	return d.String()
}

func (d *drawing) rect(x, y, width, height float64, colour string) {
	fmt.Fprintf(d, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, max(0, width), height, colour)
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(d, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colour)
}

// text is anchored at its start, middle or end.
func (d *drawing) text(x, y float64, anchor, style, text string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s" %s>`, x, y, anchor, style)
	_ = xml.EscapeText(d, []byte(text)) // a Builder takes everything
	d.WriteString("</text>\n")
}

// The styles of texts.
const (
	heading = `font-size="15" font-weight="bold" fill="#222222"`
	small   = `fill="#555555"`
	dark    = `fill="#222222"`
)

func (d *drawing) polyline(points [][2]float64, colour string) {
	d.WriteString(`<polyline fill="none" stroke-width="2" stroke="` + colour + `" points="`)
	for _, p := range points {
		fmt.Fprintf(d, "%.1f,%.1f ", p[0], p[1])
	}
	d.WriteString(`"/>` + "\n")
}

// legend is one line of coloured names.
func (d *drawing) legend(x, y float64, names []string) {
	for i, name := range names {
		d.rect(x, y-9, 10, 10, colours[i%len(colours)])
		d.text(x+14, y, "start", dark, name)
		x += 30 + 6.5*float64(len(name))
	}
}

// scale maps values to places.
type scale struct {
	from, to float64 // places
	least    float64 // of the values; 0 for a linear scale, which begins there
	most     float64
}

func (s scale) at(value float64) float64 {
	share := value / s.most
	if s.least > 0 {
		share = math.Log(max(value, s.least)/s.least) / math.Log(s.most/s.least)
	}
	return s.from + (s.to-s.from)*min(share, 1)
}

// linear is a scale from 0 to a round number, with about four marks.
func linear(from, to, most float64) (scale, []float64) {
	if most <= 0 {
		most = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, factor := range []float64{0.25, 0.5, 1, 2.5} {
		if most/(step*factor) <= 5 {
			step *= factor
			break
		}
	}
	var marks []float64
	for mark := 0.0; ; mark += step {
		if marks = append(marks, mark); mark >= most {
			return scale{from: from, to: to, most: mark}, marks
		}
	}
}

// logarithmic is a scale of whole powers of ten around the values.
func logarithmic(from, to, least, most float64) (scale, []float64) {
	s := scale{from: from, to: to,
		least: math.Pow(10, math.Floor(math.Log10(max(least, 1e-3)))),
		most:  math.Pow(10, math.Ceil(math.Log10(max(most, 2e-3)))),
	}
	if s.most <= s.least {
		s.most = 10 * s.least
	}
	var marks []float64
	for mark := s.least; mark <= s.most*1.001; mark *= 10 {
		marks = append(marks, mark)
	}
	return s, marks
}
