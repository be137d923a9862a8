package ui

import (
	"math"
	"strconv"
	"strings"
)

// Missing stands for a value that does not exist: a line breaks there.
func Missing() float64 { return math.NaN() }

// Drawings are SVG because widths and heights are then attributes: the content
// security policy forbids style attributes.

type pen struct{ b []byte }

func (p *pen) num(v float64) {
	n := len(p.b)
	p.b = strconv.AppendFloat(p.b, v, 'f', 1, 64)
	if l := len(p.b); l-n > 2 && p.b[l-1] == '0' {
		p.b = p.b[:l-2]
	}
}

func (p *pen) move(x, y float64) { p.point('M', x, y) }
func (p *pen) line(x, y float64) { p.point('L', x, y) }

func (p *pen) point(cmd byte, x, y float64) {
	p.b = append(p.b, cmd)
	p.num(x)
	p.b = append(p.b, ' ')
	p.num(y)
}

// box draws a closed rectangle.
func (p *pen) box(x, y, w, h float64) {
	p.move(x, y)
	p.b = append(p.b, 'h')
	p.num(w)
	p.b = append(p.b, 'v')
	p.num(h)
	p.b = append(p.b, 'h')
	p.num(-w)
	p.b = append(p.b, 'z')
}

// dash draws a horizontal line of a length.
func (p *pen) dash(x, y, w float64) {
	p.move(x, y)
	p.b = append(p.b, 'h')
	p.num(w)
}

func (p *pen) String() string { return string(p.b) }

type sparkPaths struct{ line, area, dot string }

// extremes are the least and the most of values in words, for a tooltip; empty
// without values or without words for them.
func extremes(values []float64, write func(float64) string) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch {
	case write == nil || hi < lo:
		return ""
	case write(lo) == write(hi):
		return write(lo) + " throughout"
	}
	return "least " + write(lo) + ", most " + write(hi)
}

// spark lays values out on a box of w by h. With zero set the scale starts at
// 0, else at the least value.
func spark(values []float64, w, h float64, zero bool) sparkPaths {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi < lo {
		return sparkPaths{}
	}
	if zero {
		lo = min(lo, 0)
	}
	y := func(v float64) float64 {
		if hi-lo <= 0 {
			if zero && hi <= 0 {
				return h - 2
			}
			return h / 2
		}
		return h - 2 - (v-lo)/(hi-lo)*(h-5)
	}
	step := (w - 4) / float64(max(len(values)-1, 1))
	var line, area, dot pen
	start := -1
	newest := len(values) - 1
	if newest > 0 && math.IsNaN(values[newest]) {
		newest-- // the step that still runs has no value yet
	}
	for i := 0; i <= len(values); i++ {
		if i < len(values) && !math.IsNaN(values[i]) {
			x := 1 + step*float64(i)
			if start < 0 {
				start = i
				line.move(x, y(values[i]))
				area.move(x, y(values[i]))
			} else {
				line.line(x, y(values[i]))
				area.line(x, y(values[i]))
			}
			if i == newest {
				dot.move(x, y(values[i]))
				dot.b = append(dot.b, "h.01"...)
			}
			continue
		}
		if start >= 0 {
			area.line(1+step*float64(i-1), h)
			area.line(1+step*float64(start), h)
			area.b = append(area.b, 'Z')
			start = -1
		}
	}
	return sparkPaths{line.String(), area.String(), dot.String()}
}

const stripCells = 60

type run struct{ class, d string }

func (s Status) height() float64 {
	switch s {
	case Healthy, Drained:
		return 6
	case Lagging:
		return 9
	case Recovering:
		return 10
	case TestingRecovery, Degraded:
		return 12
	case RateLimited:
		return 14
	case CircuitOpen, Unknown:
	}
	return 16
}

// runs draws a history strip: one dashed line per run of equal minutes, cells
// 2 wide and 1 apart. Fewer cells than an hour has are set to the right.
func runs(cells []Cell) []run {
	if len(cells) > stripCells {
		cells = cells[len(cells)-stripCells:]
	}
	offset := stripCells - len(cells)
	var pens [10]pen
	var slit pen
	for i := 0; i < len(cells); {
		j := i + 1
		for j < len(cells) && cells[j].NoData == cells[i].NoData && (cells[i].NoData || cells[j].Status == cells[i].Status) {
			j++
		}
		x, w := float64(3*(offset+i)), float64(3*(j-i)-1)
		switch s := cells[i].Status; {
		case cells[i].NoData:
			pens[0].dash(x, 15, w)
		case s == CircuitOpen:
			pens[s.Rank()].dash(x, 12, w)
			slit.dash(x, 3, w)
		default:
			pens[s.Rank()].dash(x, 16-s.height()/2, w)
		}
		i = j
	}
	out := make([]run, 0, 4)
	if len(pens[0].b) > 0 {
		out = append(out, run{"k-none", pens[0].String()})
	}
	for _, s := range Statuses() {
		if p := &pens[s.Rank()]; len(p.b) > 0 {
			out = append(out, run{s.classes().cell, p.String()})
		}
	}
	if len(slit.b) > 0 {
		out = append(out, run{"k-slit", slit.String()})
	}
	return out
}

// stripLabel says a strip in words, the worst first.
func stripLabel(cells []Cell) string {
	if len(cells) > stripCells {
		cells = cells[len(cells)-stripCells:]
	}
	var count [10]int
	for _, c := range cells {
		if c.NoData {
			count[0]++
		} else {
			count[c.Status.Rank()]++
		}
	}
	var b strings.Builder
	b.WriteString("Last 60 min:")
	sep := " "
	for _, s := range Statuses() {
		if n := count[s.Rank()]; n > 0 {
			b.WriteString(sep)
			b.WriteString(strings.ToLower(s.Word()))
			b.WriteString(" ")
			b.WriteString(itoa(n))
			b.WriteString(" min")
			sep = ", "
		}
	}
	if sep == " " {
		b.WriteString(" no data")
	}
	return b.String()
}

type behindPaths struct {
	normal, over, gap string
	most              int64
}

// behindBars draws blocks behind, one bar per minute on a box of 600 by 16.
func behindBars(cells []Cell, limit int) behindPaths {
	if len(cells) > stripCells {
		cells = cells[len(cells)-stripCells:]
	}
	offset := stripCells - len(cells)
	var normal, over, gap pen
	var most int64
	for i := range stripCells {
		x := float64(10 * i)
		if i < offset || cells[i-offset].NoData {
			gap.box(x, 0, 10, 16)
			continue
		}
		n := max(cells[i-offset].Behind, 0)
		most = max(most, n)
		h := min(2+2.8*float64(n), 16)
		if limit >= 0 && n > int64(limit) {
			over.box(x, 16-h, 9, h)
		} else {
			normal.box(x, 16-h, 9, h)
		}
	}
	return behindPaths{normal.String(), over.String(), gap.String(), most}
}

// percent writes a share of a width, such as "37.5%".
func percent(v float64) string {
	var p pen
	p.num(max(0, min(v, 1)) * 100)
	p.b = append(p.b, '%')
	return p.String()
}

func decimal(v float64) string {
	var p pen
	p.num(v)
	return p.String()
}
