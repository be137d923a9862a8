package ui_test

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

type plotted struct {
	Start int64
	Step  float64
	Unit  string
	Lines []struct {
		Name, Class string
		Bar         bool
		Values      []*float64
	}
	Gaps  []int
	Marks []struct {
		At                              float64
		Name, Label, What, Many, Status string
	}
}

func plotOf(t *testing.T, c ui.Chart) (p plotted, ok bool) {
	t.Helper()
	m := regexp.MustCompile(`data-plot="([^"]*)"`).FindStringSubmatch(render(t, ui.Plot(c)))
	if m == nil {
		return p, false
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &p); err != nil {
		t.Fatalf("data-plot: %v in %s", err, m[1])
	}
	return p, true
}

// What the browser draws again is what the SVG shows.
func TestPlotData(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	p, ok := plotOf(t, ui.Chart{
		Start: start, Step: 5 * time.Second, Unit: ui.Milliseconds, Max: 100,
		Lines: []ui.Line{{Name: "p95 <b>", Class: "ln ln-1", Values: []float64{12.34567, ui.Missing(), 30}}},
		Gaps:  []bool{false, true, false},
		Marks: []ui.Event{
			{At: start.Add(7500 * time.Millisecond), Name: "n1", What: "lost", Many: "losses", Status: ui.CircuitOpen}, {At: start.Add(-time.Second), What: "before"},
		},
	})
	if !ok {
		t.Fatal("no data-plot")
	}
	if p.Start != 1_700_000_000 || p.Step != 5 || p.Unit != "ms" {
		t.Errorf("start, step, unit: got %d, %v, %q", p.Start, p.Step, p.Unit)
	}
	l := p.Lines[0]
	if l.Name != "p95 <b>" || len(l.Values) != 3 || *l.Values[0] != 12.35 || l.Values[1] != nil || *l.Values[2] != 30 {
		t.Errorf("line: got %+v, want 12.35, none, 30", l)
	}
	if !slices.Equal(p.Gaps, []int{1}) {
		t.Errorf("gaps: got %v, want [1]", p.Gaps)
	}
	if len(p.Marks) != 1 || p.Marks[0].At != 1_700_000_007.5 || p.Marks[0].Label != "n1 lost" || p.Marks[0].Status != "open" {
		t.Errorf("marks: got %+v, want the one on the axis", p.Marks)
	}
}

func TestPlotBars(t *testing.T) {
	t.Parallel()
	p, ok := plotOf(t, ui.Chart{
		Start: time.Unix(1, 0), Step: time.Second, Unit: ui.PerSecond, Max: 10,
		Bars: []ui.Bar{{Total: 10, Failed: 4}, {}}, Gaps: []bool{false, true},
	})
	if !ok || len(p.Lines) != 2 {
		t.Fatalf("got %+v, want two rows of bars", p)
	}
	if all, good := *p.Lines[0].Values[0], *p.Lines[1].Values[0]; all != 10 || good != 6 {
		t.Errorf("all and answered: got %v and %v, want 10 and 6", all, good)
	}
	if p.Lines[0].Values[1] != nil {
		t.Error("a gap is drawn as zero")
	}
}

func TestPlotWithoutSteps(t *testing.T) {
	t.Parallel()
	if _, ok := plotOf(t, ui.Chart{Max: 1, Lines: []ui.Line{{Values: []float64{1}}}}); ok {
		t.Error("a chart without times has data for a cursor")
	}
}
