package ui_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/ui"
)

// TestSeriesDiffer checks that no two series of a chart have the same line, and
// none the same marker.
func TestSeriesDiffer(t *testing.T) {
	t.Parallel()
	lines, markers := map[string]bool{}, map[string]bool{}
	for i := range ui.MostSeries {
		lines[ui.SeriesLine(i)] = true
		for _, m := range paths(render(t, ui.Marker(i))) {
			markers[m] = true
		}
	}
	if len(lines) != ui.MostSeries || len(markers) != ui.MostSeries {
		t.Errorf("lines = %d, markers = %d, want %d of each", len(lines), len(markers), ui.MostSeries)
	}
	if ui.SeriesLine(ui.MostSeries) != ui.SeriesLine(0) {
		t.Error("places beyond the last do not begin again")
	}
}

func TestChartMarks(t *testing.T) {
	t.Parallel()
	c := ui.Chart{Label: "x", Max: 1, Marks: []ui.Event{{At: 0.5, Label: "<lost>", Status: ui.CircuitOpen}, {At: 0.95, Label: "back", Status: ui.Healthy}}}
	got := render(t, ui.Plot(c))
	for _, want := range []string{
		`<line class="evm evm-open" x1="50%" x2="50%" y1="0" y2="100%">`, `x="50%" dx="4" y="9" text-anchor="start">&lt;lost&gt;</text>`,
		`x="95%" dx="-4" y="9" text-anchor="end">back</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the chart lacks %s: %s", want, got)
		}
	}
	if got := render(t, ui.Plot(ui.Chart{Label: "x", Max: 1})); strings.Contains(got, "chart-e") {
		t.Error("a chart without marks has a layer for them")
	}
}

func TestDumbbell(t *testing.T) {
	t.Parallel()
	got := render(t, ui.Dumbbell(ui.Pair{Left: 0.25, Right: 0.5, SeriesL: 0, SeriesR: 1, HasL: true, HasR: true, LabelOfValues: "a, b"}))
	for _, want := range []string{`aria-label="a, b"`, `class="db-b" x1="25%" x2="50%"`, `<svg class="db-p" x="25%" y="10"><path class="mk mk-1"`, `<svg class="db-p" x="50%" y="10"><path class="mk-o mk-2"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the drawing lacks %s: %s", want, got)
		}
	}
}
