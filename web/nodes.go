package web

import (
	"fmt"
	"strconv"
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
	m := s.lastMinute(v, nil)
	totals := s.deps.Figures.Totals(lasso.Scope{Profile: v.profile.Slug, Window: lasso.Minute, Split: true})
	page := dashboard.ClusterPage{
		Enabled: cl.Enabled, Name: cl.Name, Discovery: cl.Discovery, Security: cl.Security, Expected: cl.Expected,
		LookedAt: cl.LookedAt, LookupError: cl.LookupFail,
		Requests: s.regionalSeries(lasso.Scope{Profile: v.profile.Slug, Window: v.window}),
	}
	page.Nodes = nodeViews(cl, totals)
	for i := range page.Nodes {
		page.Nodes[i].Strip = nodeStrip(&cl.Nodes[i], cl.Events, s.cfg.Now())
	}
	addProcesses(page.Nodes, s.deps.Figures.Runtimes())
	for _, p := range cl.Problems {
		page.Peers = append(page.Peers, dashboard.Peer{Address: p.Address, Node: string(p.Node), Reason: p.Reason, Since: p.Since, LastAt: p.LastAt})
	}
	for _, e := range cl.Events {
		page.Events = append(page.Events, dashboard.TopologyEvent{
			Seq: e.Seq, At: e.At, Kind: string(e.Kind), Node: string(e.Node), Region: e.Region,
			From: ui.NodeState(e.From.String()), To: ui.NodeState(e.To.String()), Reason: e.Reason,
		})
	}
	return sheet{
		nav: dashboard.NavCluster, title: "Cluster", attention: m.attention, trust: trustOf(totals),
		view:   func(sh dashboard.Shell) dashboard.View { page := page; page.Shell = sh; return page },
		tables: map[string]func() grid{"": nodeGrid(page.Nodes), dashboard.FragmentNodeTable: nodeGrid(page.Nodes)},
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
		ID: string(n.ID), Boot: string(n.Boot), Region: n.Region, Version: n.Version, Config: n.Config, Addresses: n.Addresses,
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

func nodeGrid(nodes []dashboard.Node) func() grid {
	return func() grid {
		g := grid{name: "nodes", columns: []string{
			"node_id", "region", "state", "reason", "since", "version", "config_hash", "addresses", "started_at", "last_seen", "rtt_ms", "clock_skew_ms",
			"failed_checks", "per_second", "duplicate", "cpu_percent", "rss_bytes", "goroutines", "clients",
		}}
		for _, n := range nodes {
			rtt, skew := "", ""
			if n.RTT > 0 {
				rtt, skew = float(milliseconds(n.RTT)), float(milliseconds(n.Skew))
			}
			var process [4]string
			if p := n.Process; p != nil {
				process = [4]string{float(p.CPU), nonzero(p.RSS), whole(p.Goroutines), whole(p.Clients)}
			}
			g.rows = append(g.rows, append([]string{
				n.ID, n.Region, n.State.Word(), n.Reason, stamp(n.Since), n.Version, n.Config, strings.Join(n.Addresses, " "), stamp(n.Started), stamp(n.LastSeen),
				rtt, skew, whole(uint64(max(n.Failures, 0))), float(n.PerSecond), strconv.FormatBool(n.Duplicate),
			}, process[:]...))
		}
		return g
	}
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
