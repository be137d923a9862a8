package web

import (
	"cmp"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Sizes of the feeds of pages. feedReach is how many items are looked through
// for them.
const (
	overviewFeed = 40
	chainFeed    = 12
)

// toDashboard sends a browser from the root to the dashboard.
func (s *Server) toDashboard(c *fiber.Ctx) error { return c.Redirect(s.root(), fiber.StatusFound) }

// toProfile sends a browser on to the overview of the default profile.
func (s *Server) toProfile(c *fiber.Ctx) error {
	p, ok := s.deps.Catalogs.Catalog().Default()
	if !ok {
		return &clientError{status: fiber.StatusServiceUnavailable, message: "no profile is configured"}
	}
	return c.Redirect(s.profilePath(p), fiber.StatusFound)
}

// minute is what pages show of the last minute of a profile: its chains with
// their providers, joined once.
type minute struct {
	chains    []dashboard.ChainRow
	rows      []dashboard.ProviderRow
	kpis      dashboard.KPIs
	states    map[lasso.ChainID]lasso.ChainState
	attention int    // providers of the whole profile that are not healthy
	attempts  uint64 // of clients and our own
	regions   []inRegion
}

// lastMinute gathers the chains of a profile, or only one when it is given.
func (s *Server) lastMinute(v *visit, only *lasso.Chain) minute {
	p := v.profile
	m := minute{states: map[lasso.ChainID]lasso.ChainState{}, regions: s.byRegion(p)}
	m.chains = make([]dashboard.ChainRow, 0, len(p.Chains))
	links := 0
	for _, ch := range p.Chains {
		links += len(ch.Providers)
	}
	m.rows = make([]dashboard.ProviderRow, 0, links)
	for _, st := range s.deps.Board.ChainStates(p.Slug, v.region) {
		m.states[st.Chain] = st
	}
	for _, ch := range p.Chains {
		if !v.held.in(link{ch.ID, ""}, v.region) && ch != only {
			continue
		}
		m.attention += v.providers(ch) - healthy(m.states[ch.ID])
		if only == nil || ch == only {
			m.add(s, v, ch)
		}
	}
	return m
}

// providers counts those of a chain that the page's region knows of.
func (v *visit) providers(ch *lasso.Chain) int {
	n := 0
	for _, pr := range ch.Providers {
		if v.held.in(link{ch.ID, pr.ID}, v.region) {
			n++
		}
	}
	return n
}

// unwell counts the providers of a page's profile that are not healthy.
func (s *Server) unwell(v *visit) int {
	states := map[lasso.ChainID]lasso.ChainState{}
	for _, st := range s.deps.Board.ChainStates(v.profile.Slug, v.region) {
		states[st.Chain] = st
	}
	n := 0
	for _, ch := range v.profile.Chains {
		if v.held.in(link{ch.ID, ""}, v.region) {
			n += v.providers(ch) - healthy(states[ch.ID])
		}
	}
	return n
}

func healthy(st lasso.ChainState) int {
	n := 0
	for _, ps := range st.Providers {
		if ps.Condition.Status == lasso.Healthy {
			n++
		}
	}
	return n
}

func (m *minute) add(s *Server, v *visit, ch *lasso.Chain) {
	st, known := m.states[ch.ID]
	// The drawing has no history: it is asked for each second.
	bare := v.fragment == dashboard.FragmentTopologyDelta
	row := dashboard.ChainRow{
		Ref: chainRef(ch), State: ui.State{Status: uiStatus(st.Status)}, Head: st.Head, HeadAt: st.HeadAt, BlockTime: st.BlockTime, Usable: st.Usable,
		Figures: callFigures(s.deps.Figures.Totals(v.scope(ch.ID, "", lasso.Minute)).Data),
		OnlyOn:  v.held.of(link{ch.ID, ""}, v.region),
	}
	if !bare {
		row.Hour = series(s.deps.Figures.Series(v.scope(ch.ID, "", lasso.Hour)).Data, lasso.Hour)
	}
	maxLag := ch.MaxLagBlocks
	if known {
		maxLag = st.MaxLag
	}
	if row.BlockTime == 0 {
		row.BlockTime = ch.BlockTime
	}
	states := make(map[lasso.ProviderID]*lasso.ProviderState, len(st.Providers))
	for i := range st.Providers {
		ps := &st.Providers[i]
		states[ps.Provider] = ps
		if ps.Condition.Status == st.Status && row.State.Reason == "" {
			row.State.Reason, row.State.Since, row.State.Next = ps.Condition.Reason, ps.Condition.Since, ps.Condition.Next
		}
	}
	board := s.deps.Figures.Leaderboard(v.scope(ch.ID, "", lasso.Minute)).Data
	figures := make(map[lasso.ProviderID]*lasso.ProviderFigures, len(board))
	for i := range board {
		figures[board[i].Provider] = &board[i]
	}
	row.Providers = make([]dashboard.ProviderRow, 0, len(ch.Providers))
	row.State = heard(row.State, row.OnlyOn)
	for _, pr := range ch.Providers {
		l := link{ch.ID, pr.ID}
		if !v.held.in(l, v.region) && (v.provider == nil || pr != v.provider) {
			continue
		}
		f := cmp.Or(figures[pr.ID], &lasso.ProviderFigures{})
		var strip []lasso.Cell
		if !bare {
			strip = s.deps.Figures.History(v.scope(ch.ID, pr.ID, lasso.Hour)).Data
		}
		r := providerRow(ch, pr, cmp.Or(states[pr.ID], &lasso.ProviderState{}), maxLag, f, strip)
		r.OnlyOn = v.held.of(l, v.region)
		r.State = heard(r.State, r.OnlyOn)
		r.Regions = make([]dashboard.RegionStatus, 0, len(m.regions))
		for i := range m.regions {
			r.Regions = append(r.Regions, m.regions[i].statusIn(ch.ID, pr.ID))
		}
		row.Providers = append(row.Providers, r)
		m.kpis.Providers++
		if r.State.Status == ui.Healthy {
			m.kpis.Healthy++
		}
		m.kpis.Probes += f.Probes
		m.kpis.ProbesPerMin += f.ProbesPerMin
		m.attempts += f.Calls + f.Probes
	}
	m.kpis.Usable += row.Usable
	m.kpis.Chains++
	if row.Usable > 0 {
		m.kpis.ChainsUsable++
	}
	m.rows = append(m.rows, row.Providers...)
	m.chains = append(m.chains, row)
}

// strip completes the figures at the top of a page; chain 0 is all chains.
func (s *Server) strip(m minute, v *visit, id lasso.ChainID) (dashboard.KPIs, trust) {
	k := m.kpis
	now := s.deps.Figures.Totals(v.scope(id, "", lasso.Minute))
	k.Minute = callFigures(now.Data)
	k.Five = callFigures(s.deps.Figures.Totals(v.scope(id, "", lasso.FiveMinutes)).Data)
	k.Recent = series(s.deps.Figures.Series(v.scope(id, "", lasso.Minute)).Data, lasso.Minute)
	if n := len(k.Recent.Points); n > 0 {
		k.Recent.Points[n-1].Gap = true // the second that still runs would look like a fall
	}
	if m.attempts > 0 {
		k.ProbeShare = float64(k.Probes) / float64(m.attempts)
	}
	return k, trustOf(now)
}

// problems are the rows that are not healthy.
func problems(rows []dashboard.ProviderRow) []dashboard.ProviderRow {
	var bad []dashboard.ProviderRow
	for _, r := range rows {
		if r.State.Status != ui.Healthy {
			bad = append(bad, r)
		}
	}
	return bad
}

func (s *Server) overview(v *visit) sheet {
	if v.fragment == dashboard.FragmentTopologyDelta {
		return s.topologyDelta(v)
	}
	m := s.lastMinute(v, nil)
	kpis, t := s.strip(m, v, 0)
	items := feed(v.profile, s.deps.Tail.Feed(lasso.FeedQuery{Profile: v.profile.Slug, Region: v.region, Limit: overviewFeed}))
	bad := problems(m.rows)
	topology := v.topology.model()
	if v.fragment == "" && !v.topology.table {
		topology = s.topology(v, &m, true)
	}
	var line dashboard.Series
	if v.shows(dashboard.FragmentChart) {
		line = series(s.deps.Figures.Series(v.scope(0, "", v.window)).Data, v.window)
	}
	return sheet{
		nav: dashboard.NavOverview, title: "Overview", attention: m.attention, trust: t,
		view: func(sh dashboard.Shell) dashboard.View {
			return dashboard.Overview{Shell: sh, KPIs: kpis, Problems: bad, Rows: len(m.rows), Chains: m.chains, Feed: items, Topology: topology, Series: line}
		},
		tables: map[string]func() grid{
			"": rowGrid("attention", bad), dashboard.FragmentAttention: rowGrid("attention", bad),
			dashboard.FragmentChains: chainGrid(m.chains), dashboard.FragmentProviders: rowGrid("providers", m.rows),
			dashboard.FragmentActivity: feedGrid("activity", items), dashboard.FragmentChart: seriesGrid(line),
		},
	}
}

func (s *Server) chainList(v *visit) sheet {
	m := s.lastMinute(v, nil)
	_, t := s.strip(m, v, 0)
	return sheet{
		nav: dashboard.NavChains, title: "Chains", attention: m.attention, trust: t,
		view:   func(sh dashboard.Shell) dashboard.View { return dashboard.ChainsPage{Shell: sh, Chains: m.chains} },
		tables: map[string]func() grid{"": chainGrid(m.chains), dashboard.FragmentChains: chainGrid(m.chains)},
	}
}

func (s *Server) providerList(v *visit) sheet {
	m := s.lastMinute(v, nil)
	_, t := s.strip(m, v, 0)
	return sheet{
		nav: dashboard.NavProviders, title: "Providers", attention: m.attention, trust: t,
		view:   func(sh dashboard.Shell) dashboard.View { return dashboard.ProvidersPage{Shell: sh, Rows: m.rows} },
		tables: map[string]func() grid{"": rowGrid("providers", m.rows), dashboard.FragmentProviders: rowGrid("providers", m.rows)},
	}
}

func (s *Server) chainPage(v *visit) sheet {
	p, ch := v.profile, v.chain
	m := s.lastMinute(v, ch)
	kpis, t := s.strip(m, v, ch.ID)
	if total := s.deps.Figures.Totals(v.scope(0, "", lasso.Minute)).Data.Calls; total > 0 {
		kpis.TrafficShare = float64(kpis.Minute.Calls) / float64(total)
	}
	page := dashboard.ChainPage{
		Chain: m.chains[0], KPIs: kpis,
		Series:    series(s.deps.Figures.Series(v.scope(ch.ID, "", v.window)).Data, v.window),
		Methods:   methodViews(s.deps.Figures.Methods(v.scope(ch.ID, "", v.window)).Data),
		Endpoints: endpoints(v, p, ch), Builder: builder(v), Distribution: s.distribution(v),
		ByRegion: s.regionalSeries(v.scope(ch.ID, "", v.window)),
		Feed:     feed(p, s.deps.Tail.Feed(lasso.FeedQuery{Profile: p.Slug, Region: v.region, Chain: ch.ID, Limit: chainFeed, Kinds: lasso.FeedCalls})),
	}
	if v.shows(dashboard.FragmentWindows) {
		page.Windows = s.chainWindows(v)
	}
	if v.shows(dashboard.FragmentPlaces) {
		page.Places = s.places(v, &m)
	}
	return sheet{
		nav: dashboard.NavChains, title: ch.Name, attention: m.attention, trust: t,
		view: func(sh dashboard.Shell) dashboard.View { page := page; page.Shell = sh; return page },
		tables: map[string]func() grid{
			"": rowGrid("providers", m.rows), dashboard.FragmentProviders: rowGrid("providers", m.rows),
			dashboard.FragmentMethods: methodGrid(page.Methods), dashboard.FragmentDistribution: distributionGrid(page),
			dashboard.FragmentHeads: headGrid(m.rows), dashboard.FragmentChart: seriesGrid(page.Series),
			dashboard.FragmentDecisions: feedGrid("decisions", page.Feed),
			dashboard.FragmentWindows:   windowGrid(page.Windows), dashboard.FragmentPlaces: placeGrid(page),
		},
	}
}

// endpoints are the ways to call a chain on this node, the profile's default
// first: none for a chain that only other nodes have.
func endpoints(v *visit, p *lasso.Profile, ch *lasso.Chain) []dashboard.Endpoint {
	if _, foreign := v.held[link{ch.ID, ""}]; foreign {
		return nil
	}
	root := v.base + "/rpc/" + url.PathEscape(string(p.Slug)) + "/"
	list := []dashboard.Endpoint{{Strategy: p.Strategy.String(), Note: strategyNote(p.Strategy), URL: root + url.PathEscape(ch.Key), Current: true}}
	for _, st := range lasso.Strategies() {
		if st != p.Strategy {
			list = append(list, dashboard.Endpoint{Strategy: st.String(), Note: strategyNote(st), URL: root + st.String() + "/" + url.PathEscape(ch.Key)})
		}
	}
	return list
}

func strategyNote(st lasso.Strategy) string {
	switch st {
	case lasso.LoadBalanced:
		return "Spreads calls at random over the healthy providers."
	case lasso.RoundRobin:
		return "Takes the healthy providers in turn."
	case lasso.Fastest:
		return "Takes the provider with the lowest latency for the method."
	case lasso.LatencyWeighted:
		return "Spreads calls, the faster provider gets more."
	case lasso.Priority:
		return "Takes the first healthy provider in configured order."
	}
	return ""
}
