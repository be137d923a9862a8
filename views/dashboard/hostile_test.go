package dashboard_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func TestHostileNames(t *testing.T) {
	t.Parallel()
	for name, view := range hostilePages(hostile) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := render(t, view.Page())
			root := parse(t, page)
			checkPolicy(t, root)
			checkIDs(t, root)
			if !strings.Contains(text(root), "<script>alert('x')</script>") {
				t.Error("the name is not shown as it is")
			}
		})
	}
}

func hostilePages(name string) map[string]dashboard.View {
	ref := dashboard.ChainRef{ID: 1, Alias: name, Name: name}
	row := sampleRow(ref, name, ui.CircuitOpen)
	row.Name, row.State.Reason, row.Breakers[0].LastError = name, name, name
	chain := dashboard.ChainRow{Ref: ref, State: row.State, Providers: []dashboard.ProviderRow{row}}
	shell := sampleShell(dashboard.NavNone, "/dashboard/"+url.PathEscape(name))
	shell.Profile = dashboard.Profile{Slug: name, Name: name}
	shell.Profiles = []dashboard.Profile{shell.Profile}
	shell.Title, shell.Range, shell.Sort = name, name, name
	shell.Banner = &dashboard.Banner{Status: ui.Status(name), Title: name, Text: name, Items: []string{name}}
	shell.Toast = &dashboard.Toast{Title: name, Text: name, Failed: true}
	feed := []dashboard.FeedRow{
		{Seq: 1, Chain: ref, Provider: name, Name: name, Method: name, Detail: name, Strategy: name, Failed: true, Category: name},
		{Seq: 2, Chain: ref, Event: true, Title: name, Detail: name, Status: ui.Status(name)},
	}
	methods := []dashboard.MethodRow{{Method: name, Calls: 1}}
	return map[string]dashboard.View{
		"overview": dashboard.Overview{Shell: shell, Chains: []dashboard.ChainRow{chain}, Problems: chain.Providers, Rows: 1, Feed: feed},
		"chain": dashboard.ChainPage{
			Shell: shell, Chain: chain, Methods: methods, Feed: feed,
			Endpoints: []dashboard.Endpoint{{Strategy: name, Note: name, URL: name}},
		},
		"provider": dashboard.ProviderPage{
			Shell: shell, Row: row, Methods: methods, Events: feed, Instance: name, SharedBy: []string{name}, Siblings: []dashboard.ChainRef{ref},
			Errors: []dashboard.ErrorRow{{Message: name, Category: name}},
			Operator: &dashboard.Operator{Node: name, Region: "r" + name, SignedIn: true, CSRF: name, Breakers: []dashboard.ForcedBreaker{{Transport: name}}, Confirm: &dashboard.Confirm{
				Action: dashboard.ActDrain, Takers: []string{name, name}, Shared: []string{name},
			}},
		},
		"sign in":   dashboard.SignIn{Shell: shell, Node: name, Next: "/dashboard/" + url.PathEscape(name), Problem: name},
		"chains":    dashboard.ChainsPage{Shell: shell, Chains: []dashboard.ChainRow{chain}},
		"providers": dashboard.ProvidersPage{Shell: shell, Rows: chain.Providers},
		"not found": dashboard.NotFound{Shell: shell, What: "chain", Name: name},
		"failed":    dashboard.Failed{Shell: shell, Code: 500, Message: name, RequestID: name},
		"cluster":   hostileCluster(shell, name),
		"regions":   hostileRegions(shell, name),
		"events": &dashboard.EventsPage{
			Shell: inRegion(shell, name), Filter: dashboard.EventFilter{Kind: name, Chain: name, Provider: name, Text: name}, Nth: 1,
			Rows:  []dashboard.EventRow{{Status: ui.Status(name), Title: name, Chain: chain.Ref, Provider: name, Linked: true, Detail: name, Node: name, Region: name}},
			Kinds: []dashboard.EventKind{{Key: name, Label: name, Count: 1}}, Providers: []string{name},
			Reach: []dashboard.EventReach{{Node: name}},
		},
		"system": hostileSystem(shell, name),
		"config": hostileConfig(shell, name),
		"provider by region": dashboard.ProviderPage{
			Shell: inRegion(shell, name), Row: row, Instance: name, Others: []dashboard.OtherNode{{ID: name, Region: name, Page: name}, {ID: name}}, ByRegion: []dashboard.RegionSeries{{Region: name, Series: sampleSeries()}, {Region: "b"}},
			Regions: []dashboard.ProviderRegion{
				{Region: name, Row: row, Nodes: []dashboard.RegionNode{{ID: name, Status: ui.Status(name), Page: name}, {ID: name, Page: name}}}, {Region: "b", Absent: true},
			},
		},
	}
}

// inRegion is a shell with regions of hostile names, one of them chosen.
func inRegion(s dashboard.Shell, name string) dashboard.Shell {
	s.Clustered, s.Region, s.Regions = true, name, []string{name, name + "2", "b"}
	s.Coverage = dashboard.Coverage{Responding: 1, Total: 3, Missing: []string{name}}
	return s
}

func hostileCluster(s dashboard.Shell, name string) dashboard.ClusterPage {
	node := dashboard.Node{
		ID: name, Boot: name, Region: name, Version: name, Config: name, Profiles: map[string]string{name: name}, Addresses: []string{name, name}, PublicURL: name,
		State: ui.NodeState(name), Reason: name, Since: sampleTime(), Duplicate: true,
	}
	gone, self := node, node
	gone.State, gone.Profiles = ui.NodeDisconnected, map[string]string{name + "2": name}
	self.Self, self.Profiles, self.Version = true, map[string]string{name: "other"}, "1"
	return dashboard.ClusterPage{
		Shell: inRegion(s, name), Enabled: true, Name: name, Discovery: name, Security: name, LookupError: name, Nodes: []dashboard.Node{self, node, gone},
		Peers:    []dashboard.Peer{{Address: name, Node: name, Reason: name}},
		Events:   []dashboard.TopologyEvent{{Seq: 1, Kind: name, Node: name, Region: name, From: ui.NodeState(name), To: ui.NodeDisconnected, Reason: name, At: sampleTime()}},
		Requests: []dashboard.RegionSeries{{Region: name, Series: sampleSeries()}},
		Links: []dashboard.LinkRow{
			{Node: name, Boot: name, Region: name, Told: true, Cells: []dashboard.Link{{To: name}, {To: name + "2", State: ui.NodeState(name), Reason: name}}},
			{Node: name + "2", Reason: name},
		},
		Faults: []dashboard.LinkFault{{Kind: name, From: name, To: name + "2", State: ui.NodeState(name), Reason: name, SeenBy: []string{name}}},
	}
}

func hostileRegions(s dashboard.Shell, name string) dashboard.RegionsPage {
	cells := []dashboard.RegionCell{sampleCell(100, ui.Status(name)), sampleCell(200, ui.CircuitOpen), {Absent: true}}
	return dashboard.RegionsPage{
		Shell: inRegion(s, name), Metric: name, Left: name, Right: name + "2",
		Chains: []dashboard.RegionChain{{
			Ref: dashboard.ChainRef{ID: 1, Alias: name, Name: name}, Providers: []dashboard.RegionProvider{{ID: name, Name: name, Cells: cells}},
		}},
		Short: []dashboard.RegionShort{{Region: name}},
	}
}

func FuzzNames(f *testing.F) {
	kinds := []string{"overview", "chain", "provider", "chains", "providers", "not found", "failed", "cluster", "regions", "provider by region", "system", "config", "events"}
	for i, name := range []string{hostile, "javascript:alert(1)", "//evil.example/", "\x00\xff ' \" ` = < > & / \\ ../..", "</title>", "-->", "\u2028"} {
		f.Add(name, uint8(i))
	}
	f.Fuzz(func(t *testing.T, name string, kind uint8) {
		view := hostilePages(name)[kinds[int(kind)%len(kinds)]]
		checkPolicy(t, parse(t, render(t, view.Page())))
	})
}
