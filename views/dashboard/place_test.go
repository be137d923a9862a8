package dashboard_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// TestChoiceOfNodes: nodes are offered where a region has several, and never
// where the region says it all; one that is chosen can be left again.
func TestChoiceOfNodes(t *testing.T) {
	t.Parallel()
	nodes := []dashboard.PlaceNode{{ID: "a", Region: "east"}, {ID: "b", Region: "east"}, {ID: "c", Region: "west"}}
	for _, tt := range []struct {
		name, region, node string
		nodes              []dashboard.PlaceNode
		want               string // of the choice; empty: there is none
	}{
		{"a region with two", "east", "", nodes, "All nodes All nodes of east a b"},
		{"a region with one", "west", "", nodes, ""},
		{"one of one, chosen", "west", "c", nodes, "c All nodes of west c"},
		{"all regions", "", "", nodes, "All nodes All nodes a east b east c west"},
		{"one node a region", "", "", nodes[1:], ""},
	} {
		m := overview()
		m.Regions, m.Region, m.Node, m.Nodes = []string{"east", "west"}, tt.region, tt.node, tt.nodes
		got := ""
		for _, menu := range all(parse(t, render(t, m.Page())), "pick") {
			if w := words(menu); strings.HasPrefix(w, "Node: ") {
				got = w
			}
		}
		if want := tt.want; want != "" {
			want = "Node: " + want
			if got != want {
				t.Errorf("%s: got %q, want %q", tt.name, got, want)
			}
		} else if got != "" {
			t.Errorf("%s: there is a choice: %q", tt.name, got)
		}
	}
}
