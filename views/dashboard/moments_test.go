package dashboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestNodeMoments: a loss is told once, however many events it makes, and only
// who was lost comes back.
func TestNodeMoments(t *testing.T) {
	t.Parallel()
	at := sampleTime()
	var events []dashboard.TopologyEvent // newest first
	for i, e := range []dashboard.TopologyEvent{
		{Kind: "node_identified", Node: "n1"},
		{Kind: "node_state_change", Node: "n1", To: ui.NodeResponding},
		{Kind: "node_state_change", Node: "n1", To: ui.NodeUnresponsive},
		{Kind: "node_state_change", Node: "n1", To: ui.NodeResponding},
		{Kind: "node_disconnected", Node: "n1", Region: "eu"},
		{Kind: "node_state_change", Node: "n1", To: ui.NodeDisconnected},
		{Kind: "node_connected", Node: "n1"},
		{Kind: "node_state_change", Node: "n2", To: ui.NodeResponding},
		{Kind: "node_state_change", Node: "n1", To: ui.NodeResponding},
	} {
		e.At = at.Add(time.Duration(i) * time.Second)
		events = slices.Insert(events, 0, e)
	}
	got := dashboard.NodeMoments(dashboard.NodeEvents(events)).Cell(at, time.Minute)
	if want := "14:32:12 n1 lost (eu), 14:32:16 n1 back"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// marked is a series of five minutes with openings at the given seconds.
func marked(seconds ...int) (dashboard.Series, dashboard.Moments) {
	from := sampleTime().Add(-5 * time.Minute)
	s := dashboard.Series{Step: time.Minute}
	for i := range 5 {
		s.Points = append(s.Points, dashboard.Point{At: from.Add(time.Duration(i) * time.Minute), Calls: 60, P50: 20, P95: 90})
	}
	var m dashboard.Moments
	for _, sec := range seconds {
		m.All = append(m.All, dashboard.Moment{At: from.Add(time.Duration(sec) * time.Second), Name: "drpc", What: "opened", Many: "openings", Where: "HTTP, eu-west-1", Region: "eu-west-1", Status: ui.CircuitOpen})
	}
	return s, m
}

// Charts name what they mark in the drawing, in the sentence and in the table.
func TestChartsNameEvents(t *testing.T) {
	t.Parallel()
	page := chainPage()
	page.Series, page.Moments = marked(70, 75, 400)
	panel := fragment(t, page, dashboard.FragmentChart)
	if got := words(panel); strings.Count(got, "drpc opened ×2") != 6 { // two charts of three widths
		t.Errorf("the drawings do not name both: %q", got)
	}
	if got, want := attr(all(panel, "chart-p")[0].FirstChild, "aria-label"), "; marked: drpc opened at "; strings.Count(got, want) != 1 {
		t.Errorf("the sentence is %q, want %q in it", got, want)
	}
	cells := texts(all(panel, "num"))
	if want := "14:28:18 drpc opened (HTTP, eu-west-1), 14:28:23 drpc opened (HTTP, eu-west-1)"; !slices.Contains(cells, want) {
		t.Errorf("the table lacks %q: %q", want, cells)
	}
	page.Moments = dashboard.Moments{From: sampleTime().Add(-3 * time.Minute)}
	got := words(fragment(t, page, dashboard.FragmentChart))
	if strings.Contains(got, "Events") || strings.Contains(got, "opened ×") {
		t.Errorf("nothing happened: %q", got)
	}
	if want := "What opened before 14:29:08 is not known."; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

// TestCellCounts: a cell tells a few moments one by one, and counts many.
func TestCellCounts(t *testing.T) {
	t.Parallel()
	var seconds []int
	for i := range 10_000 {
		seconds = append(seconds, i*300/10_000)
	}
	s, m := marked(seconds...)
	if got, want := m.Cell(s.Points[1].At, s.Step), "2,000 openings"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.All = append(m.All[:10], dashboard.Moment{At: m.All[9].At, Name: "n1", What: "lost", Many: "losses"})
	if got, want := m.Cell(s.Points[0].At, s.Step), "10 openings, n1 lost"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A step without requests in which something happened is in the table.
func TestTableHasStepsWithEvents(t *testing.T) {
	t.Parallel()
	page := chainPage()
	page.Series, page.Moments = marked(70)
	for i := range page.Series.Points[:3] {
		page.Series.Points[i].Calls = 0
	}
	got := words(fragment(t, page, dashboard.FragmentChart))
	if want := "14:28:18 drpc opened (HTTP, eu-west-1)"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

func TestRegionsNameEvents(t *testing.T) {
	t.Parallel()
	page := chainPage()
	s, m := marked(70)
	page.ByRegion = []dashboard.RegionSeries{{Region: "eu-west-1", Series: s}, {Region: "us-east-1", Series: s}}
	page.ByRegionMoments = m
	got := words(fragment(t, page, dashboard.FragmentByRegion))
	for _, want := range []string{"Time eu-west-1 us-east-1 Events", "90 ms 90 ms 14:28:18 drpc opened (HTTP, eu-west-1)"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
