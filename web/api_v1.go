package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
)

// reply is the shape of every answer with figures.
type reply[T any] struct {
	Data     T              `json:"data"`
	Coverage lasso.Coverage `json:"coverage"`
	Stale    bool           `json:"stale"`
	Loading  bool           `json:"loading"`
	AgeMS    int64          `json:"age_ms"`
	Window   lasso.Window   `json:"window"`
	Region   string         `json:"region,omitempty"`
	Node     lasso.NodeID   `json:"node,omitempty"`

	ByRegion map[string]regionReply[T] `json:"by_region"`
}

// regionReply is the part of one region, and of each of its nodes.
type regionReply[T any] struct {
	Data   T                  `json:"data"`
	ByNode map[lasso.NodeID]T `json:"by_node"`
}

// replyOf wraps data with the trust that the answer it was made of deserves.
// Form makes the data of the figures of a place.
func replyOf[T, U any](a lasso.Answer[U], sc scope, form func(at lasso.Place, figures U) T) reply[T] {
	r := reply[T]{
		Data: form(sc.place, a.Data), Coverage: cover(a.Coverage), Stale: a.Stale, Loading: a.Loading, AgeMS: a.Age.Milliseconds(),
		Window: sc.window, Region: sc.place.Region, Node: sc.place.Node, ByRegion: map[string]regionReply[T]{},
	}
	for _, part := range a.ByRegion {
		one := regionReply[T]{Data: form(lasso.Place{Region: part.Region}, part.Data), ByNode: map[lasso.NodeID]T{}}
		for _, n := range part.ByNode {
			one.ByNode[n.Node] = form(lasso.Place{Region: part.Region, Node: n.Node}, n.Data)
		}
		r.ByRegion[part.Region] = one
	}
	return r
}

func cover(c lasso.Coverage) lasso.Coverage {
	if c.Missing == nil {
		c.Missing = []lasso.NodeID{}
	}
	return c
}

// boardRow is one provider in the leaderboard.
type boardRow struct {
	Provider    lasso.ProviderID `json:"provider_id"`
	Name        string           `json:"name"`
	Status      lasso.Condition  `json:"status"`
	Calls       uint64           `json:"total_calls"`
	Errors      uint64           `json:"errors"`
	SuccessRate *float64         `json:"success_rate"`
	latencies
	TrafficShare float64           `json:"traffic_share"`
	Failovers    uint64            `json:"failovers"`
	PerSecond    float64           `json:"per_second"`
	ByCategory   map[string]uint64 `json:"errors_by_category"`
	BytesIn      uint64            `json:"bytes_in"`
	BytesOut     uint64            `json:"bytes_out"`
	Probes       uint64            `json:"probes"`
	ProbesPerMin float64           `json:"probes_per_minute"`
	ProbeShare   float64           `json:"probe_share"`
	Cold         bool              `json:"cold"`
}

// board joins what was recorded with what is configured: every provider of the
// chain has a row, those with the most calls first.
func (s *Server) board(sc scope) reply[[]boardRow] {
	return replyOf(s.deps.Figures.Leaderboard(sc.split()), sc, func(at lasso.Place, figures []lasso.ProviderFigures) []boardRow {
		return s.boardRows(sc, at, figures)
	})
}

func (s *Server) boardRows(sc scope, at lasso.Place, figures []lasso.ProviderFigures) []boardRow {
	ch := sc.chain
	recorded := make(map[lasso.ProviderID]lasso.ProviderFigures, len(figures))
	for _, f := range figures {
		recorded[f.Provider] = f
	}
	conditions := map[lasso.ProviderID]lasso.Condition{}
	if st, ok := s.chainState(sc.profile.Slug, at, ch.ID); ok {
		for _, ps := range st.Providers {
			conditions[ps.Provider] = ps.Condition
		}
	}
	rows := make([]boardRow, 0, len(ch.Providers))
	for _, pr := range ch.Providers {
		f, ok := recorded[pr.ID]
		if f.ByCategory == nil {
			f.ByCategory = map[string]uint64{}
		}
		rows = append(rows, boardRow{
			Provider: pr.ID, Name: pr.Name, Status: conditions[pr.ID], Calls: f.Calls, Errors: f.Errors,
			SuccessRate: ratio(f.SuccessRate, f.Errors), latencies: latenciesOf(f.Quantiles, f.SuccessRate),
			TrafficShare: f.TrafficShare, Failovers: f.Failovers, PerSecond: f.PerSecond, ByCategory: f.ByCategory,
			BytesIn: f.BytesIn, BytesOut: f.BytesOut, Probes: f.Probes, ProbesPerMin: f.ProbesPerMin, ProbeShare: f.ProbeShare,
			Cold: f.Cold || !ok,
		})
	}
	slices.SortStableFunc(rows, func(a, b boardRow) int { return cmp.Compare(b.Calls, a.Calls) })
	return rows
}

// methodRow is one method in /methods.
type methodRow struct {
	Method      string           `json:"method"`
	Provider    lasso.ProviderID `json:"provider_id,omitempty"`
	Calls       uint64           `json:"total_calls"`
	Errors      uint64           `json:"errors"`
	SuccessRate *float64         `json:"success_rate"`
	latencies
	PerSecond float64   `json:"per_second"`
	LastAt    time.Time `json:"last_updated,omitzero"`
}

func methodRows(figures []lasso.MethodFigures) []methodRow {
	rows := make([]methodRow, 0, len(figures))
	for _, f := range figures {
		rows = append(rows, methodRow{
			f.Method, f.Provider, f.Calls, f.Errors, ratio(f.SuccessRate, f.Errors),
			latenciesOf(f.Quantiles, f.SuccessRate), f.PerSecond, f.LastAt,
		})
	}
	return rows
}

// totals is a sum of client calls.
type totals struct {
	lasso.CallFigures
	SuccessRate *float64  `json:"success_rate"`
	Latency     latencies `json:"latency"`
}

func totalsOf(f lasso.CallFigures) totals {
	if f.Errors == nil {
		f.Errors = map[string]uint64{}
	}
	return totals{f, ratio(f.SuccessRate, failed(&f)), latenciesOf(f.Latency, f.SuccessRate)}
}

// scope is what the path and ?window= of a v1 question name.
type scope struct {
	profile *lasso.Profile
	chain   *lasso.Chain
	window  lasso.Window
	place   lasso.Place
}

// of selects figures of the scope over a window.
func (sc scope) of(w lasso.Window) lasso.Scope {
	s := lasso.Scope{Profile: sc.profile.Slug, Window: w, Place: sc.place}
	if sc.chain != nil {
		s.Chain = sc.chain.ID
	}
	return s
}

// split selects figures of the scope, of each region and node too.
func (sc scope) split() lasso.Scope {
	s := sc.of(sc.window)
	s.Split = true
	return s
}

// scoped reads the profile, the window and, where the path has one, the chain.
func (s *Server) scoped(answer func(*fiber.Ctx, scope) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var sc scope
		var err error
		if sc.profile, err = s.findProfile(param(c, "profile")); err != nil {
			return err
		}
		if c.Params("chain") != "" {
			if sc.chain, err = chainOf(c, sc.profile); err != nil {
				return err
			}
		}
		if sc.window, err = window(c); err != nil {
			return err
		}
		if sc.place, err = s.place(c); err != nil {
			return err
		}
		return answer(c, sc)
	}
}

func (s *Server) listProfiles(c *fiber.Ctx) error {
	type profile struct {
		Slug      lasso.ProfileID `json:"slug"`
		Name      string          `json:"name"`
		Default   bool            `json:"default"`
		Strategy  lasso.Strategy  `json:"strategy"`
		Chains    int             `json:"chains"`
		Providers int             `json:"providers"`
	}
	cat := s.deps.Catalogs.Catalog()
	first, _ := cat.Default()
	list := []profile{}
	for _, p := range cat.Profiles {
		if p.Unlisted {
			continue
		}
		n := 0
		for _, ch := range p.Chains {
			n += len(ch.Providers)
		}
		list = append(list, profile{p.Slug, p.Name, p == first, p.Strategy, len(p.Chains), n})
	}
	return c.JSON(fiber.Map{"data": list})
}

// chainView is a chain's state with what its Go form does not marshal.
type chainView struct {
	lasso.ChainState
	Aliases     []string       `json:"aliases"`
	BlockTimeMS int64          `json:"block_time_ms"`
	Providers   []providerView `json:"providers"`
}

type providerView struct {
	lasso.ProviderState
	ProbeEveryMS int64 `json:"probe_interval_ms"`
}

func (s *Server) listChains(c *fiber.Ctx, sc scope) error {
	list := []chainView{}
	for _, st := range s.deps.Board.ChainStates(sc.profile.Slug, sc.place) {
		v := chainView{ChainState: st, Aliases: []string{}, BlockTimeMS: st.BlockTime.Milliseconds(), Providers: []providerView{}}
		if ch, ok := sc.profile.Chain(st.Chain.String()); ok {
			v.Aliases = ch.Aliases
		}
		for _, ps := range st.Providers {
			v.Providers = append(v.Providers, providerView{ps, ps.ProbeEvery.Milliseconds()})
		}
		list = append(list, v)
	}
	return c.JSON(fiber.Map{"data": list})
}

func (s *Server) getTotals(c *fiber.Ctx, sc scope) error {
	return c.JSON(replyOf(s.deps.Figures.Totals(sc.split()), sc, func(_ lasso.Place, f lasso.CallFigures) totals { return totalsOf(f) }))
}

func (s *Server) getLeaderboard(c *fiber.Ctx, sc scope) error {
	a := s.board(sc)
	return table(c, func() any { return a }, func() grid { return boardGrid(a.Data) })
}

func (s *Server) getMethods(c *fiber.Ctx, sc scope) error {
	var id lasso.ProviderID
	if name := c.Query("provider"); name != "" {
		pr, err := providerOf(sc.profile, sc.chain, name)
		if err != nil {
			return err
		}
		id = pr.ID
	}
	figures := sc.split()
	figures.Provider = id
	a := replyOf(s.deps.Figures.Methods(figures), sc, func(_ lasso.Place, f []lasso.MethodFigures) []methodRow { return methodRows(f) })
	return table(c, func() any { return a }, func() grid { return methodRowGrid(a.Data) })
}

// providerReport is all that is known of one provider.
type providerReport struct {
	State     *providerView       `json:"state"` // null: not known yet
	Figures   boardRow            `json:"figures"`
	Methods   []methodRow         `json:"methods"`
	Errors    []lasso.ErrorSample `json:"errors"`
	Histogram []bin               `json:"histogram"`
	History   []cell              `json:"history"`

	ByRegion map[string]regionReply[boardRow] `json:"by_region"` // the figures
	Nodes    []nodeProvider                   `json:"nodes"`     // the states
}

// nodeProvider is a provider as one node sees it.
type nodeProvider struct {
	Node   lasso.NodeID `json:"node_id"`
	Region string       `json:"region"`
	Lost   time.Time    `json:"unknown_since,omitzero"` // the node can not be heard: this is what it said last
	At     time.Time    `json:"at"`
	State  providerView `json:"state"`
}

func viewOf(v lasso.NodeView, id lasso.ChainID, provider lasso.ProviderID) (nodeProvider, bool) {
	for _, c := range v.Chains {
		for _, p := range c.Providers {
			if c.Chain == id && p.Provider == provider {
				return nodeProvider{v.Node, v.Region, v.Lost, v.At, providerView{p, p.ProbeEvery.Milliseconds()}}, true
			}
		}
	}
	return nodeProvider{}, false
}

type bin struct {
	UpTo  float64 `json:"up_to_ms"`
	Count uint64  `json:"count"`
}

type cell struct {
	At     time.Time    `json:"at"`
	Status lasso.Status `json:"status"`
	Behind int64        `json:"behind"`
	NoData bool         `json:"no_data,omitempty"`
}

func (s *Server) getProvider(c *fiber.Ctx, sc scope) error {
	pr, err := providerOf(sc.profile, sc.chain, param(c, "provider"))
	if err != nil {
		return err
	}
	f, one := s.deps.Figures, sc.of(sc.window)
	one.Provider = pr.ID
	board := replyOf(f.Leaderboard(sc.split()), sc, func(at lasso.Place, figures []lasso.ProviderFigures) boardRow {
		for _, row := range s.boardRows(sc, at, figures) {
			if row.Provider == pr.ID {
				return row
			}
		}
		return boardRow{}
	})
	r := providerReport{
		Figures: board.Data, Methods: methodRows(f.Methods(one).Data), Errors: f.Errors(one).Data,
		Histogram: []bin{}, History: []cell{}, ByRegion: board.ByRegion, Nodes: []nodeProvider{},
	}
	if r.Errors == nil {
		r.Errors = []lasso.ErrorSample{}
	}
	for _, v := range s.deps.Board.Views(sc.profile.Slug) {
		if n, ok := viewOf(v, sc.chain.ID, pr.ID); ok && sc.place.Has(v.Node, v.Region) {
			r.Nodes = append(r.Nodes, n)
		}
	}
	if st, ok := s.chainState(sc.profile.Slug, sc.place, sc.chain.ID); ok {
		for _, ps := range st.Providers {
			if ps.Provider == pr.ID {
				r.State = &providerView{ps, ps.ProbeEvery.Milliseconds()}
			}
		}
	}
	for _, b := range f.Histogram(one).Data {
		r.Histogram = append(r.Histogram, bin(b))
	}
	for _, h := range f.History(one).Data {
		r.History = append(r.History, cell{h.At, h.Status, h.Behind, h.Status == lasso.StatusUnset})
	}
	return c.JSON(fiber.Map{
		"data": r, "coverage": board.Coverage, "stale": board.Stale, "loading": board.Loading, "age_ms": board.AgeMS,
		"window": board.Window, "region": board.Region, "node": board.Node,
	})
}

// explain answers what would happen to a call now. Nothing is sent upstream.
func (s *Server) explain(c *fiber.Ctx, sc scope) error {
	req := lasso.Request{Profile: sc.profile, Chain: sc.chain, Strategy: sc.profile.Strategy, ID: s.newID(), Path: c.Path(), At: s.cfg.Now()}
	method := c.Query("method")
	if method == "" || len(method) > maxRequestID {
		return &clientError{status: fiber.StatusBadRequest, message: "method: name a JSON-RPC method, such as eth_call"}
	}
	params := []byte(c.Query("params", "[]"))
	if start := bytes.TrimLeft(params, " \t\r\n"); !json.Valid(params) || start[0] != '[' && start[0] != '{' {
		return &clientError{status: fiber.StatusBadRequest, message: "params: must be a JSON array or object"}
	}
	if word := c.Query("strategy"); word != "" {
		var ok bool
		if req.Strategy, ok = lasso.ParseStrategy(word); !ok {
			return badQuery("strategy", word, strategyWords())
		}
	}
	var ok bool
	if req.Transport, ok = lasso.ParseTransport(c.Query("transport")); !ok {
		return badQuery("transport", c.Query("transport"), []string{"http", "ws"})
	}
	if name := c.Query("provider"); name != "" {
		pr, err := providerOf(sc.profile, sc.chain, name)
		if err != nil {
			return err
		}
		req.Provider = pr.ID
	}
	e := s.deps.States.Explain(&req, method, params)
	if e.Candidates == nil {
		e.Candidates = []lasso.Candidate{}
	}
	if e.Excluded == nil {
		e.Excluded = []lasso.Exclusion{}
	}
	return c.JSON(fiber.Map{"data": e})
}

func strategyWords() []string {
	var words []string
	for _, st := range lasso.Strategies() {
		words = append(words, st.String())
	}
	return words
}
