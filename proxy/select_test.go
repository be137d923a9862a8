package proxy

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

func TestFiltersGiveReasons(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		f              filter
		set            func(*lab)
		edit           func(*subject)
		method, params string
		reason         string
	}{
		"pin":       {f: filterPin, edit: func(s *subject) { s.pin = "b" }, reason: "the call is pinned to b"},
		"chain id":  {f: filterChainID, set: func(l *lab) { l.route("a").in.observeChain(5, epoch) }, reason: "it answers with chain id 5, not 1"},
		"circuit":   {f: filterCircuit, set: func(l *lab) { trip(l.route("a").in.breakers[0]) }, reason: "circuit open: 5 failures in a row, last: HTTP 502"},
		"method":    {f: filterMethod, set: func(l *lab) { l.route("a").unsupported = map[string]bool{"eth_call": true} }, reason: "configured not to serve eth_call"},
		"category":  {f: filterMethod, set: func(l *lab) { l.route("a").without = map[string]bool{"state": true} }, reason: "configured not to serve state methods"},
		"lag":       {f: filterLag, set: func(l *lab) { l.heights(994, 1000, 1000) }, reason: "6 blocks behind, limit 5"},
		"max range": {f: filterRange, set: func(l *lab) { l.heights(1000, 1000, 1000); l.route("a").provider.Capabilities.MaxBlockRange = 10 }, method: "eth_getLogs", params: `[{"fromBlock":"0x3d0","toBlock":"latest"}]`, reason: "asks for 25 blocks, its limit is 10"},
		"max age": {f: filterRange, set: func(l *lab) {
			l.heights(1000, 1000, 1000)
			l.route("a").provider.Capabilities.MaxBlockAge = 10
			l.route("a").aged = map[string]bool{"eth_getLogs": true}
		}, method: "eth_getLogs", params: `[{"fromBlock":"0x3d0"}]`, reason: "serves eth_getLogs only for the last 10 blocks"},
		"archival": {f: filterArchival, set: func(l *lab) {
			l.heights(1000, 1000, 1000)
			l.route("b").provider.Archival, l.route("c").provider.Archival = true, true
		}, method: "eth_call", params: `[{},"0x1"]`, reason: "no archive: block 0x1 is older than 128 blocks, or its age is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "a b c")
			if tt.set != nil {
				tt.set(l)
			}
			if tt.method == "" {
				tt.method, tt.params = "eth_call", "[{}]"
			}
			edit := func(s *subject) {
				if tt.edit != nil {
					tt.edit(s)
				}
			}
			got := l.choose(lasso.Priority, tt.method, tt.params, edit)
			i := slices.IndexFunc(got.excluded, func(x lasso.Exclusion) bool { return x.Provider == "a" })
			if i < 0 {
				t.Fatalf("not excluded; candidates %s", ids(got))
			}
			if x := got.excluded[i]; x.Filter != tt.f.String() || x.Reason != tt.reason {
				t.Errorf("excluded by %q: %q, want %q: %q", x.Filter, x.Reason, tt.f, tt.reason)
			}
			counted := uint64(1)
			if tt.f == filterPin {
				counted = 0 // the caller's wish is no exclusion worth counting
			}
			if n := l.stats.excluded[tt.f].Load(); n != counted {
				t.Errorf("counted %d exclusions", n)
			}
			if len(got.failedOpen) > 0 {
				t.Errorf("failed open: %v", got.failedOpen)
			}
			l.choose(lasso.Priority, tt.method, tt.params, edit, func(s *subject) { s.dry = true })
			if n := l.stats.excluded[tt.f].Load(); n != counted {
				t.Error("a dry run counted")
			}
		})
	}
}

func TestFiltersFailOpen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		f              filter
		set            func(*lab, *route)
		method, params string
	}{
		"method":   {filterMethod, func(_ *lab, r *route) { r.unsupported = map[string]bool{"eth_call": true} }, "eth_call", "[{}]"},
		"range":    {filterRange, func(l *lab, r *route) { r.provider.Capabilities.MaxBlockRange = 1; l.heights(1000) }, "eth_getLogs", `[{"fromBlock":"0x3d0","toBlock":"0x3d9"}]`},
		"archival": {filterArchival, func(*lab, *route) {}, "eth_call", `[{},"earliest"]`},
		"lag":      {filterLag, func(l *lab, r *route) { r.in.observeHeight(1, epoch); l.cp.head.now.Store(&heightMark{1000, epoch}) }, "eth_call", "[{}]"},
	} {
		l := newLab(t, "a b")
		for _, r := range l.cp.routes {
			tt.set(l, r)
		}
		got := l.choose(lasso.Priority, tt.method, tt.params)
		if ids(got) != "a b" || !slices.Equal(got.failedOpen, []string{tt.f.String()}) || l.stats.failedOpen[tt.f].Load() != 1 {
			t.Errorf("%s: candidates %q, failed open %v, counted %d", name, ids(got), got.failedOpen, l.stats.failedOpen[tt.f].Load())
		}
		l.choose(lasso.Priority, tt.method, tt.params, func(s *subject) { s.dry = true })
		if l.stats.failedOpen[tt.f].Load() != 1 {
			t.Errorf("%s: a dry run counted", name)
		}
	}
	for name, set := range map[string]func(*route){
		"chain id": func(r *route) { r.in.observeChain(5, epoch) },
		"circuit":  func(r *route) { trip(r.in.breakers[0]) },
	} {
		l := newLab(t, "a b")
		for _, r := range l.cp.routes {
			set(r)
		}
		if got := l.choose(lasso.Priority, "eth_call", "[{}]"); len(got.list) > 0 || len(got.failedOpen) > 0 {
			t.Errorf("%s: candidates %q, failed open %v", name, ids(got), got.failedOpen)
		}
	}
}

func TestNoLagFilter(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b", func(_ *Config, c *lasso.Chain) { c.MaxLagBlocks = -1 })
	l.heights(1, 1000)
	if got := ids(l.choose(lasso.Priority, "eth_call", "[{}]")); got != "a b" {
		t.Errorf("candidates %q", got)
	}
}

func TestRoundRobinRotates(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	var got []string
	for range 7 {
		got = append(got, ids(l.choose(lasso.RoundRobin, "eth_call", "[{}]")))
	}
	if want := []string{"a b c", "b c a", "c a b", "a b c", "b c a", "c a b", "a b c"}; !slices.Equal(got, want) {
		t.Errorf("orders %q", got)
	}
	// a dry run takes no turn
	if x, y := ids(l.choose(lasso.RoundRobin, "eth_call", "[{}]", func(s *subject) { s.dry = true })), ids(l.choose(lasso.RoundRobin, "eth_call", "[{}]")); x != y {
		t.Errorf("explained %q, then %q", x, y)
	}
	// the healthy share evenly, also beside one that is not
	l.route("c").in.limits[0].set(epoch, time.Minute, "limit")
	firsts := map[string]int{}
	for range 60 {
		firsts[ids(l.choose(lasso.RoundRobin, "eth_call", "[{}]"))]++
	}
	if firsts["a b c"] != 30 || firsts["b a c"] != 30 {
		t.Errorf("orders %v", firsts)
	}
}

func TestLoadBalancedIsUniform(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	const n = 12_000
	orders := map[string]int{}
	for range n {
		orders[ids(l.choose(lasso.LoadBalanced, "eth_call", "[{}]"))]++
	}
	if len(orders) != 6 {
		t.Fatalf("%d orders of three", len(orders))
	}
	for o, got := range orders {
		if math.Abs(float64(got)-n/6) > 5*math.Sqrt(n/6) {
			t.Errorf("order %s came %d times of %d", o, got, n)
		}
	}
}

func TestPriorityOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	l.route("a").provider.Priority, l.route("c").provider.Priority = 200, 1
	if got := ids(l.choose(lasso.Priority, "eth_call", "[{}]")); got != "c b a" {
		t.Errorf("order %q", got)
	}
}

func TestFastestOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, "none few slow fast stale probed failing")
	l.measured("fast", "eth_call", 5, 20)
	l.measured("slow", "eth_call", 5, 80)
	l.measured("few", "eth_call", 2, 1) // too few to be believed
	l.route("probed").in.probes.record(epoch, true, 5*time.Millisecond)
	for range 5 {
		l.route("stale").evidence.record(epoch.Add(-time.Hour), methods.Lookup([]byte("eth_call")), true, 2*time.Millisecond)
	}
	l.measured("failing", "eth_call", 5, 3)
	for range 3 {
		l.route("failing").evidence.record(epoch, methods.Lookup([]byte("eth_call")), false, 0)
	}
	got := l.choose(lasso.Fastest, "eth_call", "[{}]")
	if ids(got) != "fast slow few stale failing probed none" {
		t.Errorf("order %q", ids(got))
	}
	if k := got.list[0]; k.source != fromMethod || math.Abs(k.known.latency-20) > 1e-9 || k.known.samples != 5 {
		t.Errorf("first candidate %+v", k)
	}
}

// TestEvidenceOfTheMethodFirst: slow at one method, fast at another.
func TestEvidenceOfTheMethodFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b")
	l.measured("a", "eth_getLogs", 10, 500)
	l.measured("a", "eth_call", 10, 10)
	l.measured("b", "eth_getLogs", 10, 100)
	l.measured("b", "eth_call", 10, 50)
	for method, want := range map[string]string{"eth_getLogs": "b a", "eth_call": "a b"} {
		if got := ids(l.choose(lasso.Fastest, method, "[{}]")); got != want {
			t.Errorf("%s: order %q, want %q", method, got, want)
		}
	}
	got := l.choose(lasso.Fastest, "eth_gasPrice", "[]")
	if got.list[0].source != fromRoute {
		t.Errorf("a method without evidence uses that of the %s", got.list[0].source)
	}
}

func TestLatencyWeightedProportions(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	l.measured("a", "eth_call", 5, 10)
	l.measured("b", "eth_call", 5, 20) // (10/20)³ = 1/8
	const n = 9000
	first := map[string]int{}
	for range n {
		order := ids(l.choose(lasso.LatencyWeighted, "eth_call", "[{}]"))
		first[order[:1]]++
		if order[4:] != "c" {
			t.Fatalf("order %q, want the one without evidence last", order)
		}
	}
	if got := float64(first["b"]) / n; math.Abs(got-1.0/9) > 0.015 {
		t.Errorf("b came first in %.3f of the calls, want 0.111", got)
	}
}

func TestExplorationShare(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c limited", func(c *Config, _ *lasso.Chain) { c.Exploration = 0.1 })
	l.measured("a", "eth_call", 5, 10)
	l.route("limited").in.limits[0].set(epoch, time.Minute, "x")
	const n = 6000
	first := map[string]int{}
	for range n {
		first[strings.Fields(ids(l.choose(lasso.Fastest, "eth_call", "[{}]")))[0]]++
	}
	if first["limited"] > 0 {
		t.Error("explored one of a worse tier")
	}
	for _, id := range []string{"b", "c"} {
		if got := float64(first[id]) / n; math.Abs(got-0.05) > 0.015 {
			t.Errorf("%s came first in %.3f of the calls, want 0.05", id, got)
		}
	}
	if got := l.stats.explored.Load(); got != uint64(n-first["a"]) {
		t.Errorf("counted %d explorations of %d", got, n-first["a"])
	}
}

func TestTiers(t *testing.T) {
	t.Parallel()
	l := newLab(t, "halflimited limited half closed")
	for _, id := range []string{"halflimited", "half"} {
		b := l.route(id).in.breakers[0]
		trip(b)
		b.move(lasso.HalfOpen, epoch, "test")
	}
	for _, id := range []string{"halflimited", "limited"} {
		l.route(id).in.limits[0].set(epoch, time.Minute, "x")
	}
	for _, s := range lasso.Strategies() {
		got := l.choose(s, "eth_call", "[{}]", func(s *subject) { s.prefer = l.route("limited") })
		if ids(got) != "closed half limited halflimited" {
			t.Errorf("%v: order %q", s, ids(got))
		}
	}
}

func TestRequestedHeightFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c", func(c *Config, _ *lasso.Chain) { c.Exploration = 0.5 })
	l.heights(999, 1000, 0)
	l.measured("a", "eth_getBlockByNumber", 9, 1)
	for range 50 {
		if got := l.choose(lasso.Fastest, "eth_getBlockByNumber", `["0x3e8",false]`); got.list[0].r.Provider != "b" || got.explored {
			t.Fatalf("order %q, want b first: it has the block", ids(got))
		}
	}
	if got := ids(l.choose(lasso.Priority, "eth_getBlockByNumber", `["latest",false]`)); got != "a b c" {
		t.Errorf("order for latest %q", got)
	}
}

func TestBatchPreference(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	for _, s := range lasso.Strategies() {
		for range 10 {
			got := l.choose(s, "eth_call", "[{}]", func(s *subject) { s.prefer = l.route("c") })
			if got.list[0].r.Provider != "c" || got.list[0].r != l.route("c") {
				t.Fatalf("%v: order %q, want c first", s, ids(got))
			}
		}
	}
}
