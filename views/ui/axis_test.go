package ui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

func tickLabels(ticks []ui.Tick) string {
	var out []string
	for _, t := range ticks {
		out = append(out, t.Label)
	}
	return strings.Join(out, " ")
}

func TestTicks(t *testing.T) {
	t.Parallel()
	to := time.Date(2026, 11, 11, 14, 32, 11, 0, time.UTC)
	tests := []struct {
		span         time.Duration
		wide, narrow string
	}{
		{time.Minute, "14:31:20 14:31:30 14:31:40 14:31:50 14:32:00", "14:31:30 14:31:45 14:32:00"},
		{5 * time.Minute, "14:28 14:29 14:30 14:31", "14:28 14:29 14:30 14:31"},
		{15 * time.Minute, "14:18 14:20 14:22 14:24 14:26 14:28 14:30", "14:20 14:25 14:30"},
		{time.Hour, "13:40 13:50 14:00 14:10 14:20", "13:45 14:00 14:15"},
		{24 * time.Hour, "18:00 21:00 00:00 03:00 06:00 09:00 12:00", "18:00 00:00 06:00 12:00"},
		{7 * time.Second, "14:32:05 14:32:06 14:32:07 14:32:08 14:32:09 14:32:10", "14:32:06 14:32:08 14:32:10"},
	}
	for _, tt := range tests {
		axis := ui.Axis{From: to.Add(-tt.span), To: to}
		if got := tickLabels(axis.Ticks(false)); got != tt.wide {
			t.Errorf("%v: got %s, want %s", tt.span, got, tt.wide)
		}
		if got := tickLabels(axis.Ticks(true)); got != tt.narrow {
			t.Errorf("%v, narrow: got %s, want %s", tt.span, got, tt.narrow)
		}
	}
}

// Whatever the span, ticks are even, at round times, and their labels neither
// touch each other nor leave the plot.
func TestTicksAreEven(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 11, 14, 32, 11, 345_000_000, time.UTC)
	for _, span := range []time.Duration{2 * time.Second, 20 * time.Second, 41 * time.Second, time.Minute, 295 * time.Second, 15 * time.Minute, 59 * time.Minute, 4 * time.Hour, 24 * time.Hour} {
		for shift := range 50 {
			from := start.Add(time.Duration(shift) * span / 37)
			axis := ui.Axis{From: from, To: from.Add(span)}
			for _, narrow := range []bool{false, true} {
				checkTicks(t, axis.Ticks(narrow), narrow)
			}
		}
	}
}

func checkTicks(t *testing.T, ticks []ui.Tick, narrow bool) {
	t.Helper()
	width := 560.0
	if narrow {
		width = 250
	}
	if len(ticks) == 0 {
		t.Error("no ticks")
	}
	for i, k := range ticks {
		letter := 6.1 // a digit
		half := float64(len(k.Label)) * letter / 2 / width
		if k.At+half > 1 {
			t.Errorf("%s at %v leaves the plot", k.Label, k.At)
		}
		if i == 0 {
			continue
		}
		step := k.Time.Sub(ticks[0].Time) / time.Duration(i)
		if step != ticks[1].Time.Sub(ticks[0].Time) || k.Time.Truncate(step) != k.Time {
			t.Errorf("%s stands %v after the one before, want even and round times", k.Label, step)
		}
		if k.At-ticks[i-1].At < 2*half {
			t.Errorf("%s touches %s", k.Label, ticks[i-1].Label)
		}
	}
}

func TestNoTicks(t *testing.T) {
	t.Parallel()
	if got := (ui.Axis{}).Ticks(false); len(got) != 0 {
		t.Errorf("an axis of no length has %v", got)
	}
}

// Charts of one span have their ticks at one place, whatever they draw.
func TestTicksOfCharts(t *testing.T) {
	t.Parallel()
	start, values := time.Date(2026, 11, 11, 14, 0, 0, 0, time.UTC), make([]float64, 60)
	lines := ui.Chart{Label: "x", Max: 1, Start: start, Step: time.Minute, Lines: []ui.Line{{Values: values}}}
	bars := ui.Chart{Label: "x", Max: 1, Start: start, Step: time.Minute, Bars: make([]ui.Bar, 60), Gaps: make([]bool, 60)}
	ticks := func(c ui.Chart) []string {
		_, after, _ := strings.Cut(render(t, ui.Plot(c)), `class="times`)
		return strings.Split(after, "<text ")[1:]
	}
	got, want := ticks(bars), ticks(lines)
	if !slices.Equal(got, want) || len(want) < 8 {
		t.Errorf("got %q, want those of lines: %q", got, want)
	}
	if !strings.Contains(want[0], `data-at="2026-11-11T14:10:00Z"`) {
		t.Errorf("the first tick is %s, want one that can be written in another zone", want[0])
	}
}
