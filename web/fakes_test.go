package web_test

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// states is a fake of what the proxy knows.
type states struct {
	down   bool
	panics string

	excluded []lasso.Exclusion     // of Explain
	others   []lasso.ProviderState // beside alchemy on Ethereum, when set
}

func (s *states) ChainStates(p lasso.ProfileID) []lasso.ChainState {
	if s.panics != "" {
		panic(s.panics)
	}
	if p != "public" {
		return nil
	}
	open := lasso.Condition{Status: lasso.CircuitOpen, Reason: "5 failures in a row, last: HTTP 502", Since: start.Add(-time.Minute), Next: start.Add(2 * time.Minute)}
	ok := lasso.Condition{Status: lasso.Healthy, Since: start}
	all := []lasso.ChainState{
		{Profile: p, Chain: 1, Name: "Ethereum", Alias: "ethereum", Status: lasso.CircuitOpen, Head: 100, HeadAt: start, MaxLag: 2, Usable: 1, BlockTime: 12 * time.Second, Providers: []lasso.ProviderState{
			{
				Profile: p, Chain: 1, Provider: "alchemy", Name: "Alchemy", Instance: "i1", Condition: ok, Height: 100, HeightAt: start, Priority: 1, ProbeEvery: 12 * time.Second,
				Routes: []lasso.RouteState{{Transport: lasso.HTTP, Condition: ok, Breaker: lasso.Breaker{Threshold: 5}}},
			},
			{
				Profile: p, Chain: 1, Provider: "drpc", Name: hostile, Instance: "i2", Condition: open, Height: 97, Behind: 3, HeightAt: start, Priority: 2,
				Routes: []lasso.RouteState{{Transport: lasso.HTTP, Condition: open, Breaker: lasso.Breaker{State: lasso.Open, LastError: hostile}}},
			},
		}},
		{Profile: p, Chain: 8453, Name: "Base", Alias: "base", Status: lasso.Healthy, Head: 7, Usable: 1, MaxLag: -1, Providers: []lasso.ProviderState{
			{Profile: p, Chain: 8453, Provider: "base_drpc", Name: "dRPC", Condition: ok, Height: 7},
		}},
		{Profile: p, Chain: 10, Name: "OP Mainnet", Alias: "optimism", Status: lasso.Unknown, Providers: []lasso.ProviderState{
			{Profile: p, Chain: 10, Provider: "idle", Name: "Idle", Condition: lasso.Condition{Status: lasso.Unknown}},
		}},
	}
	if s.others != nil {
		all[0].Providers = append(all[0].Providers[:1:1], s.others...)
		for i := range all[0].Providers {
			all[0].Providers[i].Chain = 1
		}
	}
	return all
}

func (s *states) Explain(req *lasso.Request, method string, params []byte) lasso.Explanation {
	provider := lasso.ProviderID("none")
	if len(req.Chain.Providers) > 0 {
		provider = req.Chain.Providers[0].ID
	}
	return lasso.Explanation{
		Profile: req.Profile.Slug, Chain: req.Chain.ID, Method: method, Strategy: req.Strategy, Note: string(params),
		Candidates: []lasso.Candidate{{Provider: provider, Transport: lasso.HTTP, Rank: 1, Share: 1}},
		Excluded:   s.excluded,
	}
}

func (s *states) Ready() (bool, []string) {
	if s.down {
		return false, []string{"public: no provider of any chain is usable"}
	}
	return true, nil
}

// figures is a fake of what was recorded.
type figures struct {
	board    []lasso.ProviderFigures
	loading  bool
	waiting  *lasso.Coverage        // of the methods, which other nodes have not been asked for yet, when set
	totals   *lasso.CallFigures     // of every chain, when set
	places   map[lasso.Place]uint64 // client calls of each, when set
	methods  []lasso.MethodFigures  // of every provider, when set
	coverage lasso.Coverage
	feed     []lasso.FeedItem        // newest first, when set
	away     []lasso.ProviderFigures // of region-b, when set
	since    map[lasso.NodeID]time.Time
	mesh     *lasso.Mesh // nobody is asked where it is nil

	mu    sync.Mutex
	reads map[string]int // how often each of the methods was called
}

// count remembers a read.
func (f *figures) count(method string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reads == nil {
		f.reads = map[string]int{}
	}
	f.reads[method]++
}

// taken are the reads since it was asked last.
func (f *figures) taken() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	reads := f.reads
	f.reads = nil
	return reads
}

func newFigures() *figures {
	return &figures{
		coverage: lasso.Coverage{Responding: 1, Total: 1, Missing: []lasso.NodeID{}},
		board: []lasso.ProviderFigures{{
			Provider: "alchemy", Name: "Alchemy", Calls: 40, Errors: 1, SuccessRate: 0.975, TrafficShare: 1, PerSecond: 0.66,
			Quantiles: lasso.Quantiles{Avg: 12, P50: 10, P90: 20, P95: 25, P99: 40, Max: 41}, Probes: 5, ProbesPerMin: 5, ProbeShare: 0.11,
			ByCategory: map[string]uint64{"timeout": 1},
		}},
	}
}

func (f *figures) Totals(s lasso.Scope) lasso.Answer[lasso.CallFigures] {
	f.count("Totals")
	a := lasso.Answer[lasso.CallFigures]{Coverage: f.coverage, Loading: f.loading, Age: 1500 * time.Millisecond}
	switch {
	case f.places != nil:
		a.Data = lasso.CallFigures{Calls: f.places[s.Place], SuccessRate: 1}
	case f.totals != nil:
		a.Data = *f.totals
	case s.Chain <= 1:
		a.Data = lasso.CallFigures{Calls: 40, Failed: 1, Failovers: 2, PerSecond: 0.66, SuccessRate: 0.975, Latency: lasso.Quantiles{P50: 10, P95: 25, P99: 40}}
	}
	return a
}

func (f *figures) Leaderboard(s lasso.Scope) lasso.Answer[[]lasso.ProviderFigures] {
	f.count("Leaderboard")
	a := lasso.Answer[[]lasso.ProviderFigures]{Coverage: f.coverage, Stale: true, Age: 1500 * time.Millisecond}
	if s.Chain == 1 {
		a.Data = f.board
	}
	if s.Split {
		a.ByRegion = []lasso.RegionAnswer[[]lasso.ProviderFigures]{{
			Region: "eu-west-1", Data: a.Data, ByNode: []lasso.NodeAnswer[[]lasso.ProviderFigures]{{Node: "n1", Data: a.Data}},
		}}
		if f.away != nil {
			a.ByRegion = append(a.ByRegion, lasso.RegionAnswer[[]lasso.ProviderFigures]{Region: "region-b", Data: f.away})
		}
	}
	return a
}

func (f *figures) Methods(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	f.count("Methods")
	if f.methods != nil {
		return lasso.Answer[[]lasso.MethodFigures]{Coverage: f.coverage, Data: f.methods}
	}
	coverage := f.coverage
	if f.waiting != nil {
		coverage = *f.waiting
	}
	return lasso.Answer[[]lasso.MethodFigures]{Coverage: coverage, Loading: f.waiting != nil, Data: []lasso.MethodFigures{
		{Method: "eth_call", Provider: s.Provider, Calls: 30, Errors: 1, SuccessRate: 0.966, Quantiles: lasso.Quantiles{P50: 9, P95: 20}, LastAt: start},
		{Method: "eth_blockNumber", Provider: s.Provider, Calls: 10, SuccessRate: 1, Quantiles: lasso.Quantiles{P50: 4}, LastAt: start},
	}}
}

func (f *figures) MethodsByProvider(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	f.count("MethodsByProvider")
	if f.methods != nil {
		return f.Methods(s)
	}
	return lasso.Answer[[]lasso.MethodFigures]{Coverage: f.coverage, Data: []lasso.MethodFigures{
		{Method: "eth_call", Provider: "alchemy", Calls: 30, Errors: 1, SuccessRate: 0.966, Quantiles: lasso.Quantiles{P50: 9}, LastAt: start},
	}}
}

func (f *figures) Series(s lasso.Scope) lasso.Answer[[]lasso.Point] {
	f.count("Series")
	a := lasso.Answer[[]lasso.Point]{Coverage: f.coverage, Data: []lasso.Point{
		{At: start.Add(-2 * time.Second), Calls: 3, P50: 4, P95: 8}, {At: start.Add(-time.Second), Gap: true}, {At: start, Calls: 1, P50: 5, P95: 9},
	}}
	if s.Split {
		a.ByRegion = []lasso.RegionAnswer[[]lasso.Point]{{Region: "eu-west-1", Data: a.Data}}
	}
	return a
}

func (f *figures) History(lasso.Scope) lasso.Answer[[]lasso.Cell] {
	f.count("History")
	return lasso.Answer[[]lasso.Cell]{Data: []lasso.Cell{{At: start.Add(-time.Minute)}, {At: start, Status: lasso.Lagging, Behind: 3}}}
}

func (f *figures) Events(s lasso.Scope) lasso.Answer[lasso.EventLog] {
	f.count("Events")
	items := f.Feed(lasso.FeedQuery{Profile: s.Profile, Chain: s.Chain, Provider: s.Provider, Place: s.Place, Kinds: lasso.FeedEvents})
	return lasso.Answer[lasso.EventLog]{Coverage: f.coverage, Data: lasso.EventLog{
		Items: slices.DeleteFunc(items, func(it lasso.FeedItem) bool { return it.Event == nil }), Since: f.since,
	}}
}

func (f *figures) Histogram(lasso.Scope) lasso.Answer[[]lasso.Bin] {
	f.count("Histogram")
	return lasso.Answer[[]lasso.Bin]{Data: []lasso.Bin{{UpTo: 1, Count: 0}, {UpTo: 10, Count: 30}, {UpTo: 100, Count: 10}}}
}

func (f *figures) Errors(lasso.Scope) lasso.Answer[[]lasso.ErrorSample] {
	f.count("Errors")
	return lasso.Answer[[]lasso.ErrorSample]{Data: []lasso.ErrorSample{{Message: hostile, Category: lasso.Timeout, Count: 1, LastAt: start}}}
}

func (f *figures) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	f.count("Feed")
	p, c := q.Profile, q.Chain
	if f.feed != nil {
		var items []lasso.FeedItem
		for _, it := range f.feed {
			if q.Matches(&it) && it.Seq > q.After && (q.Limit == 0 || len(items) < q.Limit) {
				items = append(items, it)
			}
		}
		return items
	}
	return []lasso.FeedItem{
		{Seq: 2, Node: "n1", Region: "eu-west-1", Event: &lasso.Event{At: start, Kind: lasso.EventBreaker, Profile: p, Chain: 1, Provider: "drpc", Status: lasso.CircuitOpen, Title: "HTTP closed to open", Detail: hostile}},
		{Seq: 1, Call: &lasso.Call{At: start, Profile: p, Chain: max(c, 1), Method: "eth_call", RequestID: "abc", Duration: 12 * time.Millisecond, Provider: "alchemy", Attempts: 2, Failovers: 1, Detail: "drpc: HTTP 502"}},
	}
}

// board is a fake of what all nodes know: only this one is there.
type board struct{ web.States }

func (b board) ChainStates(p lasso.ProfileID, at lasso.Place) []lasso.ChainState {
	if !at.Has("n1", "eu-west-1") {
		return nil
	}
	return b.States.ChainStates(p)
}

func (b board) Views(p lasso.ProfileID) []lasso.NodeView {
	return []lasso.NodeView{{Node: "n1", Region: "eu-west-1", Self: true, At: start, Chains: b.States.ChainStates(p)}}
}

// alone is a cluster of one.
type alone struct{}

func (alone) State() lasso.Cluster {
	return lasso.Cluster{
		Discovery: "none", Security: "none", Problems: []lasso.Peer{}, Events: []lasso.TopologyEvent{},
		Coverage: lasso.Coverage{Responding: 1, Total: 1},
		Nodes:    []lasso.Node{{NodeInfo: lasso.NodeInfo{ID: "n1", Region: "eu-west-1", Started: start}, Self: true, State: lasso.NodeResponding}},
	}
}

// methods is a fake of the registry.
type methods struct{}

func (methods) Method(name string) lasso.MethodInfo {
	for _, m := range (methods{}).Methods() {
		if m.Name == name {
			return m
		}
	}
	return lasso.MethodInfo{Name: name, Category: "unknown", Meaning: "Not a known method.", Read: true}
}

func (methods) Methods() []lasso.MethodInfo {
	return []lasso.MethodInfo{
		{Name: "eth_blockNumber", Category: "core", Read: true},
		{Name: "eth_call", Category: "core", Read: true},
		{Name: "eth_sendRawTransaction", Category: "core", Meaning: "A signed transaction."},
		{Name: "eth_sign", Category: "local_only", Meaning: "It is refused.", Refused: true},
	}
}

// orders is a fake of the proxy for operators: it remembers what they wanted.
type orders struct {
	mu     sync.Mutex
	all    []lasso.Order
	result lasso.OrderResult // of every order; empty: done
}

func (o *orders) Operate(order lasso.Order) lasso.OrderResult {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, order)
	if o.result != "" {
		return o.result
	}
	return lasso.OrderDone
}

// answer makes this the result of the orders to come.
func (o *orders) answer(r lasso.OrderResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.result = r
}

// seen are the orders so far, as "action provider transport reason".
func (o *orders) seen() (list []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.all {
		list = append(list, strings.TrimSpace(string(x.Action)+" "+string(x.Route.Provider)+" "+x.Route.Transport.String()+" "+x.Reason))
	}
	return list
}
