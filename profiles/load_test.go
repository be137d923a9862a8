package profiles_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
)

var loadedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// env makes a getenv of pairs "NAME=value".
func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

func file(name, text string) profiles.Source {
	return profiles.Source{Name: name, Data: []byte(text)}
}

// load loads sources that must be right.
func load(t *testing.T, getenv func(string) (string, bool), sources ...profiles.Source) *lasso.Catalog {
	t.Helper()
	c, err := profiles.Load(sources, getenv, loadedAt)
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return c
}

// mistakes loads sources that must be wrong and returns the problems.
func mistakes(t *testing.T, getenv func(string) (string, bool), sources ...profiles.Source) profiles.Problems {
	t.Helper()
	c, err := profiles.Load(sources, getenv, loadedAt)
	var ps profiles.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("Load: got catalog %v and error %v, want problems", c != nil, err)
	}
	if c != nil || len(ps) == 0 {
		t.Fatalf("Load: got catalog %v with %d problems, want none with some", c != nil, len(ps))
	}
	return ps
}

func chainOf(t *testing.T, c *lasso.Catalog, profile, chain string) *lasso.Chain {
	t.Helper()
	p, ok := c.Profile(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	ch, ok := p.Chain(chain)
	if !ok {
		t.Fatalf("no chain %q in %q", chain, profile)
	}
	return ch
}

func TestLoadReportsAllMistakes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/seven.yml")
	if err != nil {
		t.Fatal(err)
	}
	got := mistakes(t, env(), profiles.Source{Name: "seven.yml", Data: data}).Strings()
	want := []string{
		`seven.yml:3:11: "strategy" of the profile must be one of load-balanced, round-robin, fastest, latency-weighted, priority; did you mean "fastest"?`,
		`seven.yml:7:15: "chain_id" of chain "ethereum" must be a whole number, not text`,
		`seven.yml:10:14: "url" of provider "alpha" of chain "ethereum" needs the environment variable SEVEN_MISSING, which is not set`,
		`seven.yml:11:13: the provider id "alpha" is used twice in chain "ethereum"; it is first on line 9`,
		`seven.yml:12:14: "url" of provider "alpha" of chain "ethereum" must start with http:// or https://`,
		`seven.yml:13:19: "priority" of provider "alpha" of chain "ethereum" must be between 0 and 1000000`,
		`seven.yml:16:5: unknown key "provders" in chain "base"; did you mean "providers"?`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %d problems:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

func TestLoadEmbedded(t *testing.T) {
	t.Parallel()
	c := load(t, env(), profiles.Embedded()...)
	want := map[string][2]int{"public": {6, 35}, "testnet": {3, 13}}
	if len(c.Profiles) != len(want) {
		t.Fatalf("got %d profiles, want %d", len(c.Profiles), len(want))
	}
	for slug, n := range want {
		p, ok := c.Profile(slug)
		if !ok {
			t.Fatalf("no profile %q", slug)
		}
		providers := 0
		for _, ch := range p.Chains {
			providers += len(ch.Providers)
		}
		if got := [2]int{len(p.Chains), providers}; got != n {
			t.Errorf("%s: got chains and providers %v, want %v", slug, got, n)
		}
	}
	if p, _ := c.Profile("default"); p == nil || p.Slug != "public" {
		t.Errorf("default: got %v, want public", p)
	}
	eth := chainOf(t, c, "public", "1")
	pn, _ := eth.Provider("ethereum_publicnode")
	if pn.Archival || pn.WSURL != "wss://ethereum-rpc.publicnode.com" || pn.Capabilities.MaxBlockAge != 1000 ||
		len(pn.Capabilities.BlockAgeMethods) != 5 || len(pn.Capabilities.ErrorRules) != 2 {
		t.Errorf("ethereum_publicnode: got %+v", *pn)
	}
	drpc, _ := eth.Provider("ethereum_drpc")
	rule := drpc.Capabilities.ErrorRules[0]
	if rule.Code != 30 || !rule.HasCode || rule.Contains[0] != "timeout on the free tier" || rule.Category != lasso.RateLimit {
		t.Errorf("first rule of ethereum_drpc: got %+v", rule)
	}
	if eth.MaxLagBlocks != 1 || eth.BlockTime != 12*time.Second || eth.NewHeadsTimeout != 35*time.Second {
		t.Errorf("ethereum: got max lag %d, block time %v, heads timeout %v", eth.MaxLagBlocks, eth.BlockTime, eth.NewHeadsTimeout)
	}
	arb := chainOf(t, c, "testnet", "arbitrum_sepolia")
	if arb.ID != 421614 || arb.MaxLagBlocks != 15 || arb.ProbeInterval != 2*time.Second || arb.BlockTime != 0 {
		t.Errorf("arbitrum_sepolia: got %+v", *arb)
	}
}

const minimal = `
chains:
  ethereum:
    chain_id: 1
    providers:
      - id: one
        url: https://one.example
`

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, env(), file("dir/small.yml", minimal))
	p := c.Profiles[0]
	if p.Slug != "small" || p.Name != "small" || p.RPSLimit != 100 || p.Burst != 500 || p.Unlisted || p.Strategy != lasso.LoadBalanced {
		t.Errorf("profile: got %+v", *p)
	}
	ch := p.Chains[0]
	if ch.Name != "ethereum" || len(ch.Aliases) != 1 || ch.Aliases[0] != "ethereum" || ch.BlockTime != 0 ||
		ch.ProbeInterval != 12*time.Second || ch.LagAlert != 3 || ch.MaxLagBlocks != -1 || ch.ArchivalThreshold != 128 ||
		!ch.SubscribeNewHeads || ch.NewHeadsTimeout != 42*time.Second || ch.MaxBackfillBlocks != 100 ||
		ch.BackfillTimeout != 30*time.Second || ch.Timeouts != nil {
		t.Errorf("chain: got %+v", *ch)
	}
	pr := ch.Providers[0]
	if pr.Name != "one" || pr.Priority != 100 || pr.WSURL != "" || len(pr.Headers) != 0 || !pr.SubscribeNewHeads || !pr.Archival ||
		pr.Isolated || len(pr.Capabilities.UnsupportedCategories) != 1 || pr.Capabilities.UnsupportedCategories[0] != "local_only" {
		t.Errorf("provider: got %+v", *pr)
	}
	if !c.LoadedAt.Equal(loadedAt) || len(c.Hash) != 12 {
		t.Errorf("catalog: got time %v, hash %q", c.LoadedAt, c.Hash)
	}
}

const everything = `
name: All
slug: all
logo: all.png
unlisted: true
default_rps_limit: 7
burst_limit: 9
strategy: latency-weighted
x-shared: &shared
  archival: false
  priority: 5
chains:
  ethereum:
    chain_id: 1
    name: Ethereum
    url_aliases: [eth, "1"]
    block_time_ms: 12_000
    monitoring: {lag_threshold_blocks: 8}
    selection: {max_lag_blocks: 0, archival_threshold: 64}
    websocket:
      subscribe_new_heads: false
      new_heads_timeout_ms: 5000
      failover: {max_backfill_blocks: 3, backfill_timeout: 2000}
    timeouts_ms: {eth_call: 5000, default: 10000}
    ui-topology: {color: "#fff", size: xl}
    providers:
      - id: a
        name: Alpha
        url: https://user:pa%24s@a.example/x
        ws_url: wss://a.example/ws
        subscribe_new_heads: true
        sharing_mode: isolated
        headers: {x-one: "1", X-Two: 2}
        credentials: {x-three: three}
        capabilities:
          unsupported_categories: [debug]
          unsupported_methods: eth_protocolVersion
          limits: {max_block_range: 10, max_block_age: 20, block_age_methods: [eth_call]}
          error_rules:
            - {code: -32001, message_contains: [Slow Down, "wait"], category: rate_limit}
      - <<: *shared
        id: b
        priority: 6
        url: https://b.example
  base:
    chain_id: 8453
    lag_threshold_blocks: 4
    probe_interval_ms: 700
    failover: {max_backfill_blocks: 1}
    providers: [{id: b, url: "http://[::1]:8545"}]
`

func TestLoadEveryKey(t *testing.T) {
	t.Parallel()
	c := load(t, env(), file("all.yaml", everything))
	p := c.Profiles[0]
	if p.Name != "All" || !p.Unlisted || p.RPSLimit != 7 || p.Burst != 9 || p.Strategy != lasso.LatencyWeighted || p.Source != "all.yaml" {
		t.Errorf("profile: got %+v", *p)
	}
	ch := chainOf(t, c, "all", "eth")
	if ch.ID != 1 || ch.Name != "Ethereum" || len(ch.Aliases) != 3 || ch.BlockTime != 12*time.Second || ch.ProbeInterval != 15*time.Second ||
		ch.LagAlert != 8 || ch.MaxLagBlocks != 0 || ch.ArchivalThreshold != 64 || ch.SubscribeNewHeads ||
		ch.NewHeadsTimeout != 5*time.Second || ch.MaxBackfillBlocks != 3 || ch.BackfillTimeout != 2*time.Second ||
		ch.Timeouts["eth_call"] != 5*time.Second || ch.Timeouts["default"] != 10*time.Second {
		t.Errorf("chain: got %+v", *ch)
	}
	a := ch.Providers[0]
	if a.URL != "https://a.example/x" || !a.SubscribeNewHeads || !a.Isolated || !a.Archival {
		t.Errorf("provider a: got %+v", *a)
	}
	want := []lasso.Header{{Name: "Authorization", Value: "Basic dXNlcjpwYSRz"}, {Name: "X-One", Value: "1"}, {Name: "X-Three", Value: "three"}, {Name: "X-Two", Value: "2"}}
	if len(a.Headers) != len(want) {
		t.Fatalf("headers: got %v, want %v", a.Headers, want)
	}
	for i := range want {
		if a.Headers[i] != want[i] {
			t.Errorf("header %d: got %v, want %v", i, a.Headers[i], want[i])
		}
	}
	caps := a.Capabilities
	if len(caps.UnsupportedCategories) != 1 || caps.UnsupportedMethods[0] != "eth_protocolVersion" || caps.MaxBlockRange != 10 ||
		caps.MaxBlockAge != 20 || caps.BlockAgeMethods[0] != "eth_call" || strings.Join(caps.ErrorRules[0].Contains, "|") != "slow down|wait" {
		t.Errorf("capabilities: got %+v", caps)
	}
	if b := ch.Providers[1]; b.Archival || b.Priority != 6 {
		t.Errorf("merged provider: got archival %v priority %d, want false 6", b.Archival, b.Priority)
	}
	base := chainOf(t, c, "all", "8453")
	if base.LagAlert != 4 || base.ProbeInterval != 700*time.Millisecond || base.MaxBackfillBlocks != 1 || base.BackfillTimeout != 30*time.Second {
		t.Errorf("older places: got %+v", *base)
	}
}

func TestLoadLayoutsAgree(t *testing.T) {
	t.Parallel()
	one := load(t, env(), file("p.yml", "name: P\nslug: p\n"+minimal))
	two := load(t, env(), file("p.yml", "---\nname: P\nslug: p\n---"+minimal+"---\n"))
	swapped := load(t, env(), file("other/p.yaml", "slug: p\nname: P\n"+minimal))
	if one.Hash != two.Hash || one.Hash != swapped.Hash {
		t.Errorf("hashes differ: %s %s %s", one.Hash, two.Hash, swapped.Hash)
	}
	changed := load(t, env(), file("p.yml", "name: P\nslug: p\n"+strings.Replace(minimal, "one.example", "two.example", 1)))
	if one.Hash == changed.Hash {
		t.Error("another URL has the same hash")
	}
	if one.Common != changed.Common || one.Profiles[0].Hash != changed.Profiles[0].Hash {
		t.Error("another URL sets nodes of two regions apart")
	}
	lag := load(t, env(), file("p.yml", "name: P\nslug: p\n"+strings.Replace(minimal, "chain_id: 1\n", "chain_id: 1\n    block_time_ms: 900\n", 1)))
	if one.Common == lag.Common || one.Profiles[0].Hash == lag.Profiles[0].Hash {
		t.Error("another setting has the same hash")
	}
}

func TestLoadExpandsVariables(t *testing.T) {
	t.Parallel()
	c := load(t, env("HOST=h.example", "KEY=k${HOST}", "WS=w"), file("p.yml", `
chains:
  c:
    chain_id: 5
    providers:
      - id: a
        url: https://${HOST}/v2/$${x}?k=${WS}
        ws_url: wss://h.example/${WS}
        api_key: ${KEY}
        headers: {X-A: "a ${WS} b", authorization: mine}
      - {id: b, url: "https://b.example", api_key: "${KEY}"}
`))
	ch := c.Profiles[0].Chains[0]
	a, b := ch.Providers[0], ch.Providers[1]
	if want := "https://h.example/v2/$%7Bx%7D?k=w"; a.URL != want {
		t.Errorf("url: got %s, want %s", a.URL, want)
	}
	if want := "wss://h.example/w"; a.WSURL != want {
		t.Errorf("ws_url: got %s, want %s", a.WSURL, want)
	}
	if len(a.Headers) != 2 || a.Headers[0].Value != "mine" || a.Headers[1].Value != "a w b" {
		t.Errorf("headers: got %v", a.Headers)
	}
	if want := "Bearer k${HOST}"; b.Headers[0].Value != want {
		t.Errorf("api key: got %q, want %q; a value is not expanded again", b.Headers[0].Value, want)
	}
}

func TestLoadManyFiles(t *testing.T) {
	t.Parallel()
	ps := mistakes(t, env(), file("b/x.yml", "slug: x\n"+minimal), file("a/x.yml", "slug: x\n"+minimal), file("a/bad.yml", "chains: ["))
	want := []string{
		`a/bad.yml:1:8: not valid YAML: did not find expected node content`,
		`a/x.yml:1:7: the profile "x" is also in b/x.yml`,
	}
	if got := ps.Strings(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := mistakes(t, env()).Error(); !strings.Contains(got, "no profile was found") {
		t.Errorf("no sources: got %q", got)
	}
}
