package dashboard

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

func minutesAgo(n float64) time.Time {
	return testNow().Add(-time.Duration(n * float64(time.Minute)))
}

func testNow() time.Time { return time.Date(2026, 11, 28, 14, 0, 0, 0, time.UTC) }

func TestBreakerSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rng  string
		from time.Time
		want time.Duration
	}{
		{"1m", minutesAgo(0.5), time.Minute},
		{"1m", minutesAgo(3), 5 * time.Minute},
		{"1m", minutesAgo(40), time.Hour},
		{"1m", minutesAgo(4000), time.Hour},
		{"5m", minutesAgo(0.5), 5 * time.Minute},
		{"1h", minutesAgo(2), time.Hour},
		{"24h", minutesAgo(2), 24 * time.Hour},
		{"1m", time.Time{}, time.Minute},
	}
	for _, tt := range tests {
		m := ProviderPage{Shell: Shell{Now: testNow(), Range: tt.rng}, Breakers: []BreakerTrack{{From: tt.from}}}
		if got := m.breakerSpan(); got != tt.want {
			t.Errorf("%s, known since %v: got %v, want %v", tt.rng, tt.from, got, tt.want)
		}
	}
}

// TestOpenedWords counts only what the axis shows.
func TestOpenedWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		lost    time.Time
		changes []BreakerChange
		want    string
	}{
		{"never", time.Time{}, nil, "never opened"},
		{"once, closed", time.Time{}, []BreakerChange{{At: minutesAgo(10), To: ui.Open}, {At: minutesAgo(8), To: ui.HalfOpen}, {At: minutesAgo(7), To: ui.Closed}}, "opened 1×, 2 min 00 s"},
		{"twice, open now", time.Time{}, []BreakerChange{{At: minutesAgo(10), To: ui.Open}, {At: minutesAgo(9), To: ui.HalfOpen}, {At: minutesAgo(2), To: ui.Open}}, "opened 2×, 3 min 00 s"},
		{"open before it", time.Time{}, []BreakerChange{{At: minutesAgo(90), To: ui.Open}, {At: minutesAgo(50), To: ui.HalfOpen}}, "open for 10 min"},
		{"over before it", time.Time{}, []BreakerChange{{At: minutesAgo(90), To: ui.Open}, {At: minutesAgo(80), To: ui.Closed}}, "never opened"},
		{"tried when it is first known", time.Time{}, []BreakerChange{{At: minutesAgo(10), To: ui.HalfOpen}, {At: minutesAgo(9), To: ui.Closed}}, "open for 50 min"},
		{"lost", minutesAgo(3), []BreakerChange{{At: minutesAgo(10), To: ui.Open}}, "no answer for 3 min 00 s"},
	}
	for _, tt := range tests {
		track := BreakerTrack{From: minutesAgo(100), Lost: tt.lost, Changes: tt.changes}
		m := ProviderPage{Shell: Shell{Now: testNow(), Range: "1m"}, Breakers: []BreakerTrack{track}}
		if got := m.openedWords(track); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	m := ProviderPage{Errors: []ErrorRow{
		{Message: "a", Category: "timeout", Count: 3}, {Message: "b", Category: "server_error", Count: 2}, {Message: "c", Category: "server_error", Count: 5},
	}}
	got := m.errorClasses()
	if len(got) != 2 || got[0].Category != "server_error" || got[0].Count != 7 || got[0].Share != 0.7 || len(got[0].Rows) != 2 || got[1].Count != 3 {
		t.Errorf("got %+v", got)
	}
}

// TestBreakerNotKnown: what lies before a node's memory is hatched and said to
// be unknown, and a breaker that is open now, with nothing known of its past, is
// not drawn as one that never opened.
func TestBreakerNotKnown(t *testing.T) {
	t.Parallel()
	opened := []BreakerChange{{At: minutesAgo(10), To: ui.Open}, {At: minutesAgo(8), To: ui.HalfOpen}, {At: minutesAgo(7), To: ui.Closed}}
	for name, tt := range map[string]struct {
		track  BreakerTrack
		want   string
		from   float64
		before ui.Circuit
	}{
		"all of it is known":      {BreakerTrack{From: minutesAgo(90), Circuit: ui.Closed}, "never opened", -0.5, ui.Closed},
		"half of it is known":     {BreakerTrack{From: minutesAgo(30), Circuit: ui.Closed}, "never opened, not known before 13:30:00", 0.5, ui.Closed},
		"opened in that half":     {BreakerTrack{From: minutesAgo(30), Circuit: ui.Closed, Changes: opened}, "opened 1×, 2 min 00 s, not known before 13:30:00", 0.5, ui.Closed},
		"open all the time":       {BreakerTrack{From: minutesAgo(30), Circuit: ui.Open}, "open for 30 min, not known before 13:30:00", 0.5, ui.Open},
		"open, and before it too": {BreakerTrack{From: minutesAgo(90), Circuit: ui.Open}, "open for 1 h 00 min", -0.5, ui.Open},
		"nothing is known":        {BreakerTrack{Circuit: ui.Closed}, "not known", 1, ui.Closed},
	} {
		m := ProviderPage{Shell: Shell{Now: testNow(), Range: "1h"}, Breakers: []BreakerTrack{tt.track}}
		if got := m.trackWords(tt.track); !strings.Contains(got, ": "+tt.want+"; now") {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if got := m.track(tt.track); got.From != tt.from || got.Before != tt.before {
			t.Errorf("%s: drawn from %v on, %q before it; want %v, %q", name, got.From, got.Before, tt.from, tt.before)
		}
	}
}
