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

func TestDumbbell(t *testing.T) {
	t.Parallel()
	got := render(t, ui.Dumbbell(ui.Pair{Left: 0.25, Right: 0.5, SeriesL: 0, SeriesR: 1, HasL: true, HasR: true, LabelOfValues: "a, b"}))
	for _, want := range []string{`aria-label="a, b"`, `class="db-b" x1="25%" x2="50%"`, `<svg class="db-p" x="25%" y="10"><path class="mk mk-1"`, `<svg class="db-p" x="50%" y="10"><path class="mk-o mk-2"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the drawing lacks %s: %s", want, got)
		}
	}
}
