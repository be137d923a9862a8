package web

import (
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// metrics of the regions page.
func regionMetrics() []string {
	return []string{"p50", "p95", "p99", "success", "lag", "share", "errors"}
}

// inRegion is what the nodes of one region say of a profile, joined once for a
// page.
type inRegion struct {
	name   string
	nodes  []lasso.Node
	heard  bool      // at least one of them responds
	lost   time.Time // else: since when none does
	states map[lasso.ChainID]lasso.ChainState
}

// byRegion splits a page's cluster; empty with fewer than two regions.
func (s *Server) byRegion(p *lasso.Profile) []inRegion {
	names := s.regions()
	if len(names) < 2 {
		return nil
	}
	cl := s.deps.Cluster.State()
	all := make([]inRegion, 0, len(names))
	for _, name := range names {
		r := inRegion{name: name, states: s.states(p.Slug, lasso.Place{Region: name})}
		for _, n := range cl.Nodes {
			if n.Region != name {
				continue
			}
			r.nodes = append(r.nodes, n)
			if n.Self || n.State == lasso.NodeResponding {
				r.heard = true
			} else if r.lost.IsZero() || n.Since.Before(r.lost) {
				r.lost = n.Since
			}
		}
		all = append(all, r)
	}
	return all
}

// of finds a provider of a chain in the region.
func (r *inRegion) of(c lasso.ChainID, id lasso.ProviderID) (lasso.ProviderState, bool) {
	for _, ps := range r.states[c].Providers {
		if ps.Provider == id {
			return ps, true
		}
	}
	return lasso.ProviderState{}, false
}

// statusIn is a provider's pip.
func (r *inRegion) statusIn(c lasso.ChainID, id lasso.ProviderID) dashboard.RegionStatus {
	ps, ok := r.of(c, id)
	return dashboard.RegionStatus{Region: r.name, Status: uiStatus(ps.Condition.Status), Absent: r.heard && !ok, Unreachable: !r.heard}
}

// regionsPage compares all providers in all regions.
func (s *Server) regionsPage(v *visit) sheet {
	regions := s.byRegion(v.profile)
	states := s.states(v.profile.Slug, v.place)
	page := dashboard.RegionsPage{Shell: s.listing(v), Metric: v.metric, Left: v.left, Right: v.right}
	totals := s.figures(v).Totals(lasso.Scope{Profile: v.profile.Slug, Window: lasso.Minute, Split: true})
	for i := range regions {
		page.Short = append(page.Short, short(v.profile, &regions[i], totals))
	}
	t := trustOf(totals)
	for _, ch := range v.profile.Chains {
		scope := v.scope(ch.ID, "", v.window)
		scope.Place, scope.Split = lasso.Place{}, true
		a := s.figures(v).Leaderboard(scope)
		t = trustOf(a)
		rc := dashboard.RegionChain{Ref: chainRef(ch)}
		for _, pr := range ch.Providers {
			rp := dashboard.RegionProvider{ID: string(pr.ID), Name: pr.Name, All: regionCell(a.Data, pr.ID, v.window)}
			if ps, ok := providerIn(states[ch.ID], pr.ID); ok {
				rp.All.Status, rp.All.Height, rp.All.Behind = uiStatus(ps.Condition.Status), ps.Height, ps.Behind
			}
			for i := range regions {
				rp.Cells = append(rp.Cells, regions[i].cell(ch.ID, pr.ID, a, v.window))
			}
			rc.Providers = append(rc.Providers, rp)
		}
		page.Chains = append(page.Chains, rc)
	}
	return sheet{
		nav: dashboard.NavRegions, title: "Regions", attention: v.unwell(states), trust: t,
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentMatrix: func() grid { return regionGrid(page, regions) },
			dashboard.FragmentPair:   func() grid { return pairGrid(page) },
			dashboard.FragmentWorst:  func() grid { return worstGrid(page) },
			dashboard.FragmentShort:  func() grid { return shortGrid(page.Short) },
		},
	}
}

func providerIn(st lasso.ChainState, id lasso.ProviderID) (lasso.ProviderState, bool) {
	i := slices.IndexFunc(st.Providers, func(p lasso.ProviderState) bool { return p.Provider == id })
	if i < 0 {
		return lasso.ProviderState{}, false
	}
	return st.Providers[i], true
}

func regionCell(rows []lasso.ProviderFigures, id lasso.ProviderID, w lasso.Window) dashboard.RegionCell {
	f := figuresOf(rows, id)
	return dashboard.RegionCell{
		Calls: f.Calls, Failed: f.Errors, P50: f.P50, P95: f.P95, P99: f.P99, SuccessRate: f.SuccessRate, Share: f.TrafficShare,
		PerMinute: float64(f.Errors) / time.Duration(w).Minutes(),
	}
}

func (r *inRegion) cell(c lasso.ChainID, id lasso.ProviderID, a lasso.Answer[[]lasso.ProviderFigures], w lasso.Window) dashboard.RegionCell {
	var cell dashboard.RegionCell
	for _, part := range a.ByRegion {
		if part.Region == r.name {
			cell = regionCell(part.Data, id, w)
		}
	}
	ps, ok := r.of(c, id)
	cell.Absent, cell.Unreachable = r.heard && !ok, !r.heard
	cell.Status, cell.Height, cell.Behind = uiStatus(ps.Condition.Status), ps.Height, ps.Behind
	return cell
}

func short(p *lasso.Profile, r *inRegion, totals lasso.Answer[lasso.CallFigures]) dashboard.RegionShort {
	out := dashboard.RegionShort{Region: r.name, Nodes: len(r.nodes)}
	for _, n := range r.nodes {
		if n.Self || n.State == lasso.NodeResponding {
			out.Responding++
		}
	}
	for _, part := range totals.ByRegion {
		if part.Region == r.name {
			out.Figures = callFigures(part.Data)
		}
	}
	for _, ch := range p.Chains {
		st := r.states[ch.ID]
		out.Links += len(st.Providers)
		out.Healthy += healthy(st)
	}
	return out
}

// regionalSeries is a series of each region.
func (s *Server) regionalSeries(v *visit, scope lasso.Scope) []dashboard.RegionSeries {
	names := s.regions()
	if len(names) < 2 {
		return nil
	}
	scope.Place, scope.Split = lasso.Place{}, true
	a := s.figures(v).Series(scope)
	out := make([]dashboard.RegionSeries, 0, len(names))
	for _, name := range names {
		one := dashboard.RegionSeries{Region: name}
		for _, part := range a.ByRegion {
			if part.Region == name {
				one.Series = series(part.Data, scope.Window)
			}
		}
		out = append(out, one)
	}
	return out
}

// providerRegions puts a provider side by side in every region. A page of one
// node sets nothing side by side.
func (s *Server) providerRegions(v *visit, regions []inRegion) []dashboard.ProviderRegion {
	if v.place.Node != "" {
		return nil
	}
	ch, pr, f := v.chain, v.provider, s.figures(v)
	out := make([]dashboard.ProviderRegion, 0, len(regions))
	for i := range regions {
		r := &regions[i]
		scope := lasso.Scope{Profile: v.profile.Slug, Chain: ch.ID, Window: lasso.Minute, Place: lasso.Place{Region: r.name}}
		ps, ok := r.of(ch.ID, pr.ID)
		one := scope
		one.Provider, one.Window = pr.ID, lasso.Hour
		col := dashboard.ProviderRegion{
			Region: r.name, Absent: r.heard && !ok, Row: providerRow(ch, pr, &ps, ch.MaxLagBlocks, &lasso.ProviderFigures{}),
		}
		if !r.heard {
			col.Lost = r.lost
		}
		if v.shows(dashboard.FragmentStatus, dashboard.FragmentBehind) {
			col.Row.Strip = uiCells(f.History(one).Data)
		}
		if v.shows(dashboard.FragmentStatus) {
			minute := figuresOf(f.Leaderboard(scope).Data, pr.ID)
			setFigures(&col.Row, &minute)
			scope.Window, one.Window = v.window, v.window
			col.Figures, col.Bins = providerFigures(figuresOf(f.Leaderboard(scope).Data, pr.ID)), bins(f.Histogram(one).Data)
			col.Nodes = s.regionNodes(v, r)
		}
		out = append(out, col)
	}
	return out
}

// figuresOf is a provider's row; zero where it has none.
func figuresOf(rows []lasso.ProviderFigures, id lasso.ProviderID) lasso.ProviderFigures {
	i := slices.IndexFunc(rows, func(f lasso.ProviderFigures) bool { return f.Provider == id })
	if i < 0 {
		return lasso.ProviderFigures{}
	}
	return rows[i]
}

// regionNodes are the nodes of a region with how they see the page's provider.
func (s *Server) regionNodes(v *visit, r *inRegion) []dashboard.RegionNode {
	views := s.deps.Board.Views(v.profile.Slug)
	pages := map[string]string{}
	for _, n := range s.otherNodes(v) {
		pages[n.ID] = n.Page
	}
	out := make([]dashboard.RegionNode, 0, len(r.nodes))
	for _, n := range r.nodes {
		rn := dashboard.RegionNode{ID: string(n.ID), Lost: !n.Self && n.State != lasso.NodeResponding, Status: uiStatus(lasso.Unknown), Page: pages[string(n.ID)]}
		for _, view := range views {
			if view.Node != n.ID {
				continue
			}
			if np, ok := viewOf(view, v.chain.ID, v.provider.ID); ok {
				rn.Status = uiStatus(np.State.Condition.Status)
			}
		}
		out = append(out, rn)
	}
	return out
}

// regionGrid is the matrix as a table.
func regionGrid(page dashboard.RegionsPage, regions []inRegion) grid {
	g := grid{name: "regions", columns: []string{
		"chain_id", "chain", "provider_id", "region", "status", "total_calls", "p50_ms", "p95_ms", "p99_ms", "success_rate", "traffic_share", "errors_per_minute", "height", "behind",
	}}
	add := func(ref dashboard.ChainRef, id, region string, c dashboard.RegionCell) {
		status := c.Status.Word()
		if c.Absent {
			status = "not configured"
		} else if c.Unreachable {
			status = "no answer"
		}
		g.add(
			ref.ID, ref.Alias, id, region, status, c.Calls, measured(c.P50, c.SuccessRate), measured(c.P95, c.SuccessRate), measured(c.P99, c.SuccessRate), ratio(c.SuccessRate, c.Failed),
			c.Share, c.PerMinute, nonzero(c.Height), uint64(max(c.Behind, 0)),
		)
	}
	for _, ch := range page.Listed() {
		for _, p := range ch.Providers {
			for i, c := range p.Cells {
				add(ch.Ref, p.ID, regions[i].name, c)
			}
			if len(p.Cells) == 0 {
				add(ch.Ref, p.ID, "", p.All)
			}
		}
	}
	return g.counting(countsAttempts)
}

// metricColumn is the chosen figure as the name of a column.
func metricColumn(page dashboard.RegionsPage) string {
	switch page.Metric {
	case "success":
		return "success_rate"
	case "lag":
		return "behind"
	case "share":
		return "traffic_share"
	case "errors":
		return "errors_per_minute"
	case "":
		return "p95_ms"
	}
	return page.Metric + "_ms"
}

// pairGrid sets two regions side by side, the largest difference first.
func pairGrid(page dashboard.RegionsPage) grid {
	x := metricColumn(page)
	left, right, rows := page.Pair()
	g := grid{name: "two-regions", columns: []string{
		"chain_id", "chain", "provider_id", "left", "right", "left_" + x, "right_" + x, "difference_" + x,
	}}
	for _, d := range rows {
		g.add(d.Chain.ID, d.Chain.Alias, d.Provider.ID, left, right, d.L, d.R, d.Diff)
	}
	return g
}

// worstGrid is how a region differs from the middle of the others, the farthest
// first.
func worstGrid(page dashboard.RegionsPage) grid {
	x := metricColumn(page)
	g := grid{name: "worst-deviations", columns: []string{"chain_id", "chain", "provider_id", "region", x, "others_" + x, "difference_" + x}}
	for _, o := range page.Worst() {
		g.add(o.Chain.ID, o.Chain.Alias, o.Provider.ID, o.Region, o.Here, o.Others, o.Diff)
	}
	return g
}

func shortGrid(rows []dashboard.RegionShort) grid {
	g := grid{name: "regions-in-short", columns: []string{
		"region", "nodes", "nodes_responding", "total_calls", "errors", "failovers", "per_second", "success_rate", "p50_ms", "p95_ms", "p99_ms", "links", "links_healthy",
	}}
	for _, r := range rows {
		f := r.Figures
		g.add(
			r.Region, r.Nodes, r.Responding, f.Calls, f.Failed, f.Failovers, f.PerSecond, ratio(f.SuccessRate, f.Failed),
			measured(f.P50, f.SuccessRate), measured(f.P95, f.SuccessRate), measured(f.P99, f.SuccessRate), r.Links, r.Healthy,
		)
	}
	return g.counting(countsCalls)
}
