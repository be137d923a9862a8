package web

import (
	"cmp"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Sizes of the feeds of pages.
const (
	overviewFeed    = 40
	overviewEvents  = 120 // the overview has one line for what several nodes saw
	overviewTrouble = 200 // calls that failed or failed over; the overview folds them
	chainFeed       = 12
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
// their providers, joined once. Their history is read for those that are drawn
// only: see history.go.
type minute struct {
	chains    []dashboard.ChainRow
	rows      []dashboard.ProviderRow
	kpis      dashboard.KPIs
	states    map[lasso.ChainID]lasso.ChainState
	attention int    // providers of the whole profile that are not healthy
	attempts  uint64 // of clients and our own
	regions   []inRegion
	silent    ui.State // of all, where no node of the page's place answers; else zero
}

// minuteFigures says which figures of the last minute are shown: others are not
// read.
type minuteFigures struct {
	chains    bool // of each chain
	providers bool // of its providers
}

// lastMinute gathers the chains of a profile, or only one when it is given, with
// the figures that are shown.
func (s *Server) lastMinute(v *visit, only *lasso.Chain, shown minuteFigures) minute {
	p := v.profile
	m := minute{states: s.states(p.Slug, v.place), regions: s.byRegion(p), silent: s.silent(v.place)}
	m.attention = v.unwell(m.states)
	m.chains = make([]dashboard.ChainRow, 0, len(p.Chains))
	links := 0
	for _, ch := range p.Chains {
		links += len(ch.Providers)
	}
	m.rows = make([]dashboard.ProviderRow, 0, links)
	for _, ch := range p.Chains {
		if ch == only || only == nil && v.held.in(link{ch.ID, ""}, v.place) {
			m.add(s, v, ch, shown)
		}
	}
	return m
}

// states are those of the chains of a profile, as the nodes of a place see them.
func (s *Server) states(p lasso.ProfileID, at lasso.Place) map[lasso.ChainID]lasso.ChainState {
	states := map[lasso.ChainID]lasso.ChainState{}
	for _, st := range s.deps.Board.ChainStates(p, at) {
		states[st.Chain] = st
	}
	return states
}

// unwell counts the providers that pages of the profile list and that need
// attention. The states may be of others too.
func (v *visit) unwell(states map[lasso.ChainID]lasso.ChainState) int {
	n := 0
	for _, ch := range v.profile.Chains {
		well := map[lasso.ProviderID]bool{}
		for _, ps := range states[ch.ID].Providers {
			well[ps.Provider] = ps.Condition.Status == lasso.Healthy || ps.Condition.Status == lasso.Drained
		}
		for _, pr := range ch.Providers {
			if v.held.in(link{ch.ID, pr.ID}, v.place) && !well[pr.ID] {
				n++
			}
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

func (m *minute) add(s *Server, v *visit, ch *lasso.Chain, shown minuteFigures) {
	st, known := m.states[ch.ID]
	row := dashboard.ChainRow{
		Ref: chainRef(ch), State: ui.State{Status: uiStatus(st.Status)}, Head: st.Head, HeadAt: st.HeadAt, BlockTime: st.BlockTime, Usable: st.Usable,
		OnlyOn: v.held.of(link{ch.ID, ""}, v.place),
	}
	if shown.chains {
		row.Figures = callFigures(s.figures(v).Totals(v.scope(ch.ID, "", lasso.Minute)).Data)
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
	var board []lasso.ProviderFigures
	if shown.providers {
		board = s.figures(v).Leaderboard(v.scope(ch.ID, "", lasso.Minute)).Data
	}
	row.Providers = make([]dashboard.ProviderRow, 0, len(ch.Providers))
	row.State = m.heard(row.State, row.OnlyOn)
	for _, pr := range ch.Providers {
		l := link{ch.ID, pr.ID}
		if !v.held.in(l, v.place) && (v.provider == nil || pr != v.provider) {
			continue
		}
		f := figuresOf(board, pr.ID)
		r := providerRow(ch, pr, cmp.Or(states[pr.ID], &lasso.ProviderState{}), maxLag, &f)
		r.OnlyOn = v.held.of(l, v.place)
		r.State = m.heard(r.State, r.OnlyOn)
		r.Regions = make([]dashboard.RegionStatus, 0, len(m.regions))
		for i := range m.regions {
			r.Regions = append(r.Regions, m.regions[i].statusIn(ch.ID, pr.ID))
		}
		r.Rank, r.Unused = rankOf(board, &f), unused(v.profile.Strategy, ch, pr, board, &r)
		row.Providers = append(row.Providers, r)
		m.kpis.Providers++
		switch r.State.Status {
		case ui.Healthy:
			m.kpis.Healthy++
		case ui.Drained:
			m.kpis.Drained++
		case ui.CircuitOpen, ui.RateLimited, ui.TestingRecovery, ui.Recovering, ui.Degraded, ui.Lagging, ui.Unknown:
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

// kpis completes the figures at the top of a page; chain 0 is all chains.
func (s *Server) kpis(m minute, v *visit, id lasso.ChainID) (dashboard.KPIs, trust) {
	k := m.kpis
	now := s.figures(v).Totals(v.scope(id, "", lasso.Minute))
	k.Minute = callFigures(now.Data)
	if v.shows(dashboard.FragmentFigures) {
		k.Five = callFigures(s.figures(v).Totals(v.scope(id, "", lasso.FiveMinutes)).Data)
	}
	if v.draws(dashboard.FragmentFigures) {
		k.Recent = series(s.figures(v).Series(v.scope(id, "", lasso.Minute)).Data, lasso.Minute)
	}
	if n := len(k.Recent.Points); n > 0 {
		k.Recent.Points[n-1].Gap = true // the second that still runs would look like a fall
	}
	if m.attempts > 0 {
		k.ProbeShare = float64(k.Probes) / float64(m.attempts)
	}
	return k, trustOf(now)
}

// problems are the rows that need attention: what an operator took out does not.
func problems(rows []dashboard.ProviderRow) []dashboard.ProviderRow {
	var bad []dashboard.ProviderRow
	for _, r := range rows {
		if r.State.Status.Fault() {
			bad = append(bad, r)
		}
	}
	return bad
}

func (s *Server) overview(v *visit) sheet {
	if v.fragment == dashboard.FragmentTopologyDelta {
		return s.topologyDelta(v)
	}
	m := s.lastMinute(v, nil, minuteFigures{
		chains:    v.shows(dashboard.FragmentChains, dashboard.FragmentProviders),
		providers: v.shows(dashboard.FragmentFigures, dashboard.FragmentAttention, dashboard.FragmentChains, dashboard.FragmentProviders),
	})
	kpis, t := s.kpis(m, v, 0)
	if v.part == "" && s.warming(m.rows) {
		return sheet{nav: dashboard.NavOverview, title: "Overview", attention: m.attention, trust: t, model: &dashboard.Loading{}}
	}
	page := dashboard.Overview{
		Shell: s.listing(v), KPIs: kpis, Problems: problems(m.rows), Rows: len(m.rows), Chains: m.chains, Topology: v.topology.model(),
	}
	if v.part == "" && !v.topology.table {
		page.Topology = s.topology(v, &m, true)
	}
	if v.draws(dashboard.FragmentAttention) {
		page.FillAttention(s.strip(v))
	}
	if v.topology.table && v.draws(dashboard.FragmentChains) {
		page.FillTable(s.hour(v), s.strip(v))
	}
	if v.shows(dashboard.FragmentActivity) {
		s.activity(v, &page)
	}
	if v.shows(dashboard.FragmentChart) {
		page.Series = series(s.figures(v).Series(v.scope(0, "", v.window)).Data, v.window)
		page.Moments = dashboard.NodeMoments(s.nodeEvents(v.place))
	}
	return sheet{
		nav: dashboard.NavOverview, title: "Overview", attention: m.attention, trust: t,
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentFigures:   func() grid { return figuresGrid(kpis) },
			dashboard.FragmentAttention: func() grid { return rowGrid("attention", page.Attention()) },
			dashboard.FragmentChains:    func() grid { return chainGrid(page.ListedChains()) },
			dashboard.FragmentProviders: func() grid { return rowGrid("providers", page.ListedLinks()) },
			dashboard.FragmentActivity:  func() grid { return feedGrid("activity", page.ListedActivity()) },
			dashboard.FragmentChart:     func() grid { return seriesGrid(page.Series, page.Moments).counting(countsCalls) },
		},
	}
}

func (s *Server) chainPage(v *visit) sheet {
	p, ch := v.profile, v.chain
	m := s.lastMinute(v, ch, minuteFigures{providers: v.shows(dashboard.FragmentFigures, dashboard.FragmentProviders)})
	kpis, t := s.kpis(m, v, ch.ID)
	if v.shows(dashboard.FragmentFigures) {
		if total := s.figures(v).Totals(v.scope(0, "", lasso.Minute)).Data.Calls; total > 0 {
			kpis.TrafficShare = float64(kpis.Minute.Calls) / float64(total)
		}
	}
	page := dashboard.ChainPage{Shell: s.listing(v), Chain: m.chains[0], KPIs: kpis, Endpoints: endpoints(v, p, ch), Builder: builder(v)}
	s.fillChain(v, &m, &page)
	return sheet{
		nav: dashboard.NavChains, title: ch.Name, attention: m.attention, trust: t,
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentFigures:      func() grid { return figuresGrid(kpis) },
			dashboard.FragmentProviders:    func() grid { return rowGrid("providers", page.ListedProviders()) },
			dashboard.FragmentRanking:      func() grid { return rowGrid("ranking", page.ListedRanking()) },
			dashboard.FragmentMethods:      func() grid { return methodGrid(page.ListedMethods()) },
			dashboard.FragmentDistribution: func() grid { return distributionGrid(page) },
			dashboard.FragmentHeads:        func() grid { return headGrid(page.Chain.Providers) },
			dashboard.FragmentChart:        func() grid { return seriesGrid(page.Series, page.Moments).counting(countsCalls) },
			dashboard.FragmentBehind:       func() grid { return behindGrid(v.place.Region, page.Chain.Providers...) },
			dashboard.FragmentByRegion: func() grid {
				return regionSeriesGrid("p95-by-region", page.ByRegion, page.ByRegionMoments).counting(countsCalls)
			},
			dashboard.FragmentDecisions: func() grid { return feedGrid("decisions", page.Feed) },
			dashboard.FragmentWindows:   func() grid { return windowGrid(page.Windows).counting(countsCalls) },
			dashboard.FragmentPlaces:    func() grid { return placeGrid(page) },
		},
	}
}

// fillChain gathers what the parts of a chain's page show beside its last minute.
func (s *Server) fillChain(v *visit, m *minute, page *dashboard.ChainPage) {
	f, scope := s.figures(v), v.scope(v.chain.ID, "", v.window)
	if v.draws(dashboard.FragmentProviders) || v.shows(dashboard.FragmentBehind) {
		each(page.Chain.Providers, s.strip(v))
	}
	if v.shows(dashboard.FragmentChart) {
		page.Series, page.Moments = series(f.Series(scope).Data, v.window), s.openings(v, v.place)
	}
	if v.shows(dashboard.FragmentMethods) {
		page.Methods = methodViews(f.Methods(scope).Data)
	}
	if v.shows(dashboard.FragmentDistribution) {
		page.Distribution = s.distribution(v)
	}
	if v.shows(dashboard.FragmentByRegion) {
		page.ByRegion, page.ByRegionMoments = s.regionalSeries(v, scope), s.openings(v, lasso.Place{})
	}
	if v.shows(dashboard.FragmentDecisions) {
		page.Feed = feed(v.profile, s.deps.Tail.Feed(lasso.FeedQuery{
			Profile: v.profile.Slug, Place: v.place, Chain: v.chain.ID, Limit: chainFeed, Kinds: lasso.FeedCalls, ByTime: true,
		}))
		page.Clocks = s.clocks()
	}
	if v.shows(dashboard.FragmentWindows) {
		page.Windows = s.chainWindows(v)
	}
	if v.shows(dashboard.FragmentRanking) {
		page.Ranking = s.ranking(v, m.rows)
	}
	if v.shows(dashboard.FragmentPlaces) {
		page.Places = s.places(v, m)
	}
}
