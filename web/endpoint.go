package web

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// endpointQuery is what the address of a chain's page says of the endpoint.
type endpointQuery struct{ strategy, pin, snippet string }

// readEndpoint reads the keys of the endpoint panel.
func readEndpoint(c *fiber.Ctx, v *visit) error {
	v.endpoint = endpointQuery{c.Query("strategy"), c.Query("pin"), c.Query("snippet")}
	var ids []string
	for _, pr := range v.pinnable() {
		ids = append(ids, string(pr.ID))
	}
	if list := v.held[link{v.chain.ID, lasso.ProviderID(v.endpoint.pin)}]; v.endpoint.pin != "" && len(list) > 0 {
		return elsewhere("pin", v.endpoint.pin, list)
	}
	return cmp.Or(
		oneOf("strategy", v.endpoint.strategy, strategyWords()),
		oneOf("pin", v.endpoint.pin, ids),
		oneOf("snippet", v.endpoint.snippet, dashboard.Snippets()),
	)
}

// pinnable are the providers of the page's chain that this node routes to.
func (v *visit) pinnable() []*lasso.Provider {
	if ch, ok := v.local.Chain(v.chain.ID.String()); ok {
		return ch.Providers
	}
	return nil
}

// builder is the endpoint panel of a chain.
func builder(v *visit) dashboard.Builder {
	b := dashboard.Builder{Strategy: v.endpoint.strategy, Pin: v.endpoint.pin, Snippet: v.endpoint.snippet}
	root := v.base + "/rpc/" + url.PathEscape(string(v.profile.Slug)) + "/" + providerWord + "/"
	for _, pr := range v.pinnable() {
		b.Pins = append(b.Pins, dashboard.Pin{
			ID: string(pr.ID), Name: pr.Name, URL: root + url.PathEscape(string(pr.ID)) + "/" + url.PathEscape(v.chain.Key),
		})
	}
	return b
}

// recentDecisions is how many of the last calls tell which strategies decided.
const recentDecisions = 200

// distribution is who served the calls of the page's chain over the range.
func (s *Server) distribution(v *visit) dashboard.Distribution {
	ch := v.chain
	totals := s.figures(v).Totals(v.scope(ch.ID, "", v.window)).Data
	board := s.figures(v).Leaderboard(v.scope(ch.ID, "", v.window)).Data
	d := dashboard.Distribution{Calls: totals.Calls, Local: totals.Local, Failed: failed(&totals), Failovers: totals.Failovers}
	for _, pr := range ch.Providers {
		f := figuresOf(board, pr.ID)
		d.Attempts += f.Calls
		d.Providers = append(d.Providers, dashboard.Served{ID: string(pr.ID), Name: pr.Name, Attempts: f.Calls, Failovers: f.Failovers})
	}
	for i := range d.Providers {
		d.Providers[i].Share = float64(d.Providers[i].Attempts) / float64(max(d.Attempts, 1))
	}
	if v.fragment != "" && v.fragment != dashboard.FragmentDistribution {
		return d // parts of the page that do not show them count no decisions
	}
	counts := map[lasso.Strategy]int{}
	q := lasso.FeedQuery{Profile: v.profile.Slug, Place: v.place, Chain: ch.ID, Limit: recentDecisions, Kinds: lasso.FeedCalls, ByTime: true}
	for _, it := range s.deps.Tail.Feed(q) {
		if it.Call != nil && !it.Call.Local {
			counts[it.Call.Strategy]++
			d.Recent++
		}
	}
	for _, st := range lasso.Strategies() {
		if n := counts[st]; n > 0 {
			d.Strategies = append(d.Strategies, dashboard.StrategyCount{Strategy: st.String(), Calls: n})
		}
	}
	slices.SortStableFunc(d.Strategies, func(a, b dashboard.StrategyCount) int { return cmp.Compare(b.Calls, a.Calls) })
	return d
}

func distributionGrid(page dashboard.ChainPage) grid {
	g := grid{name: "distribution", columns: []string{"chain_id", "chain", "provider_id", "attempts", "share", "failovers"}}
	for _, p := range page.ListedServed() {
		g.add(
			page.Chain.Ref.ID, page.Chain.Ref.Alias, p.ID, p.Attempts, p.Share, p.Failovers,
		)
	}
	return g
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
