package proxy_test

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// TestReloadKeepsState of upstreams that did not change, and only of those.
func TestReloadKeepsState(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	for range 5 {
		r.call("eth_blockNumber", "[]")
		r.post(`{"id":1,"method":"eth_blockNumber"}`, pin("b"))
	}
	a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	b.answers(429, "", "Retry-After", "600")
	for range 6 {
		r.call("eth_blockNumber", "[]")
	}
	check := func(what string) {
		t.Helper()
		want(t, what+": circuit of a", r.breaker("a").State, lasso.Open)
		want(t, what+": height of a", r.state("a").Height, 1000)
		want(t, what+": status of b", r.state("b").Condition.Status, lasso.RateLimited)
		want(t, what+": head", r.ChainStates("public")[0].Head, 1000)
	}
	check("before")

	// other settings, other order, another name: the same upstreams
	first, second := *r.chain.Providers[0], *r.chain.Providers[1]
	first.Name, first.Priority, second.Priority = "Renamed", 1, 2
	next := *r.chain
	next.Providers = []*lasso.Provider{&second, &first}
	r.chain = &next
	r.profile = &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{r.chain}}
	r.load()
	check("after a reload")
	want(t, "name", r.state("a").Name, "Renamed")
	x := r.explain("eth_blockNumber", "", func(q *lasso.Request) { q.Strategy = lasso.Fastest })
	want(t, "samples kept", x.Candidates[0].Samples, 11)

	// another endpoint under the same provider id starts anew
	fresh := startNode(t, "c")
	changed := first
	changed.URL, changed.Instance = fresh.url, "another"
	next.Providers = []*lasso.Provider{&second, &changed}
	r.load()
	want(t, "circuit of the new a", r.breaker("a").State, lasso.Closed)
	want(t, "height of the new a", r.state("a").Height, 0)
	want(t, "answer of the new a", r.call("eth_blockNumber", "[]"), good)
	want(t, "status of b", r.state("b").Condition.Status, lasso.RateLimited)

	// and back: what was dropped is not remembered
	next.Providers = []*lasso.Provider{&second, &first}
	r.load()
	want(t, "circuit of the old a", r.breaker("a").State, lasso.Closed)
}

// TestReloadInTraffic replaces the configuration under load. No call is lost,
// and probing follows.
func TestReloadInTraffic(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, every(5*time.Millisecond))
	r.run()
	chains := []*lasso.Chain{r.chain, r.chain}
	only := *r.chain
	only.Providers = r.chain.Providers[:1]
	chains[1] = &only
	profiles := []*lasso.Profile{r.profile, {Slug: "public", Chains: chains[1:]}}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 300 {
				want(t, "answer", r.call("eth_blockNumber", "[]"), good)
			}
		})
	}
	for i := range 60 {
		if err := r.Load(lasso.NewCatalog([]*lasso.Profile{profiles[i%2]}, "", time.Time{})); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
	// the last one has a alone: b is not probed any more
	eventually(t, "a is probed", func() bool { return a.Calls("eth_chainId") > 0 })
	if err := r.Load(lasso.NewCatalog(profiles[1:], "", time.Time{})); err != nil {
		t.Fatal(err)
	}
	probed := a.Calls("")
	eventually(t, "the new plan is probed", func() bool { return a.Calls("") > probed+20 })
	quiet := b.Calls("")
	eventually(t, "a is probed further", func() bool { return a.Calls("") > probed+60 })
	want(t, "probes of the one that left", b.Calls("")-quiet, 0)
}

// TestReloadForgetsWhatLeft: a chain that comes back knows nothing.
func TestReloadForgetsWhatLeft(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.call("eth_blockNumber", "[]")
	want(t, "head", r.ChainStates("public")[0].Head, 1000)
	if err := r.Load(lasso.NewCatalog(nil, "", time.Time{})); err != nil {
		t.Fatal(err)
	}
	want(t, "answer in between", member(t, []byte(r.call("eth_blockNumber", "[]")), "error", "code"), "-32602")
	ready, reasons := r.Ready()
	want(t, "ready", ready, false)
	wantList(t, "reasons", reasons, "no chain is configured")
	r.load()
	want(t, "head", r.ChainStates("public")[0].Head, 0)
	want(t, "samples", r.explain("eth_blockNumber", "").Candidates[0].Samples, 0)
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
}

func TestLoadNothing(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	if err := r.Load(nil); err == nil {
		t.Error("loaded no catalog")
	}
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	if r.ChainStates("unknown") != nil {
		t.Error("states of an unknown profile")
	}
}

// TestReloadTakesTheNewSpelling: a URL that differs in its trailing slash only
// names the same upstream, whose state stays, but is what is called from then
// on.
func TestReloadTakesTheNewSpelling(t *testing.T) {
	t.Parallel()
	var path atomic.Value
	url := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		path.Store(q.URL.Path)
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":7,"result":"0x3e8"}`)
	})
	a := provider("a", url, func(p *lasso.Provider) { p.URL += "/v1" })
	r := newRig(t, []*lasso.Provider{a})
	r.call("eth_blockNumber", "[]")
	want(t, "path", path.Load(), any("/v1"))
	again := *a
	again.URL += "/"
	next := *r.chain
	next.Providers = []*lasso.Provider{&again}
	r.chain = &next
	r.profile = &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{r.chain}}
	r.load()
	want(t, "height kept", r.state("a").Height, 1000)
	r.call("eth_blockNumber", "[]")
	want(t, "path after the reload", path.Load(), any("/v1/"))
}
