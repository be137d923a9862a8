package web

import (
	"math"
	"net/url"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
)

// ready answers GET /api/ready: 200 when at least one chain is usable, else
// 503 with the reasons.
func (s *Server) ready(c *fiber.Ctx) error {
	ok, why := s.deps.States.Ready()
	if why == nil {
		why = []string{}
	}
	if !ok {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.JSON(fiber.Map{"ready": ok, "reasons": why, "timestamp": s.cfg.Now().UTC()})
}

// chains answers GET /api/chains: the chains of ?profile=, or of the default.
func (s *Server) chains(c *fiber.Ctx) error {
	p, err := s.queryProfile(c)
	if err != nil {
		return err
	}
	type chain struct {
		ID        string   `json:"chain_id"`
		Name      string   `json:"name"`
		Key       string   `json:"chain_name"`
		Aliases   []string `json:"aliases"`
		Supported bool     `json:"supported"`
	}
	list := make([]chain, 0, len(p.Chains))
	for _, ch := range p.Chains {
		list = append(list, chain{ch.ID.String(), ch.Name, ch.Key, ch.Aliases, true})
	}
	return c.JSON(fiber.Map{"profile": p.Slug, "chains": list})
}

type perfProvider struct {
	ID          lasso.ProviderID `json:"id"`
	Name        string           `json:"name"`
	Score       float64          `json:"score"`
	SuccessRate *float64         `json:"success_rate"`
	TotalCalls  uint64           `json:"total_calls"`
	AvgMS       *float64         `json:"avg_latency_ms"`
	LastMinute  uint64           `json:"calls_last_minute"`
}

type perfMethod struct {
	Method       string           `json:"method,omitempty"`
	Provider     lasso.ProviderID `json:"provider_id,omitempty"`
	ProviderName string           `json:"provider_name,omitempty"`
	Avg          *float64         `json:"avg_latency_ms"`
	P50          *float64         `json:"p50_latency_ms"`
	P90          *float64         `json:"p90_latency_ms"`
	P95          *float64         `json:"p95_latency_ms"`
	P99          *float64         `json:"p99_latency_ms"`
	SuccessRate  *float64         `json:"success_rate"`
	TotalCalls   uint64           `json:"total_calls"`
	LastUpdated  time.Time        `json:"last_updated,omitzero"`
}

type byProvider struct {
	Provider lasso.ProviderID `json:"provider_id"`
	Name     string           `json:"provider_name"`
	Methods  []perfMethod     `json:"methods"`
}

type byMethod struct {
	Method    string       `json:"method"`
	Providers []perfMethod `json:"providers"`
}

// chainMetrics answers GET /api/metrics/:chain.
func (s *Server) chainMetrics(c *fiber.Ctx) error {
	p, err := s.queryProfile(c)
	if err != nil {
		return err
	}
	w, err := window(c)
	if err != nil {
		return err
	}
	ch, err := chainOf(c, p)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	sc := scope{profile: p, chain: ch, window: w}
	totals := s.deps.Figures.Totals(sc.of(w))
	minute := s.deps.Figures.Totals(sc.of(lasso.Minute))
	names := map[lasso.ProviderID]string{}
	for _, pr := range ch.Providers {
		names[pr.ID] = pr.Name
	}
	usable := 0
	if st, ok := s.chainState(p.Slug, lasso.Place{}, ch.ID); ok {
		usable = st.Usable
	}
	methods, providers, list := pivot(s.deps.Figures.MethodsByProvider(sc.of(w)).Data, names)
	t := totals.Data
	success := ratio(t.SuccessRate, failed(&t))
	perf := fiber.Map{
		"total_calls": t.Calls, "success_rate": success,
		"p50_latency": measured(t.Latency.P50, t.SuccessRate), "p95_latency": measured(t.Latency.P95, t.SuccessRate), "p99_latency": measured(t.Latency.P99, t.SuccessRate),
		"failovers_last_minute": minute.Data.Failovers, "recent_activity": minute.Data.Calls,
		"connected_providers": usable, "total_providers": len(ch.Providers),
		"rpc_calls_per_second": t.PerSecond, "error_rate_percent": errorRate(success),
	}
	return c.JSON(fiber.Map{
		"chain": ch.Key, "chain_id": ch.ID.String(), "profile": p.Slug, "window": w,
		"timestamp": now.UTC(), "last_updated": now.Add(-totals.Age).UTC(), "coverage": cover(totals.Coverage),
		"stale": totals.Stale, "loading": totals.Loading, "age_ms": totals.Age.Milliseconds(),
		"system_metrics":              s.systemMetrics(now),
		"chain_performance":           perf,
		"providers":                   s.perfProviders(sc),
		"rpc_methods":                 list,
		"rpc_performance_by_provider": providers,
		"rpc_performance_by_method":   methods,
	})
}

// errorRate is what is left of a success rate, in per cent.
func errorRate(success *float64) *float64 {
	if success == nil {
		return nil
	}
	rate := math.Round(1e6*(1-*success)) / 1e4
	return &rate
}

func (s *Server) perfProviders(sc scope) []perfProvider {
	last := map[lasso.ProviderID]uint64{}
	for _, f := range s.deps.Figures.Leaderboard(sc.of(lasso.Minute)).Data {
		last[f.Provider] = f.Calls
	}
	rows := make([]perfProvider, 0, len(sc.chain.Providers))
	for _, f := range s.board(sc).Data {
		rows = append(rows, perfProvider{
			ID: f.Provider, Name: f.Name, Score: score(f), SuccessRate: f.SuccessRate,
			TotalCalls: f.Calls, AvgMS: f.Avg, LastMinute: last[f.Provider],
		})
	}
	return rows
}

// score favours providers that succeed, are fast and have been tried often.
func score(f boardRow) float64 {
	if f.SuccessRate == nil || f.Avg == nil {
		return 0
	}
	return *f.SuccessRate * 1000 / (1000 + *f.Avg) * math.Log10(max(float64(f.Calls), 1))
}

// pivot groups figures of methods by provider and by method, both in the order
// they first appear.
func pivot(rows []lasso.MethodFigures, names map[lasso.ProviderID]string) ([]byMethod, []byProvider, []string) {
	methods, providers, list := []byMethod{}, []byProvider{}, []string{}
	for _, f := range rows {
		q := latenciesOf(f.Quantiles, f.SuccessRate)
		m := perfMethod{
			Avg: q.Avg, P50: q.P50, P90: q.P90, P95: q.P95, P99: q.P99, SuccessRate: ratio(f.SuccessRate, f.Errors), TotalCalls: f.Calls, LastUpdated: f.LastAt,
		}
		i := slices.IndexFunc(methods, func(b byMethod) bool { return b.Method == f.Method })
		if i < 0 {
			i = len(methods)
			methods = append(methods, byMethod{Method: f.Method})
			list = append(list, f.Method)
		}
		one := m
		one.Provider, one.ProviderName = f.Provider, names[f.Provider]
		methods[i].Providers = append(methods[i].Providers, one)

		j := slices.IndexFunc(providers, func(b byProvider) bool { return b.Provider == f.Provider })
		if j < 0 {
			j = len(providers)
			providers = append(providers, byProvider{Provider: f.Provider, Name: names[f.Provider]})
		}
		m.Method = f.Method
		providers[j].Methods = append(providers[j].Methods, m)
	}
	return methods, providers, list
}

// systemMetrics reads the process and the Go runtime: memory mapped, use of the
// processors, goroutines that exist and
// those that wait for a processor.
func (s *Server) systemMetrics(now time.Time) fiber.Map {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/sched/goroutines:goroutines"}, {Name: "/sched/goroutines/runnable:goroutines"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return samples[i].Value.Uint64()
	}
	return fiber.Map{
		"memory_mb": math.Round(float64(value(0))/(1<<20)*10) / 10, "cpu_percent": s.cpu.read(now, cpuTime()), "process_count": value(1), "run_queue": value(2),
	}
}

// queryProfile finds the profile of ?profile=, or the default one.
func (s *Server) queryProfile(c *fiber.Ctx) (*lasso.Profile, error) {
	return s.findProfile(c.Query("profile", "default"))
}

func (s *Server) findProfile(slug string) (*lasso.Profile, error) {
	cat := s.deps.Catalogs.Catalog()
	if p, ok := cat.Profile(slug); ok {
		return p, nil
	}
	f := &clientError{status: fiber.StatusNotFound, what: "profile", name: slug, message: "no profile '" + clip(slug) + "'"}
	for _, p := range cat.Profiles {
		if !p.Unlisted {
			f.available = append(f.available, string(p.Slug))
		}
	}
	return nil, f
}

// chainOf finds the chain of the path in a profile.
func chainOf(c *fiber.Ctx, p *lasso.Profile) (*lasso.Chain, error) {
	name := param(c, "chain")
	if ch, ok := p.Chain(name); ok {
		return ch, nil
	}
	f := &clientError{status: fiber.StatusNotFound, what: "chain", name: name, profile: p, message: "no chain '" + clip(name) + "' in profile '" + string(p.Slug) + "'"}
	for _, ch := range p.Chains {
		f.available = append(f.available, ch.Key)
	}
	return nil, f
}

// providerOf finds a provider of a chain by name.
func providerOf(p *lasso.Profile, ch *lasso.Chain, id string) (*lasso.Provider, error) {
	if pr, ok := ch.Provider(id); ok {
		return pr, nil
	}
	f := &clientError{status: fiber.StatusNotFound, what: "provider", name: id, profile: p, chain: ch, message: "no provider '" + clip(id) + "' on chain '" + ch.Key + "'"}
	for _, pr := range ch.Providers {
		f.available = append(f.available, string(pr.ID))
	}
	return nil, f
}

// param is a segment of the path, decoded.
func param(c *fiber.Ctx, name string) string {
	raw := c.Params(name)
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

// window reads ?window=.
func window(c *fiber.Ctx) (lasso.Window, error) {
	word := c.Query("window")
	w, ok := lasso.ParseWindow(word)
	if !ok {
		return w, badQuery("window", word, windowWords())
	}
	return w, nil
}

func windowWords() []string {
	var words []string
	for _, w := range lasso.Windows() {
		words = append(words, w.String())
	}
	return words
}

func (s *Server) chainState(p lasso.ProfileID, at lasso.Place, id lasso.ChainID) (lasso.ChainState, bool) {
	for _, st := range s.deps.Board.ChainStates(p, at) {
		if st.Chain == id {
			return st, true
		}
	}
	return lasso.ChainState{}, false
}
