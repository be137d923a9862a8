package web

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestOpenings: what opened, by whom a page tells it: by provider on the page of
// a chain, by place on that of a provider.
func TestOpenings(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 14, 0, 0, 0, time.UTC)
	event := func(second int, node lasso.NodeID, region string, kind lasso.EventKind, status lasso.Status) lasso.FeedItem {
		return lasso.FeedItem{Node: node, Region: region, Event: &lasso.Event{
			At: at.Add(time.Duration(second) * time.Second), Kind: kind, Provider: "drpc", Transport: lasso.HTTP, Status: status,
		}}
	}
	log := lasso.EventLog{
		Items: []lasso.FeedItem{ // newest first
			event(9, "b", "eu", lasso.EventBreaker, lasso.CircuitOpen),
			event(8, "b", "eu", lasso.EventBreaker, lasso.TestingRecovery),
			event(7, "b", "eu", lasso.EventLimit, lasso.CircuitOpen),
			event(6, "a", "us", lasso.EventBreaker, lasso.CircuitOpen),
		},
		Since: map[lasso.NodeID]time.Time{"a": at.Add(-time.Hour), "b": at.Add(-time.Minute)},
	}
	node := func(id lasso.NodeID, region string) lasso.Node {
		return lasso.Node{NodeInfo: lasso.NodeInfo{ID: id, Region: region}}
	}
	drpc := &lasso.Provider{ID: "drpc", Name: "dRPC"}
	chain := &lasso.Chain{ID: 1, Key: "x", Providers: []*lasso.Provider{drpc}}
	lasso.NewCatalog([]*lasso.Profile{{Slug: "p", Chains: []*lasso.Chain{chain}}}, "", at) // its chains find their providers
	one := []lasso.Node{node("a", "")}
	regions := []lasso.Node{node("a", "us"), node("b", "eu")}
	tests := []struct {
		name  string
		visit visit
		nodes []lasso.Node
		want  []string
	}{
		{"chain, alone", visit{chain: chain}, one, []string{"6 dRPC opened HTTP", "9 dRPC opened HTTP"}},
		{"chain, two regions", visit{chain: chain}, regions, []string{"6 dRPC opened HTTP, us", "9 dRPC opened HTTP, eu"}},
		{"chain, which does not have it any more", visit{chain: &lasso.Chain{ID: 1}}, regions, []string{"6 drpc opened HTTP, us", "9 drpc opened HTTP, eu"}},
		{"provider, alone", visit{chain: chain, provider: drpc}, one, []string{"6 HTTP opened ", "9 HTTP opened "}},
		{"provider, two regions", visit{chain: chain, provider: drpc}, regions, []string{"6 us opened HTTP", "9 eu opened HTTP"}},
		{
			"provider, two nodes in a region",
			visit{chain: chain, provider: drpc},
			append(regions, node("c", "eu")),
			[]string{"6 us opened HTTP", "9 b opened HTTP"},
		},
	}
	for _, tt := range tests {
		m := openingsOf(log, &tt.visit, tt.nodes)
		var got []string
		for _, x := range m.All {
			got = append(got, fmt.Sprintf("%d %s %s %s", x.At.Second(), x.Name, x.What, x.Where))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if !m.From.Equal(at.Add(-time.Minute)) {
			t.Errorf("%s: known from %v, want from when all nodes know", tt.name, m.From)
		}
	}
}
