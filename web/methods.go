package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// methodMetrics are the figures of the methods page.
func methodMetrics() []string { return []string{"p50", "p95", "p99", "success", "share", "errors"} }

// methodsQuery is what the address of the methods page says beside the range.
type methodsQuery struct {
	chain  *lasso.Chain // ?chain=; nil: not said
	method string       // ?method=; empty: not said
}

// namesMethod tells what ?method= may be: any method, known or not, is routed.
func namesMethod(s string) bool {
	const longest = 64
	return len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '.'
	})
}

// mostOffered is how many methods the comparison offers to choose from.
const mostOffered = 20

// readMethods reads the keys of the methods page.
func (s *Server) readMethods(c *fiber.Ctx, v *visit) error {
	if err := oneOf("metric", v.metric, methodMetrics()); err != nil {
		return err
	}
	if name := c.Query("chain"); name != "" {
		ch, ok := v.profile.Chain(name)
		if !ok {
			var keys []string
			for _, other := range v.profile.Chains {
				keys = append(keys, other.Key)
			}
			return badQuery("chain", name, keys)
		}
		v.methods.chain = ch
	}
	v.methods.method = c.Query("method")
	if m := v.methods.method; !namesMethod(m) {
		return &clientError{status: fiber.StatusBadRequest, message: "method: '" + clip(m) + "' is not 1 to 64 letters, digits, dots and underscores"}
	}
	return nil
}

// readRegionMetric reads ?metric= of the regions page.
func readRegionMetric(_ *fiber.Ctx, v *visit) error {
	return oneOf("metric", v.metric, regionMetrics())
}

// oneOf refuses a value of the query that is not allowed; the empty one is.
func oneOf(name, value string, allowed []string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return badQuery(name, value, allowed)
}

// busiest is the chain of a profile with most calls in the window, the first
// in configured order among equals; nil without chains.
func (s *Server) busiest(v *visit) *lasso.Chain {
	var best *lasso.Chain
	var most uint64
	for _, ch := range v.profile.Chains {
		n := s.figures(v).Totals(v.scope(ch.ID, "", v.window)).Data.Calls
		if best == nil || n > most {
			best, most = ch, n
		}
	}
	return best
}

// methodsPage compares the providers of a chain by method, and the strategies.
func (s *Server) methodsPage(v *visit) sheet {
	states := s.states(v.profile.Slug, v.place)
	page := dashboard.MethodsPage{Shell: s.listing(v), Metric: v.metric, Window: time.Duration(v.window)}
	for _, ch := range v.profile.Chains {
		page.Chains = append(page.Chains, chainRef(ch))
	}
	out := sheet{nav: dashboard.NavMethods, title: "Methods", attention: v.unwell(states)}
	ch := v.methods.chain
	if ch == nil {
		ch = s.busiest(v)
	}
	if ch != nil {
		out.title = "Methods on " + ch.Name
		page.Chain = chainRef(ch)
		out.trust = s.fillMethods(v, ch, states[ch.ID], &page)
		out.tables = map[string]func() grid{
			dashboard.FragmentMatrix:     func() grid { return byProviderGrid(page) },
			dashboard.FragmentStrategies: func() grid { return strategyGrid(page.Compared) },
			dashboard.FragmentMethods: func() grid {
				listed := page.Listed()
				rows := make([]dashboard.MethodRow, 0, len(listed))
				for _, r := range listed {
					rows = append(rows, r.All)
				}
				return methodGrid(rows)
			},
		}
	}
	out.model = &page
	return out
}

func (s *Server) fillMethods(v *visit, ch *lasso.Chain, st lasso.ChainState, page *dashboard.MethodsPage) trust {
	place := make(map[lasso.ProviderID]int, len(ch.Providers))
	for i, pr := range ch.Providers {
		place[pr.ID] = i
		ps, _ := providerIn(st, pr.ID)
		page.Providers = append(page.Providers, dashboard.MethodProvider{ID: string(pr.ID), Name: pr.Name, Status: uiStatus(ps.Condition.Status)})
	}
	scope := v.scope(ch.ID, "", v.window)
	all := s.figures(v).Methods(scope)
	at := make(map[string]int, len(all.Data))
	for _, row := range methodViews(all.Data) {
		at[row.Method] = len(page.Methods)
		page.Methods = append(page.Methods, dashboard.ByProvider{All: row, Cells: make([]dashboard.MethodRow, len(ch.Providers))})
	}
	each := s.figures(v).MethodsByProvider(scope).Data
	for i, row := range methodViews(each) {
		n, ok := at[row.Method]
		column, configured := place[each[i].Provider]
		if ok && configured { // a provider that was taken out has no column
			page.Methods[n].Cells[column] = row
		}
	}
	for _, r := range page.Methods[:min(len(page.Methods), mostOffered)] {
		page.Compared.Offered = append(page.Compared.Offered, r.All.Method)
	}
	for _, usual := range []string{"eth_call", "eth_blockNumber", "eth_getLogs"} {
		if !slices.Contains(page.Compared.Offered, usual) {
			page.Compared.Offered = append(page.Compared.Offered, usual)
		}
	}
	page.Compared.Method = v.methods.method
	if page.Compared.Method == "" {
		page.Compared.Method = page.Compared.Offered[0]
	}
	// Parts of the page that show no strategy ask for none.
	if v.shows(dashboard.FragmentStrategies) {
		s.compare(v, ch, place, &page.Compared)
	}
	return trustOf(all)
}

// compare asks what each strategy would do with a call. Nothing is sent.
func (s *Server) compare(v *visit, ch *lasso.Chain, place map[lasso.ProviderID]int, c *dashboard.Comparison) {
	for i, st := range lasso.Strategies() {
		req := lasso.Request{Profile: v.profile, Chain: ch, Strategy: st, ID: s.newID(), Path: v.path, At: s.cfg.Now()}
		e := s.deps.States.Explain(&req, c.Method, []byte("[]"))
		pick := dashboard.StrategyPick{Strategy: st.String(), Default: st == v.profile.Strategy}
		for _, k := range e.Candidates {
			pick.Candidates = append(pick.Candidates, dashboard.Candidate{
				Provider: string(k.Provider), Name: k.Name, Transport: transportName(k.Transport), Place: place[k.Provider],
				Rank: k.Rank, Tier: k.Tier, Share: k.Share, Latency: k.LatencyMS, Measured: k.LatencyMS > 0,
				Evidence: k.Evidence, Samples: k.Samples, Why: k.Why, Status: uiStatus(k.Condition.Status),
			})
		}
		c.Strategies = append(c.Strategies, pick)
		if i > 0 {
			continue // a strategy orders; it leaves nobody out
		}
		c.Note, c.FailedOpen = e.Note, e.FailedOpen
		for _, x := range e.Excluded {
			c.Excluded = append(c.Excluded, dashboard.Excluded{
				Provider: string(x.Provider), Name: x.Name, Transport: transportName(x.Transport),
				Filter: x.Filter, Reason: x.Reason, Since: x.Since, Next: x.Next,
			})
		}
	}
}

func transportName(t lasso.Transport) string {
	if t == lasso.WS {
		return "WS"
	}
	return "HTTP"
}

// byProviderGrid is the matrix as a table, with all its figures.
func byProviderGrid(page dashboard.MethodsPage) grid {
	g := grid{name: "methods_by_provider", columns: []string{
		"chain_id", "chain", "method", "provider_id", "total_calls", "errors", "calls_share", "errors_per_minute", "per_second", "success_rate",
		"p50_ms", "p95_ms", "p99_ms", "last_updated",
	}}
	for _, m := range page.Listed() {
		for i, r := range m.Cells {
			if r.Calls == 0 {
				g.add(page.Chain.ID, page.Chain.Alias, m.All.Method, page.Providers[i].ID, r.Calls, r.Errors)
				continue
			}
			g.add(
				page.Chain.ID, page.Chain.Alias, m.All.Method, page.Providers[i].ID, r.Calls, r.Errors,
				float64(r.Calls)/float64(max(m.All.Calls, 1)), float64(r.Errors)/page.Window.Minutes(), r.PerSecond,
				ratio(r.SuccessRate, r.Errors), measured(r.P50, r.SuccessRate), measured(r.P95, r.SuccessRate),
				measured(r.P99, r.SuccessRate), r.LastAt,
			)
		}
	}
	return g.counting(countsAttempts)
}

// strategyGrid is the comparison as a table: candidates, then what is left out.
func strategyGrid(c dashboard.Comparison) grid {
	g := grid{name: "strategies", columns: []string{
		"method", "strategy", "provider_id", "transport", "rank", "tier", "share", "latency_ms", "evidence", "samples", "reason", "filter",
	}}
	for _, s := range c.Strategies {
		for _, k := range s.Candidates {
			var expected any
			if k.Measured {
				expected = k.Latency
			}
			g.add(
				c.Method, s.Strategy, k.Provider, k.Transport, k.Rank, k.Tier, k.Share,
				expected, k.Evidence, k.Samples, k.Why,
			)
		}
		for _, x := range c.Excluded {
			g.add(c.Method, s.Strategy, x.Provider, x.Transport, nil, nil, 0.0, nil, nil, nil, x.Reason, x.Filter)
		}
	}
	return g
}
