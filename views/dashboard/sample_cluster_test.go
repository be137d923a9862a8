package dashboard_test

import (
	"fmt"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func sampleRegions() []string { return []string{"us-east-1", "eu-west-1", "ap-southeast-1"} }

// clusterShell is the shell of a node in a cluster that is whole.
func clusterShell(nav dashboard.Nav, path string) dashboard.Shell {
	s := sampleShell(nav, "/dashboard/production"+path)
	s.Banner, s.Clustered, s.Regions = nil, true, sampleRegions()
	s.Coverage = dashboard.Coverage{Responding: 3, Total: 3}
	return s
}

// sampleNode is a node that is well; the first is this one.
func sampleNode(i int, id, region string) dashboard.Node {
	n := dashboard.Node{
		ID: id, Boot: fmt.Sprintf("boot-%d", i), Region: region, Version: "0.9.2", Config: "c41f9e2d11",
		Profiles: map[string]string{"production": "aa11", "public": "bb22"}, Addresses: []string{fmt.Sprintf("10.0.%d.12:4369", i+1)},
		Self: i == 0, State: ui.NodeResponding, Started: sampleTime().Add(-148 * time.Hour), LastSeen: sampleTime().Add(-900 * time.Millisecond),
		Reported: true, PerSecond: 668, Strip: sampleCells(), Process: &dashboard.NodeRuntime{Known: true, CPU: 31.2, RSS: 412 << 20, Procs: 2},
	}
	if i > 0 {
		n.RTT, n.Skew, n.Next = 74*time.Millisecond, -3*time.Millisecond, sampleTime().Add(9*time.Second)
	}
	return n
}

func lose(n *dashboard.Node, state ui.NodeState) {
	n.State, n.Since, n.Failures, n.Reported = state, sampleTime().Add(-209*time.Second), 3, false
	n.LastSeen, n.Reason = n.Since, "the connection to it was lost"
}

func byRegion() []dashboard.RegionSeries {
	out := make([]dashboard.RegionSeries, 0, 3)
	for _, r := range sampleRegions() {
		out = append(out, dashboard.RegionSeries{Region: r, Series: sampleSeries()})
	}
	return out
}

func clusterPage() dashboard.ClusterPage {
	m := dashboard.ClusterPage{
		Shell: clusterShell(dashboard.NavCluster, "/cluster"), Enabled: true, Name: "lasso", Discovery: "dns", Security: "secret", Expected: 3,
		LookedAt: sampleTime().Add(-3 * time.Second), Requests: byRegion(),
		Events: []dashboard.TopologyEvent{
			{Seq: 3, At: sampleTime().Add(-20 * time.Second), Kind: "node_state_change", Node: "eu-west-1", Region: "eu-west-1", From: ui.NodeUnresponsive, To: ui.NodeResponding, Reason: "it answers again"},
			{Seq: 2, At: sampleTime().Add(-59 * time.Hour), Kind: "node_identified", Node: "eu-west-1", To: ui.NodeResponding},
			{Seq: 1, At: sampleTime().Add(-59 * time.Hour), Kind: "node_connected", Node: "eu-west-1", To: ui.NodeConnected},
		},
	}
	for i, r := range sampleRegions() {
		m.Nodes = append(m.Nodes, sampleNode(i, r, r))
	}
	return m
}

func partitioned() dashboard.ClusterPage {
	m := clusterPage()
	m.Coverage = dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-west-1"}}
	lose(&m.Nodes[1], ui.NodeDisconnected)
	m.Events = append([]dashboard.TopologyEvent{{
		Seq: 4, At: sampleTime().Add(-10 * time.Second), Kind: "node_disconnected", Node: "eu-west-1", From: ui.NodeResponding, To: ui.NodeDisconnected, Reason: "gone",
	}}, m.Events...)
	return m
}

// troubled has a duplicate id, other configurations, strangers, and no secret.
func troubled() dashboard.ClusterPage {
	m := clusterPage()
	again := sampleNode(3, "eu-west-1", "eu-west-1")
	m.Nodes = append(m.Nodes, again)
	m.Nodes[1].Duplicate, m.Nodes[3].Duplicate = true, true
	m.Nodes[2].Version, m.Nodes[2].Config, m.Nodes[2].Profiles = "0.9.1", "9b02e11", map[string]string{"public": "ff00", "extra": "1"}
	m.Nodes[1].Config, m.Nodes[1].Profiles = "77aa33b", map[string]string{"production": "aa11", "public": "ff00"}
	m.Nodes[1].Skew = 2400 * time.Millisecond
	m.Security, m.Expected, m.LookupError = "none", 5, "no such host"
	m.Peers = []dashboard.Peer{
		{Address: "10.0.9.9:4369", Reason: "another secret", Since: sampleTime().Add(-time.Hour), LastAt: sampleTime().Add(-5 * time.Second)},
		{Address: "10.0.9.10:4369", Node: "eu-west-2", Reason: "it speaks cluster protocol 1", Since: sampleTime().Add(-time.Hour), LastAt: sampleTime()},
	}
	return m
}

// nodesOf is a cluster of n nodes, each in its own region.
func nodesOf(n int) dashboard.ClusterPage {
	m := clusterPage()
	m.Nodes, m.Regions, m.Requests, m.Events, m.Expected = nil, nil, nil, nil, 0
	m.Coverage = dashboard.Coverage{Responding: n, Total: n}
	for i := range n {
		region := fmt.Sprintf("region-%02d", i)
		m.Regions = append(m.Regions, region)
		m.Nodes = append(m.Nodes, sampleNode(i, "node-"+region, region))
		m.Requests = append(m.Requests, dashboard.RegionSeries{Region: region, Series: sampleSeries()})
	}
	return m
}

func sampleCell(p95 float64, status ui.Status) dashboard.RegionCell {
	return dashboard.RegionCell{
		Status: status, Calls: 1000, P95: p95, SuccessRate: 1 - p95/40_000, Share: p95 / 1000, PerMinute: p95 / 10, Height: 100, Behind: int64(p95) / 100,
	}
}

func regionsPage() dashboard.RegionsPage {
	ok, open := ui.Healthy, ui.CircuitOpen
	provider := func(id string, cells ...dashboard.RegionCell) dashboard.RegionProvider {
		return dashboard.RegionProvider{ID: id, All: cells[0], Cells: cells}
	}
	m := dashboard.RegionsPage{
		Shell: clusterShell(dashboard.NavRegions, "/regions"),
		Chains: []dashboard.RegionChain{
			{Ref: dashboard.ChainRef{ID: 1, Alias: "ethereum", Name: "Ethereum"}, Providers: []dashboard.RegionProvider{
				provider("fast", sampleCell(78, ok), sampleCell(85, ok), sampleCell(135, ok)),
				provider("slow", sampleCell(290, ui.Lagging), sampleCell(461, ui.Lagging), sampleCell(1016, ui.Lagging)),
				provider("tripped", sampleCell(182, ok), dashboard.RegionCell{Status: open}, sampleCell(286, ok)),
			}},
			{Ref: dashboard.ChainRef{ID: 8453, Alias: "base", Name: "Base"}, Providers: []dashboard.RegionProvider{
				provider("european", dashboard.RegionCell{Absent: true}, sampleCell(233, ok), dashboard.RegionCell{Absent: true}),
			}},
		},
	}
	for _, r := range sampleRegions() {
		m.Short = append(m.Short, dashboard.RegionShort{Region: r, Responding: 1, Nodes: 1, Figures: sampleFigures(), Healthy: 3, Links: 4})
	}
	return m
}

func regionsLost() dashboard.RegionsPage {
	m := regionsPage()
	m.Coverage = dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-west-1"}}
	m.Short[1].Responding, m.Region = 0, "eu-west-1"
	for _, c := range m.Chains {
		for i := range c.Providers {
			c.Providers[i].Cells[1] = dashboard.RegionCell{Unreachable: true}
		}
	}
	return m
}

func providerByRegion() dashboard.ProviderPage {
	m := providerPage()
	m.Shell = clusterShell(dashboard.NavProviders, "/chains/chain-1/providers/provider-0")
	m.ByRegion = byRegion()
	for i, status := range []ui.Status{ui.Healthy, ui.CircuitOpen, ui.Healthy} {
		row := sampleRow(m.Row.Chain, "provider-0", status)
		m.Regions = append(m.Regions, dashboard.ProviderRegion{Region: sampleRegions()[i], Row: row, Figures: sampleFigures(), Bins: m.Bins})
	}
	m.Regions[0].Nodes = []dashboard.RegionNode{{ID: "us-1", Status: ui.Healthy}, {ID: "us-2", Lost: true}}
	m.Regions[2].Nodes = []dashboard.RegionNode{{ID: "ap-1", Status: ui.Healthy}}
	return m
}

func pipped(rows []dashboard.ProviderRow, regions int) {
	for i := range rows {
		for j := range regions {
			st := ui.Healthy
			if j == 1 {
				st = rows[i].State.Status
			}
			rows[i].Regions = append(rows[i].Regions, dashboard.RegionStatus{Region: fmt.Sprintf("region-%d", j), Status: st})
		}
	}
}

func clusteredOverview(regions int) dashboard.Overview {
	m := overview()
	m.Shell = clusterShell(dashboard.NavOverview, "")
	for _, c := range m.Chains {
		pipped(c.Providers, regions)
	}
	pipped(m.Problems, regions)
	return m
}

// clusterPages are the pages that know of other nodes.
func clusterPages() map[string]dashboard.View {
	lost := providerByRegion()
	lost.Coverage = dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-west-1"}}
	lost.Regions[1].Lost = sampleTime().Add(-time.Minute)
	lost.Regions[2] = dashboard.ProviderRegion{Region: "ap-southeast-1", Absent: true}
	chain := chainPage()
	chain.Shell, chain.ByRegion = clusterShell(dashboard.NavChains, "/chains/chain-1"), byRegion()
	pipped(chain.Chain.Providers, 3)
	alone := dashboard.ClusterPage{Shell: sampleShell(dashboard.NavCluster, "/dashboard/production/cluster")}
	single := regionsPage()
	single.Regions = single.Regions[:1]
	rows := chain.Chain.Providers
	return map[string]dashboard.View{
		"cluster": clusterPage(), "partitioned cluster": partitioned(), "troubled cluster": troubled(),
		"cluster with a fault": oneWay(3), "cluster that is not told of": unheard(3), "many nodes with a fault": oneWay(40), "standalone": alone,
		"one node": nodesOf(1), "nine nodes": nodesOf(9), "a hundred nodes": nodesOf(100),
		"regions": regionsPage(), "regions lost": regionsLost(), "one region": single,
		"no chains in regions": dashboard.RegionsPage{Shell: clusterShell(dashboard.NavRegions, "/regions")},
		"provider by region":   providerByRegion(), "provider with a region lost": lost, "chain by region": chain,
		"overview in three regions": clusteredOverview(3), "overview in nine regions": clusteredOverview(9),
		"providers by region": dashboard.ProvidersPage{Shell: clusterShell(dashboard.NavProviders, "/providers"), Rows: rows},
	}
}
