package dashboard_test

import (
	"strings"
	"testing"

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
