package ui_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

var hourAxis = ui.Axis{From: time.Date(2026, 11, 11, 14, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 11, 15, 0, 0, 0, time.UTC)}

func opened(minute float64, name string) ui.Event {
	return ui.Event{At: hourAxis.From.Add(time.Duration(minute * float64(time.Minute))), Name: name, What: "opened", Many: "openings", Status: ui.CircuitOpen}
}

func node(minute float64, name, what string) ui.Event {
	e := opened(minute, name)
	e.What, e.Many, e.Status = what, "losses", ui.CircuitOpen
	if what == "back" {
		e.Many, e.Status = "returns", ui.Healthy
	}
	return e
}

func TestPlaceEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []ui.Event
		want   string // from to [left right] label, with < when it is flipped
	}{
		{"none", nil, ""},
		{"one", []ui.Event{opened(30, "drpc")}, "50-50 [50 62] drpc opened"},
		{"at the start", []ui.Event{opened(0, "drpc")}, "0-0 [0 12] drpc opened"},
		{"past 80 %", []ui.Event{opened(51, "drpc")}, "85-85 [73 85] <drpc opened"},
		{"no room on the right", []ui.Event{opened(47.4, "ap-southeast-1")}, "79-79 [57 79] <ap-southeast-1 opened"},
		{"outside", []ui.Event{opened(-1, "a"), opened(60, "b")}, ""},
		{"apart", []ui.Event{opened(30, "b"), opened(6, "a")}, "10-10 [10 19] a opened|50-50 [50 59] b opened"},
		{"folded", []ui.Event{opened(3, "a"), opened(4.8, "b"), opened(6, "c")}, "5-10 [5 16] 3 openings"},
		{"at once", []ui.Event{opened(30, "a"), opened(31, "a"), opened(36, "b")}, "50-52 [38 50] <a opened ×2|60-60 [60 69] b opened"},
		{"of one", []ui.Event{opened(3, "a"), opened(6, "a")}, "5-10 [5 17] a opened ×2"},
		{"lost and back", []ui.Event{node(3, "n1", "lost"), node(4.2, "n1", "back")}, "5-7 [5 19] n1 lost, back"},
		{"with room for both", []ui.Event{node(6, "n1", "lost"), node(8, "n1", "back")}, "10-10 [2 10] <n1 lost|13-13 [13 22] n1 back"},
		{"of two kinds", []ui.Event{node(3, "n1", "lost"), node(4.2, "n2", "back")}, "5-7 [5 14] 2 events"},
		{"the label before would be in the way", []ui.Event{opened(42, "a"), opened(50, "b")}, "70-70 [61 70] <a opened|83-83 [74 83] <b opened"},
		{"and has no room on its left", []ui.Event{opened(36, "a"), opened(42, "c"), opened(50, "b")}, "60-60 [60 69] a opened|70-83 [70 81] 2 openings"},
		{"a long name", []ui.Event{opened(30, "a-provider-with-a-long-name")}, "50-50 [50 76] a-provider-with-a… opened"},
	}
	for _, tt := range tests {
		var got []string
		for _, m := range ui.PlaceEvents(hourAxis, tt.events, 720) {
			flip := ""
			if m.Flipped {
				flip = "<"
			}
			got = append(got, fmt.Sprintf("%.0f-%.0f [%.0f %.0f] %s%s", m.From*100, m.To*100, m.Left*100, m.Right*100, flip, m.Label))
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, s, tt.want)
		}
	}
}

// Whatever happens and however wide the plot is: labels are within it, none
// overlaps another or stands across the line of another, and no event is lost.
func TestPlaceEventsProperty(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"", "a", "drpc", "ap-southeast-1", "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", strings.Repeat("é", 40)}
	for range 3000 {
		events := make([]ui.Event, rng.IntN(60))
		on := 0
		for i := range events {
			events[i] = opened(rng.Float64()*70-5, names[rng.IntN(len(names))])
			if rng.IntN(3) == 0 {
				events[i] = node(rng.Float64()*60, names[rng.IntN(len(names))], []string{"lost", "back"}[rng.IntN(2)])
			}
			if e := events[i]; !e.At.Before(hourAxis.From) && e.At.Before(hourAxis.To) {
				on++
			}
		}
		width := 220 + rng.Float64()*800
		marks := ui.PlaceEvents(hourAxis, events, width)
		if (len(marks) == 0) != (on == 0) {
			t.Fatalf("%d events on the axis, %d marks", on, len(marks))
		}
		end := 0.0
		for _, m := range marks {
			if m.Left < 0 || m.Right > 1 || m.From < 0 || m.To > 1 || m.To < m.From {
				t.Fatalf("%q leaves the plot of %v px: %+v", m.Label, width, m)
			}
			if min(m.Left, m.From) < end {
				t.Fatalf("%q overlaps the one before in a plot of %v px: %+v", m.Label, width, marks)
			}
			end = max(m.Right, m.To)
			if need := float64(len([]rune(m.Label))*7) / width; m.Right-m.Left < min(need, 1) {
				t.Fatalf("%q has %v of %v px, and needs %v", m.Label, m.Right-m.Left, width, need)
			}
		}
	}
}

func TestChartEvents(t *testing.T) {
	t.Parallel()
	c := ui.Chart{Label: "x", Max: 1, Start: hourAxis.From, Step: time.Minute, Lines: []ui.Line{{Values: make([]float64, 60)}}}
	if got := render(t, ui.Plot(c)); strings.Contains(got, "chart-e") {
		t.Error("a chart without events has a layer for them")
	}
	c.Marks = []ui.Event{opened(30, "<drpc>"), opened(57, "alchemy")}
	got := render(t, ui.Plot(c))
	for _, want := range []string{
		`<path class="evm evm-open" d="M500 0L500 200M950 0L950 200">`, `x="50%" dx="4" y="9" text-anchor="start">&lt;drpc&gt; opened</text>`,
		`x="95%" dx="-4" y="9" text-anchor="end">alchemy opened</text>`,
		`aria-label="x; marked: &lt;drpc&gt; opened at 14:30:00, alchemy opened at 14:57:00"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the chart lacks %s: %s", want, got)
		}
	}
	c.Marks = []ui.Event{opened(30, "WWWWWWWW")}
	if got, want := render(t, ui.Plot(c)), `textLength="105"`; !strings.Contains(got, want) {
		t.Errorf("wide letters are not kept in their room: no %s in %s", want, got)
	}
	for i := range 9 {
		c.Marks = append(c.Marks, opened(float64(i), "a"))
	}
	if got, want := render(t, ui.Plot(c)), "a opened at 14:03:00, 5 more"; !strings.Contains(got, want) {
		t.Errorf("the sentence lacks %q: %s", want, got)
	}
}
