package ui

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// Chart is one plot over time: lines or bars on a common scale from zero.
type Chart struct {
	Label string   // one sentence for those who can not see it
	Max   float64  // top of the scale
	Ticks []string // labels of the scale, the top first
	Lines []Line
	Bars  []Bar  // drawn below the lines; all of one length with Gaps
	Gaps  []bool // steps without data, hatched
	Marks []Event
	Tall  bool

	Start time.Time     // of the first step
	Step  time.Duration // of one step; 0: the chart has no axis and no cursor
	Unit  Unit          // of what the cursor reads
}

// Unit is what the values of a chart are, for those that the browser writes.
type Unit string

// The units.
const (
	Milliseconds Unit = "ms"
	PerSecond    Unit = "/s"
)

// Line is one series of a chart; [Missing] breaks it.
type Line struct {
	Name   string
	Class  string // "ln ln-1", "ln ln-2"
	Values []float64
}

// Bar is one step of a bar chart: a part of it may have failed.
type Bar struct {
	Total, Failed float64
	Title         string
}

const (
	plotW = 1000.0
	plotH = 200.0
)

// Ceiling returns a round number at or above v whose quarters are round too.
func Ceiling(v float64) float64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 4
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 4, 6, 8} {
		if v <= m*unit*1.0000001 {
			return m * unit
		}
	}
	return 10 * unit
}

// steps is how many steps the chart has.
func (c Chart) steps() int {
	n := max(len(c.Bars), len(c.Gaps))
	for _, l := range c.Lines {
		n = max(n, len(l.Values))
	}
	return n
}

// axis reaches from the begin of the first step to the end of the last.
func (c Chart) axis() Axis {
	return Axis{c.Start, c.Start.Add(c.Step * time.Duration(c.steps()))}
}

func (c Chart) label() string { return c.Label + sentence(c.axis(), c.Marks) }

func (c Chart) y(v float64) float64 {
	if c.Max <= 0 {
		return plotH
	}
	return plotH - min(v/c.Max, 1)*plotH
}

// linePath has each value in the middle of its step.
func (c Chart) linePath(values []float64) string {
	var p pen
	step := plotW / float64(max(len(values), 1))
	down := false
	for i, v := range values {
		if math.IsNaN(v) {
			down = false
			continue
		}
		x := step * (float64(i) + 0.5)
		if down {
			p.line(x, c.y(v))
			continue
		}
		down = true
		p.move(x, c.y(v))
		if i+1 == len(values) || math.IsNaN(values[i+1]) { // a lone point: a short dash
			p.line(min(x+4, plotW), c.y(v))
		}
	}
	return p.String()
}

func (c Chart) gapPath() string {
	var p pen
	n := len(c.Gaps)
	for i := 0; i < n; i++ {
		if !c.Gaps[i] {
			continue
		}
		j := i
		for j < n && c.Gaps[j] {
			j++
		}
		p.box(plotW*float64(i)/float64(n), 0, plotW*float64(j-i)/float64(n), plotH)
		i = j
	}
	return p.String()
}

// barPaths draws answered and failed parts, the failed on top.
func (c Chart) barPaths() (answered, failed string) {
	var a, f pen
	w := plotW / float64(max(len(c.Bars), 1))
	gap := min(1.5, w/4)
	for i, b := range c.Bars {
		if b.Total <= 0 {
			continue
		}
		x, top := w*float64(i)+gap/2, c.y(b.Total)
		split := c.y(b.Total - min(b.Failed, b.Total))
		if b.Failed > 0 {
			split = min(plotH, max(split, top+3))
			f.box(x, top, w-gap, split-top)
		}
		if split < plotH {
			a.box(x, split, w-gap, plotH-split)
		}
	}
	return a.String(), f.String()
}

// Histogram is a row of bars with marks, on a logarithmic scale.
type Histogram struct {
	Label   string
	Counts  []uint64
	Edges   []string // labels of the axis, from the left
	P50     float64  // place on the axis, 0 to 1
	P95     float64
	HasMark bool // P50 and P95 are known
}

const histH = 72.0

type histBar struct{ x, w, y, h string }

func (h Histogram) bars() []histBar {
	var most uint64
	for _, n := range h.Counts {
		most = max(most, n)
	}
	out := make([]histBar, 0, len(h.Counts))
	for i, n := range h.Counts {
		if n == 0 {
			continue
		}
		tall := max(1, float64(n)/float64(most)*(histH-14))
		out = append(out, histBar{
			x: percent(float64(i) / float64(len(h.Counts))),
			w: percent(0.94 / float64(len(h.Counts))),
			y: decimal(histH - tall),
			h: decimal(tall),
		})
	}
	return out
}

// anchor keeps a label inside the box.
func anchor(at float64) string {
	if at > 0.8 {
		return "end"
	}
	return "start"
}

func shift(at float64) string {
	if at > 0.8 {
		return "-4"
	}
	return "4"
}

// plotData is a chart as the browser draws it again, with a cursor and a zoom.
type plotData struct {
	Start int64      `json:"start"` // seconds since 1970
	Step  float64    `json:"step"`  // seconds
	Unit  Unit       `json:"unit"`
	Lines []plotLine `json:"lines"`
	Gaps  []int      `json:"gaps,omitempty"`  // steps without data
	Marks []plotMark `json:"marks,omitempty"` // events
}

type plotMark struct {
	At     float64 `json:"at"` // seconds since 1970, of the first
	N      int     `json:"n"`  // so many events
	Name   string  `json:"name"`
	Label  string  `json:"label"` // of each; empty when they differ
	What   string  `json:"what"`
	Many   string  `json:"many"`
	Status Status  `json:"status"`
}

type plotLine struct {
	Name   string   `json:"name"`
	Class  string   `json:"class"` // of the line that is drawn already: the browser takes its colour
	Bar    bool     `json:"bar,omitempty"`
	Values []number `json:"values"`
}

// number is written short, and as null where there is none.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, v, 'g', 4, 64), nil
}

// data is what a script needs to draw the chart; empty for one without steps.
func (c Chart) data(events []bunch) string {
	if c.Step <= 0 || c.Start.IsZero() {
		return ""
	}
	d := plotData{Start: c.Start.Unix(), Step: c.Step.Seconds(), Unit: c.Unit}
	if len(c.Bars) > 0 {
		total, answered := plotLine{Name: "failed", Class: "f-open", Bar: true}, plotLine{Name: "answered", Class: "f-n", Bar: true}
		for i, b := range c.Bars {
			all, good := number(b.Total), number(b.Total-min(b.Failed, b.Total))
			if i < len(c.Gaps) && c.Gaps[i] {
				all, good = number(Missing()), number(Missing())
			} else if b.Failed <= 0 {
				all = number(Missing()) // else its edge shows behind the other bar
			}
			total.Values, answered.Values = append(total.Values, all), append(answered.Values, good)
		}
		d.Lines = append(d.Lines, total, answered)
	}
	for _, l := range c.Lines {
		line := plotLine{Name: l.Name, Class: l.Class}
		for _, v := range l.Values {
			line.Values = append(line.Values, number(v))
		}
		d.Lines = append(d.Lines, line)
	}
	for i, gap := range c.Gaps {
		if gap {
			d.Gaps = append(d.Gaps, i)
		}
	}
	for i := range events {
		e := &events[i]
		m := plotMark{At: float64(e.first.At.UnixMilli()) / 1000, N: e.n, Name: e.first.Name, Label: e.first.label(), What: e.first.What, Many: e.many, Status: e.status}
		if !e.alike {
			m.Label = ""
		}
		d.Marks = append(d.Marks, m)
	}
	text, err := json.Marshal(d)
	if err != nil { // of plain data: never
		return ""
	}
	return string(text)
}
