package web

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestNodeStrip: the worst state of each minute, and nothing before the first
// thing that is known.
func TestNodeStrip(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 14, 0, 30, 0, time.UTC)
	var events []lasso.TopologyEvent // newest first
	add := func(ago time.Duration, node lasso.NodeID, to lasso.NodeState) {
		events = append([]lasso.TopologyEvent{{At: now.Add(-ago), Node: node, To: to}}, events...)
	}
	add(9*time.Minute, "b", lasso.NodeConnected)
	add(9*time.Minute-time.Second, "b", lasso.NodeDiscovering)
	add(9*time.Minute-2*time.Second, "b", lasso.NodeResponding)
	add(8*time.Minute, "c", lasso.NodeDisconnected)
	add(5*time.Minute, "b", lasso.NodeUnresponsive)
	add(4*time.Minute, "b", lasso.NodeResponding)
	add(2*time.Minute, "b", lasso.NodeDisconnected)
	add(time.Second, "b", lasso.NodeConnected)
	read := func(cells []ui.Cell) string {
		text := ""
		for _, c := range cells[stripMinutes-11:] {
			switch {
			case c.NoData:
				text += "."
			case c.Status == ui.Healthy:
				text += "-"
			case c.Status == ui.Degraded:
				text += "D"
			case c.Status == ui.CircuitOpen:
				text += "X"
			default:
				text += "?"
			}
		}
		return text
	}
	for _, tt := range []struct {
		name string
		node lasso.Node
		want string
	}{
		{"another", lasso.Node{NodeInfo: lasso.NodeInfo{ID: "b"}}, ".----DD-XXX"},
		{"this one", lasso.Node{NodeInfo: lasso.NodeInfo{ID: "a", Started: now.Add(-3 * time.Minute)}, Self: true}, ".......----"},
		{"without events", lasso.Node{NodeInfo: lasso.NodeInfo{ID: "d"}, State: lasso.NodeResponding, Since: now.Add(-time.Minute)}, ".........--"},
		{"not known", lasso.Node{NodeInfo: lasso.NodeInfo{ID: "e"}}, "..........."},
	} {
		if got := read(nodeStrip(&tt.node, events, now)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
