package web

import (
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// providerFeed is how many events the page of a provider lists.
const providerFeed = 60

// providerPage is all that is known of one provider of a chain.
func (s *Server) providerPage(v *visit) sheet {
	p, ch, pr, f := v.profile, v.chain, v.provider, s.figures(v)
	m := s.lastMinute(v, ch, minuteFigures{providers: true})
	page := dashboard.ProviderPage{
		Shell:    s.listing(v),
		Instance: string(pr.Instance), MaxBlockRange: pr.Capabilities.MaxBlockRange,
		Regions: s.providerRegions(v, m.regions),
	}
	for i := range m.rows {
		if m.rows[i].ID == string(pr.ID) {
			page.Row = m.rows[i]
		}
	}
	events := s.fillProvider(v, &page)
	for _, other := range p.Chains {
		if _, ok := other.Provider(string(pr.ID)); ok && other != ch {
			page.Siblings = append(page.Siblings, chainRef(other))
		}
	}
	for _, ps := range m.states[ch.ID].Providers {
		if ps.Provider != pr.ID {
			continue
		}
		page.ProbeEvery, page.ChainSeen = ps.ProbeEvery, ps.ChainSeen
		if ps.MaxBlockRange != 0 {
			page.MaxBlockRange = ps.MaxBlockRange
		}
		for _, slug := range ps.SharedBy {
			page.SharedBy = append(page.SharedBy, string(slug))
		}
	}
	board := f.Leaderboard(v.scope(ch.ID, "", v.window))
	for _, row := range board.Data {
		if row.Provider == pr.ID {
			page.Figures, page.Failovers, page.BytesIn, page.BytesOut = providerFigures(row), row.Failovers, row.BytesIn, row.BytesOut
			page.ProbesPerMin, page.ProbeShare = row.ProbesPerMin, row.ProbeShare
		}
	}
	return sheet{
		nav: dashboard.NavProviders, title: pr.Name + " on " + ch.Name, attention: m.attention, trust: trustOf(board),
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentMethods:  func() grid { return methodGrid(page.ListedMethods(), s.shownRegions(v)...) },
			dashboard.FragmentErrors:   func() grid { return errorGrid(page.ListedErrors(), s.shownRegions(v)...) },
			dashboard.FragmentEvents:   func() grid { return eventGrid(events.Items) },
			dashboard.FragmentBreakers: func() grid { return breakerGrid(page.Breakers) },
			dashboard.FragmentChart:    func() grid { return seriesGrid(page.Series, page.Moments).counting(countsAttempts) },
			dashboard.FragmentWindows:  func() grid { return windowGrid(page.Windows, s.shownRegions(v)...).counting(countsAttempts) },
			dashboard.FragmentByRegion: func() grid {
				return regionSeriesGrid("p95-by-region", page.ByRegion, page.ByRegionMoments).counting(countsAttempts)
			},
			dashboard.FragmentBehind: func() grid { return behindByRegion(page) },
		},
	}
}

// fillProvider gathers what the parts of a provider's page show beside its last
// minute, and returns all that happened where a part shows it.
func (s *Server) fillProvider(v *visit, page *dashboard.ProviderPage) (events lasso.EventLog) {
	f, scope := s.figures(v), v.scope(v.chain.ID, v.provider.ID, v.window)
	if len(page.Regions) == 0 && v.shows(dashboard.FragmentStatus, dashboard.FragmentBehind) {
		s.strip(v)(&page.Row)
	}
	if v.shows(dashboard.FragmentFigures) {
		page.Bins = bins(f.Histogram(scope).Data)
	}
	if v.shows(dashboard.FragmentErrors) {
		page.Errors = s.errorsByRegion(v)
	}
	if v.shows(dashboard.FragmentMethods) {
		page.Methods = s.methodsByRegion(v)
	}
	if v.shows(dashboard.FragmentChart) {
		page.Series, page.Moments = series(f.Series(scope).Data, v.window), s.openings(v, v.place)
	}
	if v.shows(dashboard.FragmentByRegion) {
		page.ByRegion, page.ByRegionMoments = s.regionalSeries(v, scope), s.openings(v, lasso.Place{})
	}
	if v.shows(dashboard.FragmentActions) {
		page.Operator = s.operatorView(v)
		page.Others = s.otherNodes(v)
	}
	if v.shows(dashboard.FragmentEvents, dashboard.FragmentBreakers) {
		events = s.happened(v, v.place)
		page.Events = feed(v.profile, events.Items[:min(len(events.Items), providerFeed)])
		page.Breakers = s.breakers(v, &events)
	}
	if v.shows(dashboard.FragmentWindows) {
		page.Windows = s.providerWindows(v)
	}
	return events
}

// breakers are the pasts of the provider's breakers, on every node of the
// page's regions.
func (s *Server) breakers(v *visit, events *lasso.EventLog) []dashboard.BreakerTrack {
	seen := map[lasso.NodeID]lasso.NodeView{}
	for _, view := range s.deps.Board.Views(v.profile.Slug) {
		seen[view.Node] = view
	}
	nodes := slices.Clone(s.deps.Cluster.State().Nodes)
	slices.SortStableFunc(nodes, func(x, y lasso.Node) int { return strings.Compare(x.Region, y.Region) })
	var all []dashboard.BreakerTrack
	for i := range nodes {
		n := &nodes[i]
		if !v.place.Has(n.ID, n.Region) {
			continue
		}
		np, ok := viewOf(seen[n.ID], v.chain.ID, v.provider.ID)
		if !ok {
			continue // it is not configured there
		}
		for _, r := range np.State.Routes {
			t := trackOf(r.Transport, n.ID, events)
			t.Region, t.Node, t.Circuit = n.Region, string(n.ID), ui.Circuit(r.Breaker.State.String())
			if !n.Self && n.State != lasso.NodeResponding {
				t.Lost, t.Circuit = n.Since, ""
			}
			all = append(all, t)
		}
	}
	return all
}

// trackOf takes the changes of one breaker out of what happened.
func trackOf(transport lasso.Transport, node lasso.NodeID, events *lasso.EventLog) dashboard.BreakerTrack {
	t := dashboard.BreakerTrack{Transport: strings.ToUpper(transport.String()), From: events.Since[node]}
	for _, it := range slices.Backward(events.Items) {
		if it.Node == node && it.Event.Kind == lasso.EventBreaker && it.Event.Transport == transport {
			t.Changes = append(t.Changes, dashboard.BreakerChange{At: it.Event.At, To: circuitOf(it.Event.Status), Reason: it.Event.Detail})
		}
	}
	return t
}

// circuitOf is what a breaker has changed to.
func circuitOf(s lasso.Status) ui.Circuit {
	switch s {
	case lasso.CircuitOpen:
		return ui.Open
	case lasso.TestingRecovery:
		return ui.HalfOpen
	case lasso.StatusUnset, lasso.RateLimited, lasso.Recovering, lasso.Degraded, lasso.Lagging, lasso.Healthy, lasso.Unknown, lasso.Drained:
	}
	return ui.Closed
}

// providerWindows sums the provider over each of the windows, and in each region.
func (s *Server) providerWindows(v *visit) []dashboard.WindowRow {
	rows := make([]dashboard.WindowRow, 0, len(lasso.Windows()))
	for _, w := range lasso.Windows() {
		scope := v.scope(v.chain.ID, "", w)
		scope.Split = len(s.regions()) > 1
		a := s.figures(v).Leaderboard(scope)
		all := figuresOf(a.Data, v.provider.ID)
		row := dashboard.WindowRow{Range: w.String(), Figures: providerFigures(all), Share: all.TrafficShare}
		for _, name := range s.shownRegions(v) {
			var f dashboard.Figures
			for _, part := range a.ByRegion {
				if part.Region == name {
					f = providerFigures(figuresOf(part.Data, v.provider.ID))
				}
			}
			row.Regions = append(row.Regions, f)
		}
		rows = append(rows, row)
	}
	return rows
}

// shownRegions are the regions that a table has columns for: none when there is
// one only, or the page shows one.
func (s *Server) shownRegions(v *visit) []string {
	if names := s.regions(); len(names) > 1 && v.place == (lasso.Place{}) {
		return names
	}
	return nil
}

// errorsByRegion are the errors of the page's provider with their counts in
// each region.
func (s *Server) errorsByRegion(v *visit) []dashboard.ErrorRow {
	scope := v.scope(v.chain.ID, v.provider.ID, v.window)
	names := s.shownRegions(v)
	scope.Split = len(names) > 0
	a := s.figures(v).Errors(scope)
	rows := errorViews(a.Data)
	for i := range rows {
		for _, name := range names {
			rows[i].Regions = append(rows[i].Regions, countIn(a.ByRegion, name, a.Data[i]))
		}
	}
	return rows
}

func countIn(parts []lasso.RegionAnswer[[]lasso.ErrorSample], region string, e lasso.ErrorSample) uint64 {
	for _, part := range parts {
		if part.Region != region {
			continue
		}
		for _, other := range part.Data {
			if other.Message == e.Message && other.Category == e.Category {
				return other.Count
			}
		}
	}
	return 0
}

// methodsByRegion are the methods of the page's provider with their p95 in each
// region.
func (s *Server) methodsByRegion(v *visit) []dashboard.MethodRow {
	scope := v.scope(v.chain.ID, v.provider.ID, v.window)
	names := s.shownRegions(v)
	scope.Split = len(names) > 0
	a := s.figures(v).Methods(scope)
	rows := methodViews(a.Data)
	for i := range rows {
		for _, name := range names {
			rows[i].P95In = append(rows[i].P95In, p95In(a.ByRegion, name, rows[i].Method))
		}
	}
	return rows
}

func p95In(parts []lasso.RegionAnswer[[]lasso.MethodFigures], region, method string) float64 {
	for _, part := range parts {
		if part.Region != region {
			continue
		}
		for _, f := range part.Data {
			if f.Method == method {
				return f.P95
			}
		}
	}
	return 0
}

// behindByRegion is how far the page's provider was behind in each region, or
// in all where there is one.
func behindByRegion(page dashboard.ProviderPage) grid {
	if len(page.Regions) == 0 {
		return behindGrid("", page.Row)
	}
	g := behindGrid("")
	for _, r := range page.Regions {
		if !r.Absent {
			g.addBehind(r.Region, r.Row)
		}
	}
	return g
}

func eventGrid(items []lasso.FeedItem) grid {
	g := grid{name: "events", columns: []string{"at", "node_id", "region", "kind", "transport", "status", "title", "detail"}}
	for _, it := range items {
		e := it.Event
		g.add(e.At, string(it.Node), it.Region, string(e.Kind), e.Transport.String(), e.Status.Word(), e.Title, e.Detail)
	}
	return g
}

// breakerGrid has a row for each change of a breaker, by node and transport.
func breakerGrid(tracks []dashboard.BreakerTrack) grid {
	g := grid{name: "breakers", columns: []string{"node_id", "region", "transport", "at", "to", "reason", "now", "known_from"}}
	for _, t := range tracks {
		for _, c := range t.Changes {
			g.add(t.Node, t.Region, t.Transport, c.At, string(c.To), c.Reason, string(t.Circuit), t.From)
		}
		if len(t.Changes) == 0 {
			g.add(t.Node, t.Region, t.Transport, nil, nil, nil, string(t.Circuit), t.From)
		}
	}
	return g
}

// windowGrid has the figures of every window, and a p95 of each of the regions
// that the rows tell apart.
func windowGrid(rows []dashboard.WindowRow, regions ...string) grid {
	g := grid{name: "windows", columns: []string{"range", "total_calls", "errors", "failovers", "per_second", "traffic_share", "success_rate", "p50_ms", "p95_ms", "p99_ms"}}
	g.addColumns("p95_ms_", regions)
	for i := range rows {
		f := rows[i].Figures
		row := []any{
			rows[i].Range, f.Calls, f.Failed, f.Failovers, f.PerSecond, rows[i].Share, ratio(f.SuccessRate, f.Failed),
			measured(f.P50, f.SuccessRate), measured(f.P95, f.SuccessRate), measured(f.P99, f.SuccessRate),
		}
		for _, there := range rows[i].Regions[:min(len(regions), len(rows[i].Regions))] {
			row = append(row, measured(there.P95, there.SuccessRate))
		}
		g.add(row...)
	}
	return g
}
