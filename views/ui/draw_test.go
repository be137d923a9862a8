package ui_test

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views/ui"
)

func render(tb testing.TB, c templ.Component) string {
	tb.Helper()
	var b bytes.Buffer
	if err := c.Render(tb.Context(), &b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// paths lists the drawn paths as "class d".
func paths(svg string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`<path class="([^"]*)" d="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		out = append(out, m[1]+" "+m[2])
	}
	return out
}

func cells(statuses ...ui.Status) []ui.Cell {
	out := make([]ui.Cell, len(statuses))
	for i, s := range statuses {
		out[i].Status = s
	}
	return out
}

func TestStrip(t *testing.T) {
	t.Parallel()
	none := ui.Cell{NoData: true}
	tests := []struct {
		name  string
		cells []ui.Cell
		want  []string
		label string
	}{
		{"empty", nil, nil, "Last 60 min: no data"},
		{"set to the right", cells(ui.Healthy), []string{"k-ok M177 13h2"}, "Last 60 min: healthy 1 min"},
		{"a run is one line", cells(ui.Healthy, ui.Healthy, ui.Healthy), []string{"k-ok M171 13h8"}, "Last 60 min: healthy 3 min"},
		{
			"open has a slit and its height", cells(ui.Healthy, ui.CircuitOpen),
			[]string{"k-open M177 12h2", "k-ok M174 13h2", "k-slit M177 3h2"},
			"Last 60 min: circuit open 1 min, healthy 1 min",
		},
		{"no data stays low", []ui.Cell{none, {Status: ui.Lagging}}, []string{"k-none M174 15h2", "k-lag M177 11.5h2"}, "Last 60 min: lagging 1 min"},
		{"the last 60 count", append(cells(ui.CircuitOpen), cells(make([]ui.Status, 60)...)...), []string{"k-unk M0 8h179"}, "Last 60 min: unknown 60 min"},
	}
	for _, tt := range tests {
		svg := render(t, ui.Strip(tt.cells))
		if got := paths(svg); strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%s: paths = %q, want %q", tt.name, got, tt.want)
		}
		if !strings.Contains(svg, `aria-label="`+tt.label+`"`) {
			t.Errorf("%s: no label %q in %s", tt.name, tt.label, svg)
		}
	}
}

func whole(v float64) string { return strconv.Itoa(int(v)) + " ms" }

func TestSparkTooltip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		want   string
	}{
		{[]float64{4, 10, ui.Missing(), 7}, "<title>least 4 ms, most 10 ms</title>"},
		{[]float64{4.2, 4.1}, "<title>4 ms throughout</title>"},
	} {
		if got := render(t, ui.Spark(tt.values, false, true, whole)); !strings.Contains(got, tt.want) {
			t.Errorf("Spark(%v) = %s, want %s in it", tt.values, got, tt.want)
		}
	}
	for _, svg := range []string{render(t, ui.Spark([]float64{1, 2}, false, true, nil)), render(t, ui.Spark(nil, false, true, whole))} {
		if strings.Contains(svg, "<title>") {
			t.Errorf("%s has a tooltip, want none", svg)
		}
	}
}

func TestSparkBreaksAtGaps(t *testing.T) {
	t.Parallel()
	got := paths(render(t, ui.Spark([]float64{0, 10, ui.Missing(), 10, 0}, false, true, nil)))
	want := []string{
		"sp-a M1 22L50 3L50 24L1 24ZM148 3L197 22L197 24L148 24Z",
		"sp-l M1 22L50 3M148 3L197 22",
		"sp-d M197 22h.01",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("paths = %q, want %q", got, want)
	}
	for _, values := range [][]float64{nil, {}, {ui.Missing(), ui.Missing()}} {
		if got := paths(render(t, ui.Spark(values, false, false, whole))); got != nil {
			t.Errorf("Spark(%v) draws %q, want nothing", values, got)
		}
	}
	for _, values := range [][]float64{{5}, {5, 5}, {0, 0}} {
		if svg := render(t, ui.Spark(values, true, true, nil)); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("Spark(%v) = %s", values, svg)
		}
	}
}

func TestBehind(t *testing.T) {
	t.Parallel()
	row := make([]ui.Cell, 60)
	row[0].NoData = true
	row[1].Behind = 2
	row[2].Behind = 40
	svg := render(t, ui.Behind("1rpc", row, 2))
	got := paths(svg)
	switch {
	case len(got) != 3 || got[0] != "gapbg M0 0h10v16h-10z":
		t.Errorf("paths = %q, want gap, normal and over", got)
	case !strings.HasPrefix(got[1], "f-n M10 8.4h9v7.6h-9zM30 14h9v2h-9z"):
		t.Errorf("normal bars = %q", got[1])
	case got[2] != "f-lag M20 0h9v16h-9z":
		t.Errorf("bars over the limit = %q", got[2])
	}
	if !strings.Contains(svg, "most 40") {
		t.Errorf("no most in %s", svg)
	}
	if svg := render(t, ui.Behind("x", row, -1)); strings.Contains(svg, "f-lag") {
		t.Error("a chain without a limit has bars over it")
	}
}

func TestCeiling(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]float64{0: 4, -1: 4, 1: 1, 1.1: 2, 171: 200, 200: 200, 512: 600, 850: 1000, 0.031: 0.04} {
		if got := ui.Ceiling(v); got < want*0.999 || got > want*1.001 {
			t.Errorf("Ceiling(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()
	svg := render(t, ui.Plot(ui.Chart{
		Label: "a chart", Max: 100, Ticks: []string{"100 ms", "0 ms"},
		Lines: []ui.Line{{Name: "p95", Class: "ln ln-1", Values: []float64{50, ui.Missing(), 100}}},
		Bars:  []ui.Bar{{Total: 100, Failed: 50}, {}, {Total: 50}},
		Gaps:  []bool{false, true, false},
	}))
	want := []string{
		"gridline M0 200H1000M0 150H1000M0 100H1000M0 50H1000M0 0H1000",
		"gapbg M333.3 0h333.3v200h-333.3z",
		"f-n M0.8 100h331.8v100h-331.8zM667.4 100h331.8v100h-331.8z",
		"f-open M0.8 0h331.8v100h-331.8z",
		"ln ln-1 M166.7 100L170.7 100M833.3 0L837.3 0",
	}
	if got := paths(svg); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("paths = %q, want %q", got, want)
	}
}

func TestHistogramMarks(t *testing.T) {
	t.Parallel()
	svg := render(t, ui.Bars(ui.Histogram{Label: "h", Counts: []uint64{0, 4, 2, 0}, Edges: []string{"1 ms", "4 s"}, P50: 0.375, P95: 0.9, HasMark: true}))
	for _, want := range []string{`x="25%" y="14" width="23.5%" height="58"`, `x1="37.5%"`, `x="90%" dx="-4" y="9" text-anchor="end">p95<`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
	if n := strings.Count(svg, "<rect"); n != 2 {
		t.Errorf("bars = %d, want 2", n)
	}
}

func TestBreakerIsShapeAndWord(t *testing.T) {
	t.Parallel()
	for c, want := range map[ui.Circuit][2]string{
		ui.Closed: {"M4 8H24", "Closed"}, ui.HalfOpen: {"M4 8L23 4.2", "Half-open"}, ui.Open: {"M4 8L20.5 1.5", "Open"}, "": {"M4 8H24", "Closed"},
	} {
		svg := render(t, ui.Lever(c))
		if !strings.Contains(svg, want[0]) || !strings.Contains(svg, ">"+want[1]+"<") {
			t.Errorf("Lever(%q) = %s, want %q", c, svg, want)
		}
	}
}
