package dashboard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// TestLoadingPollsSooner: while the first answers of other nodes are on their
// way every fragment asks each second; afterwards each at its own pace.
func TestLoadingPollsSooner(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loading bool
		want    string
	}{{true, "every 1s"}, {false, "every 15s"}} {
		m := chainPage()
		m.Range, m.Loading = "15m", tt.loading
		c, ok := m.Fragment(dashboard.FragmentBehind)
		if !ok {
			t.Fatal("no such fragment")
		}
		n := byID(parse(t, render(t, c)), dashboard.FragmentBehind)
		if got := attr(n, "hx-trigger"); got != tt.want {
			t.Errorf("loading %v: %q, want %q", tt.loading, got, tt.want)
		}
	}
	m := overview()
	m.Loading, m.Coverage = true, dashboard.Coverage{Responding: 1, Total: 2, Missing: []string{"b"}}
	page := string(render(t, m.Page()))
	if strings.Contains(page, "No answer from b") || !strings.Contains(page, "Waiting for b") {
		t.Error("a node that was not asked yet is said to give no answer")
	}
}

// The badge of the cluster says how old the figures of other nodes are, and is
// marked once they are older than a question to them takes.
func TestAgeOfFigures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		stale  bool
		age    time.Duration
		nodes  int
		title  string
		label  string
		marked bool
	}{
		{"fresh", false, 12 * time.Second, 3, "All known nodes answer; what other nodes recorded is up to 12 s old", "3 of 3 nodes, cluster", false},
		{"being asked again", true, 18 * time.Second, 3, "All known nodes answer; what other nodes recorded is up to 18 s old", "3 of 3 nodes, cluster", false},
		{"old", true, 42 * time.Second, 3, "All known nodes answer; what other nodes recorded is up to 42 s old", "3 of 3 nodes 42 s old, cluster", true},
		{"old and kept", false, 42 * time.Second, 3, "All known nodes answer; what other nodes recorded is up to 42 s old", "3 of 3 nodes, cluster", false},
		{"now", false, 0, 3, "All known nodes answer", "3 of 3 nodes, cluster", false},
		{"alone", false, 12 * time.Second, 1, "All known nodes answer", "1 of 1 node, cluster", false},
	} {
		m := overview()
		m.Stale, m.Age, m.Clustered = tt.stale, tt.age, true
		m.Coverage = dashboard.Coverage{Responding: tt.nodes, Total: tt.nodes}
		n := byID(parse(t, render(t, m.Page())), "coverage")
		if n == nil {
			t.Errorf("%s: no badge", tt.name)
			continue
		}
		marked := strings.Contains(attr(n, "class"), "bad")
		if title, label := attr(n, "title"), attr(n, "aria-label"); title != tt.title || label != tt.label || marked != tt.marked {
			t.Errorf("%s: %q, %q, marked %t; want %q, %q, %t", tt.name, title, label, marked, tt.title, tt.label, tt.marked)
		}
	}
}
