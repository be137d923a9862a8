package ui

import "testing"

// TestTrackPaths draws the pasts of breakers: the time in which nothing is known
// is hatched, and a short state has a width that is seen.
func TestTrackPaths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		track Track
		want  trackPaths
	}{
		{"closed all the time", Track{To: 1}, trackPaths{line: "M0 20L1000 20"}},
		{"not known", Track{From: 1, To: 1}, trackPaths{gap: "M0 2h1000v22h-1000z"}},
		{"known for half of it", Track{From: 0.5, To: 1}, trackPaths{line: "M500 20L1000 20", gap: "M0 2h500v22h-500z"}},
		{"lost at the end", Track{To: 0.9}, trackPaths{line: "M0 20L900 20", gap: "M900 2h100v22h-100z"}},
		{
			"opened, tried, closed",
			Track{To: 1, Turns: []Turn{{0.2, Open}, {0.5, HalfOpen}, {0.6, Closed}}},
			trackPaths{line: "M0 20L200 20L200 4L500 4L500 12L600 12L600 20L1000 20", open: "M200 4h300v18h-300z", trial: "M500 12h100v10h-100z"},
		},
		{"open before the axis begins", Track{To: 1, Turns: []Turn{{-3, Open}}}, trackPaths{line: "M0 4L1000 4", open: "M0 4h1000v18h-1000z"}},
		{"open when it is first known", Track{From: 0.5, To: 1, Before: Open, Turns: []Turn{{0.7, Closed}}}, trackPaths{line: "M500 4L700 4L700 20L1000 20", open: "M500 4h200v18h-200z", gap: "M0 2h500v22h-500z"}},
		{"open for an instant", Track{To: 1, Turns: []Turn{{0.5, Open}, {0.5001, Closed}}}, trackPaths{line: "M0 20L500 20L500 4L503 4L503 20L1000 20", open: "M500 4h3v18h-3z"}},
		{"a turn from the future", Track{To: 1, Turns: []Turn{{1.2, Open}}}, trackPaths{line: "M0 20L1000 20L1000 4L1000 4"}},
	}
	for _, tt := range tests {
		if got := tt.track.paths(); got != tt.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.name, got, tt.want)
		}
	}
}
