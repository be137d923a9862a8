package proxy_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// run probes until the test ends; the nodes stop before.
func (r *rig) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	r.t.Cleanup(stop)
	return stop
}

func every(d time.Duration) option {
	return func(_ *proxy.Config, c *lasso.Chain) { c.ProbeInterval = d }
}

func lag(blocks int) option {
	return func(_ *proxy.Config, c *lasso.Chain) { c.MaxLagBlocks, c.BlockTime = blocks, time.Hour }
}

func TestProbesLearnHeights(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, every(20*time.Millisecond), lag(5))
	b.SetBehaviour(simnode.Behaviour{Lag: 9})
	if ready, reasons := r.Ready(); ready || len(reasons) != 1 {
		t.Errorf("ready before the first answer: %v, %q", ready, reasons)
	}
	r.run()
	eventually(t, "both heights are known", func() bool { return r.state("a").Height == 1000 && r.state("b").Height == 991 })
	eventually(t, "b lags", func() bool { return r.state("b").Condition.Status == lasso.Lagging })
	s := r.state("b")
	want(t, "behind", s.Behind, 9)
	want(t, "reason", s.Condition.Reason, "9 blocks behind, limit 5")
	want(t, "chain id", r.state("a").ChainSeen, 1)
	if ready, reasons := r.Ready(); !ready {
		t.Errorf("not ready: %q", reasons)
	}
	c := r.ChainStates("public")[0]
	want(t, "head", c.Head, 1000)
	want(t, "usable", c.Usable, 2)
	b.SetBehaviour(simnode.Behaviour{})
	eventually(t, "b has caught up", func() bool { return r.state("b").Condition.Status == lasso.Healthy })
	if n := a.Calls("eth_chainId"); n*10 > a.Calls("eth_blockNumber")+20 {
		t.Errorf("asked for the chain id %d times in %d probes", n, a.Calls("eth_blockNumber"))
	}
	for _, x := range r.rec.Attempts() {
		if x.Origin != lasso.System || x.Category != lasso.OK {
			t.Errorf("recorded %+v", x)
		}
	}
	want(t, "calls recorded", len(r.rec.Calls()), 0)
}

func TestWrongChainIsTakenOutAndBackIn(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, every(20*time.Millisecond))
	a.SetBehaviour(simnode.Behaviour{ChainID: 5})
	r.run()
	eventually(t, "a is out", func() bool { return r.ChainStates("public")[0].Usable == 1 })
	s := r.state("a")
	want(t, "status", s.Condition.Status, lasso.Degraded)
	want(t, "reason", s.Condition.Reason, "Answers with chain id 5, not 1: taken out")
	asked := b.Calls("eth_gasPrice")
	for range 5 {
		r.call("eth_gasPrice", "[]")
	}
	want(t, "calls of b", b.Calls("eth_gasPrice")-asked, 5)
	got := r.post(`{"id":1,"method":"eth_gasPrice"}`, pin("a"))
	want(t, "pinned to the wrong chain", member(t, got.Body, "error", "code"), "-32000")
	want(t, "calls of a", a.Calls("eth_gasPrice"), 0)
	a.SetBehaviour(simnode.Behaviour{})
	eventually(t, "a is back", func() bool { return r.ChainStates("public")[0].Usable == 2 })
	titles := r.rec.Titles()
	if !slices.Contains(titles, "a: Wrong chain id") || !slices.Contains(titles, "a: Chain id is right again") {
		t.Errorf("events %q", titles)
	}
}

// TestProbesRecoverABreaker: the upstream was gone, a check finds it again, and
// two trials close the circuit, without any call of a client.
func TestProbesRecoverABreaker(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()}, every(20*time.Millisecond))
	n.Kill()
	for range 3 {
		r.call("eth_blockNumber", "[]")
	}
	want(t, "circuit", r.breaker("a").State, lasso.Open)
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.run()
	eventually(t, "closed again", func() bool { return r.breaker("a").State == lasso.Closed })
	wantList(t, "events", r.rec.Titles(), "a: HTTP closed to open", "a: HTTP open to half-open", "a: HTTP half-open to closed")
}

func TestProbesBackOff(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, every(5*time.Millisecond))
	a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	r.run()
	eventually(t, "b was probed often", func() bool { return b.Calls("eth_blockNumber") > 100 })
	eventually(t, "a was probed", func() bool { return a.Calls("") > 0 })
	s := r.state("a")
	wait := s.Condition.Next.Sub(r.clock.Now())
	n := a.Calls("") // however long b took for its checks
	if n > 4 {       // 0, 2, 6 and 14 s after the first, a fifth less or more
		t.Errorf("a was probed %d times", n)
	}
	if most := (2 * time.Second << (n - 1)) * 6 / 5; wait <= 0 || wait > most {
		t.Errorf("next check in %v after %d checks, want at most %v", wait, n, most)
	}
}

func TestProbesRespectALimit(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t, every(5*time.Millisecond))
	a.answers(429, "")
	r.run()
	eventually(t, "a is limited", func() bool { return r.state("a").Condition.Status == lasso.RateLimited })
	s := r.state("a").Routes[0]
	if left := s.LimitedUntil.Sub(r.clock.Now()); left < 50*time.Second || left > time.Minute {
		t.Errorf("limited for %v, want 60s", left)
	}
	want(t, "failures counted", s.Breaker.Failures, 0)
	want(t, "probes", a.Calls(""), 1)
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, every(time.Millisecond))
	stop := r.run()
	eventually(t, "both are probed", func() bool { return a.Calls("") > 3 && b.Calls("") > 3 })
	stop()
	before := a.Calls("") + b.Calls("")
	want(t, "answer after Run", r.call("eth_blockNumber", "[]"), good)
	want(t, "probes after Run", a.Calls("")+b.Calls("")-before, 1)
}

// TestProbeVerdicts: what each answer to a check comes to.
func TestProbeVerdicts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   lasso.Category
	}{
		"page":           {200, "<html>", lasso.InvalidResponse},
		"no quantity":    {200, `{"jsonrpc":"2.0","id":1,"result":17}`, lasso.InvalidResponse},
		"502":            {502, "", lasso.ServerError},
		"401":            {401, "", lasso.AuthError},
		"rule":           {503, "closed on sundays", lasso.MethodError},
		"limit":          {200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"slow down"}}`, lasso.RateLimit},
		"limit in words": {200, "Too many requests", lasso.RateLimit},
		"another call":   {200, `{"jsonrpc":"2.0","id":9,"error":{"code":3,"message":"execution reverted"}}`, lasso.InvalidResponse},
		"limit, null id": {200, `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"slow down"}}`, lasso.RateLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, "a")
			n.answers(tt.status, tt.body)
			r := newRig(t, []*lasso.Provider{n.provider(func(p *lasso.Provider) {
				p.Capabilities.ErrorRules = []lasso.ErrorRule{{Contains: []string{"sundays"}, Category: lasso.MethodError}}
			})})
			r.run()
			eventually(t, "probed", func() bool { return len(r.rec.Attempts()) > 0 })
			x := r.rec.Attempts()[0]
			want(t, "category", x.Category, tt.want)
			want(t, "method", x.Method, "eth_chainId")
			want(t, "origin", x.Origin, lasso.System)
			want(t, "calls", n.Calls(""), 1)
		})
	}
}

// TestSilentProvider is unknown, then degraded, and why.
func TestSilentProvider(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.Kill()
	r := newRig(t, []*lasso.Provider{n.provider()})
	want(t, "status at first", r.state("a").Condition.Status, lasso.Unknown)
	r.run()
	eventually(t, "degraded", func() bool { return r.state("a").Condition.Status == lasso.Degraded })
	want(t, "reason", r.state("a").Condition.Reason, "2 checks failed in a row, last: connection refused")
	ready, reasons := r.Ready()
	want(t, "ready", ready, false)
	wantList(t, "reasons", reasons, "public/ethereum: none of 1 providers is usable; the last: Degraded, 2 checks failed in a row, last: connection refused")
}

// TestJumpAsksForTheChain: an upstream whose height suddenly is that of another
// chain is asked at once which one it serves, and taken out.
func TestJumpAsksForTheChain(t *testing.T) {
	t.Parallel()
	for name, height := range map[string]string{"ahead": `"0xabcdef0"`, "behind": `"0x5"`} {
		n := startNode(t, "a")
		r := newRig(t, []*lasso.Provider{n.provider()}, every(2*time.Millisecond))
		r.run()
		eventually(t, "its height is known", func() bool { return r.state("a").Height == 1000 })
		var mu sync.Mutex
		var heights, chains int
		n.Script(func(_ uint64, method string, _ json.RawMessage) *simnode.Answer {
			mu.Lock()
			defer mu.Unlock()
			if method == "eth_chainId" {
				chains++
				return &simnode.Answer{RawResult: json.RawMessage(`"0x5"`)}
			}
			if chains == 0 {
				heights++
			}
			return &simnode.Answer{RawResult: json.RawMessage(height)}
		})
		eventually(t, name+": taken out", func() bool { return r.ChainStates("public")[0].Usable == 0 })
		mu.Lock()
		if heights > 1 {
			t.Errorf("%s: %d heights taken before the question for the chain, want 1 at most", name, heights)
		}
		mu.Unlock()
	}
}
