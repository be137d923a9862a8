package dashboard

import (
	"math"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// regionChart is one figure over time, with a line for each region.
type regionChart struct {
	Label   string // what is drawn, over which range
	Series  []RegionSeries
	Moments Moments
	values  func(Series) []float64
	write   func(float64) string // with unit
	tick    func(float64) string
	unit    ui.Unit
}

func p95ByRegion(s Shell, series []RegionSeries, moments Moments) regionChart {
	return regionChart{
		Label: "Latency p95 by region, " + lower(rangeWords(s.Range)), Series: series, Moments: moments, values: Series.p95,
		write: views.Milliseconds, tick: tickOf("0", views.Milliseconds), unit: ui.Milliseconds,
	}
}

func rateByRegion(s Shell, series []RegionSeries, moments Moments) regionChart {
	return regionChart{
		Label: "Requests per second by region, " + lower(rangeWords(s.Range)), Series: series, Moments: moments, values: Series.rates,
		write: rateWords, tick: tickOf("0", views.Rate), unit: ui.PerSecond,
	}
}

func rateWords(v float64) string { return views.Rate(v) + " /s" }

func tickOf(zero string, write func(float64) string) func(float64) string {
	return func(v float64) string {
		if v == 0 {
			return zero
		}
		return write(v)
	}
}

func (c regionChart) empty() bool {
	for _, r := range c.Series {
		if !r.Series.empty() {
			return false
		}
	}
	return true
}

// longest is the series with the most steps: it has the axis.
func (c regionChart) longest() Series {
	var out Series
	for _, r := range c.Series {
		if len(r.Series.Points) > len(out.Points) {
			out = r.Series
		}
	}
	return out
}

func (c regionChart) chart(s Shell) ui.Chart {
	axis := c.longest()
	most := 0.0
	lines := make([]ui.Line, 0, len(c.Series))
	words := []string{c.Label}
	for _, r := range c.Series {
		values := padded(c.values(r.Series), len(axis.Points))
		most = max(most, largest(values))
		lines = append(lines, ui.Line{Name: r.Region, Class: ui.SeriesLine(s.seriesOf(r.Region)), Values: values})
		words = append(words, r.Region+" now "+c.last(values))
	}
	top := ui.Ceiling(most)
	return ui.Chart{
		Label: strings.Join(words, "; "), Max: top, Ticks: ticks(top, c.tick), Lines: lines, Gaps: axis.gaps(), Marks: c.Moments.events(), Tall: true,
		Start: axis.start(), Step: axis.Step, Unit: c.unit,
	}
}

// padded sets a shorter series to the right, where the newest steps are.
func padded(values []float64, n int) []float64 {
	if len(values) >= n {
		return values
	}
	out := make([]float64, 0, n)
	for range n - len(values) {
		out = append(out, ui.Missing())
	}
	return append(out, values...)
}

// last is the newest value in words.
func (c regionChart) last(values []float64) string {
	if n := len(values); n > 0 && !math.IsNaN(values[n-1]) {
		return c.write(values[n-1])
	}
	return "no data"
}

// mostRows is how many steps the table of a chart has at most: those of a day.
const mostRows = 96

// marked tells whether the table has a column for what happened.
func (c regionChart) marked() bool { return c.Moments.over(c.longest()) }

// rows are the steps as a table, the newest first: time, then each region, then
// what happened where anything did.
func (c regionChart) rows() [][]string {
	axis := c.longest()
	n := len(axis.Points)
	columns := make([][]float64, 0, len(c.Series))
	for _, r := range c.Series {
		columns = append(columns, padded(c.values(r.Series), n))
	}
	out := make([][]string, 0, min(n, mostRows))
	for i := n - 1; i >= 0 && len(out) < mostRows; i-- {
		row := []string{views.Clock(axis.Points[i].At)}
		for _, col := range columns {
			if math.IsNaN(col[i]) {
				row = append(row, views.None)
			} else {
				row = append(row, c.write(col[i]))
			}
		}
		if c.marked() {
			row = append(row, c.Moments.Cell(axis.Points[i].At, axis.Step))
		}
		out = append(out, row)
	}
	return out
}
