package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// nodeColumns order the table of nodes.
func nodeColumns() []string {
	return []string{"state", "node", "region", "version", "config", "up", "rtt", "skew", "cpu", "memory", "failed", "heard"}
}

// clusterPage shows all known nodes and what happened to them.
func (s *Server) clusterPage(v *visit) sheet {
	cl := s.deps.Cluster.State()
	totals := s.figures(v).Totals(lasso.Scope{Profile: v.profile.Slug, Window: lasso.Minute, Split: true})
	page := dashboard.ClusterPage{
		Shell:   s.listing(v),
		Enabled: cl.Enabled, Name: cl.Name, Discovery: cl.Discovery, Security: cl.Security, Expected: cl.Expected,
		LookedAt: cl.LookedAt, LookupError: cl.LookupFail,
	}
	if v.shows(dashboard.FragmentChart) {
		page.Requests = s.regionalSeries(v, lasso.Scope{Profile: v.profile.Slug, Window: v.window})
	}
	page.Nodes = nodeViews(cl, totals)
	for i := range page.Nodes {
		page.Nodes[i].Strip = nodeStrip(&cl.Nodes[i], cl.Events, s.cfg.Now())
	}
	slices.SortStableFunc(page.Nodes, func(a, b dashboard.Node) int { return strings.Compare(a.ID, b.ID) })
	addProcesses(page.Nodes, s.figures(v).Runtimes())
	if cl.Enabled {
		addLinks(&page, s.figures(v).Mesh())
	}
	for _, p := range cl.Problems {
		page.Peers = append(page.Peers, dashboard.Peer{Address: p.Address, Node: string(p.Node), Reason: p.Reason, Since: p.Since, LastAt: p.LastAt})
	}
	page.Events = topologyEvents(cl.Events)
	return sheet{
		nav: dashboard.NavCluster, title: "Cluster", attention: v.unwell(s.states(v.profile.Slug, v.place)), trust: trustOf(totals),
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentNodeTable: func() grid { return nodeGrid(page.ListedNodes()) },
			dashboard.FragmentDiffs:     func() grid { return nodeDiffGrid(page.Differences()) },
			dashboard.FragmentPeers:     func() grid { return peerGrid(page.Peers) },
			dashboard.FragmentLinks:     func() grid { return linkGrid(page.Links, page.Faults) },
			dashboard.FragmentFaults:    func() grid { return faultGrid(page.Faults) },
			dashboard.FragmentEvents:    func() grid { return topologyEventGrid(page.Events) },
			dashboard.FragmentChart: func() grid {
				return regionSeriesGrid("requests-by-region", page.Requests, dashboard.NodeMoments(dashboard.NodeEvents(page.Events))).counting(countsCalls)
			},
		},
	}
}

func nodeViews(cl lasso.Cluster, totals lasso.Answer[lasso.CallFigures]) []dashboard.Node {
	var all []dashboard.Node
	for i := range cl.Nodes {
		all = append(all, nodeView(&cl.Nodes[i], totals))
	}
	return all
}

func nodeView(n *lasso.Node, totals lasso.Answer[lasso.CallFigures]) dashboard.Node {
	v := dashboard.Node{
		ID: string(n.ID), Boot: string(n.Boot), Region: n.Region, Version: n.Version, Config: n.Config, Addresses: n.Addresses, PublicURL: n.PublicURL,
		Self: n.Self, State: ui.NodeState(n.State.String()), Since: n.Since, Reason: n.Reason, Started: n.Started, LastSeen: n.LastSeen,
		Next: n.Next, Failures: n.Failures, RTT: n.RTT, Skew: n.Skew, Duplicate: n.Duplicate,
	}
	if n.State == lasso.NodeResponding {
		v.Reason = ""
	}
	if n.Profiles != nil {
		v.Profiles = make(map[string]string, len(n.Profiles))
		for slug, hash := range n.Profiles {
			v.Profiles[string(slug)] = hash
		}
	}
	for _, r := range totals.ByRegion {
		for _, part := range r.ByNode {
			if part.Node == n.ID {
				v.Reported, v.PerSecond = true, part.Data.PerSecond
			}
		}
	}
	return v
}

func nodeGrid(nodes []dashboard.Node) grid {
	g := grid{name: "nodes", columns: []string{
		"node_id", "region", "state", "reason", "since", "version", "config_hash", "addresses", "started_at", "last_seen", "rtt_ms", "clock_skew_ms",
		"failed_checks", "per_second", "duplicate", "public_url", "cpu_percent", "rss_bytes", "goroutines", "clients",
	}}
	for _, n := range nodes {
		var rtt, skew any
		if n.RTT > 0 {
			rtt, skew = milliseconds(n.RTT), milliseconds(n.Skew)
		}
		row := []any{
			n.ID, n.Region, n.State.Word(), n.Reason, n.Since, n.Version, n.Config, strings.Join(n.Addresses, " "), n.Started, n.LastSeen,
			rtt, skew, n.Failures, n.PerSecond, n.Duplicate, n.PublicURL,
		}
		if p := n.Process; p != nil {
			row = append(row, p.CPU, nonzero(p.RSS), p.Goroutines, p.Clients)
		}
		g.add(row...)
	}
	return g
}

// nodeDiffGrid is what nodes have otherwise than this one.
func nodeDiffGrid(diffs []dashboard.Difference) grid {
	g := grid{name: "differences", columns: []string{"difference", "name", "here", "node_id", "there"}}
	for _, d := range diffs {
		for _, n := range d.Nodes {
			g.add(d.What, d.Name, d.Here, n.Node, n.Has)
		}
	}
	return g
}

func peerGrid(peers []dashboard.Peer) grid {
	g := grid{name: "peers", columns: []string{"address", "node_id", "reason", "since", "last_tried"}}
	for _, p := range peers {
		g.add(p.Address, p.Node, p.Reason, p.Since, p.LastAt)
	}
	return g
}

func topologyEventGrid(events []dashboard.TopologyEvent) grid {
	g := grid{name: "events", columns: []string{"at", "kind", "node_id", "region", "from", "to", "reason"}}
	for _, e := range events {
		g.add(e.At, e.Kind, e.Node, e.Region, string(e.From), string(e.To), e.Reason)
	}
	return g
}

// expectedBanner tells of nodes that should be there and were never seen; nil
// when there are as many as are expected.
func expectedBanner(cl lasso.Cluster) *dashboard.Banner {
	if !cl.Enabled || cl.Expected <= len(cl.Nodes) {
		return nil
	}
	return &dashboard.Banner{
		Status: ui.Degraded, Title: fmt.Sprintf("%d of %d expected nodes.", len(cl.Nodes), cl.Expected),
		Text: "The others were never seen since this node started.",
	}
}
