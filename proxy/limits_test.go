package proxy_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// TestLimitDemotes: a provider that asks for a pause gets it, for as long as it
// asked; its breaker is left alone.
func TestLimitDemotes(t *testing.T) {
	t.Parallel()
	const refusal = `{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"slow down please"}}`
	for name, tt := range map[string]struct {
		status int
		body   string
		header []string
		wait   time.Duration
	}{
		"429 with Retry-After":       {429, "", []string{"Retry-After", "90"}, 90 * time.Second},
		"429 without":                {429, "", nil, 30 * time.Second},
		"429 with a page":            {429, "<h1>unauthorized</h1>", []string{"Retry-After", "90"}, 90 * time.Second},
		"429 with a JSON-RPC error":  {429, refusal, []string{"Retry-After", "45"}, 45 * time.Second},
		"JSON-RPC error in a 200":    {200, refusal, nil, 30 * time.Second},
		"Retry-After in a 200":       {200, refusal, []string{"Retry-After", "45"}, 45 * time.Second},
		"time in the message":        {200, `{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"rate limit, try again in 10 seconds"}}`, nil, 10 * time.Second},
		"words in a 200":             {200, "Too many requests", nil, 30 * time.Second},
		"a day":                      {429, "", []string{"Retry-After", "86400"}, time.Hour},
		"402, a quota that is spent": {402, "", nil, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, a, b := pair(t)
			a.answers(tt.status, tt.body, tt.header...)
			begin := r.clock.Now()
			want(t, "answer", r.call("eth_blockNumber", "[]"), good)
			wantList(t, "attempts", r.rec.outcomes(), "a rate_limit", "b ok")
			s := r.state("a")
			want(t, "failures counted", s.Routes[0].Breaker.Failures, 0)
			want(t, "status", s.Condition.Status, lasso.RateLimited)
			if got := s.Routes[0].LimitedUntil.Sub(begin); got < tt.wait || got > tt.wait+10*time.Second {
				t.Errorf("limited for %v, want %v", got, tt.wait)
			}
			wantList(t, "events", r.rec.Titles(), "a: Rate limited")

			asked := a.Calls("")
			want(t, "answer while limited", r.call("eth_blockNumber", "[]"), good)
			want(t, "calls while limited", a.Calls("")-asked, 0)
			b.Kill() // a limited provider is better than none
			a.Script(nil)
			want(t, "answer of the last one left", r.call("eth_blockNumber", "[]"), good)
			if err := b.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(tt.wait + 11*time.Second)
			asked = a.Calls("")
			want(t, "answer afterwards", r.call("eth_blockNumber", "[]"), good)
			want(t, "calls afterwards", a.Calls("")-asked, 1)
		})
	}
}

func TestLimitIsToldToTheCaller(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.answers(429, "", "Retry-After", "90")
	r := newRig(t, []*lasso.Provider{n.provider()})
	want(t, "answer", r.call("eth_call", "[]"),
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"Rate limited by provider","data":{"retry_after_ms":90000}}}`)
	want(t, "category", r.rec.Calls()[0].Category, lasso.RateLimit)
}

func TestManyLimitsNeverOpenTheBreaker(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.SetBehaviour(simnode.Behaviour{RateLimit: simnode.RateLimit{PerSecond: 0.001, Burst: 1}})
	r := newRig(t, []*lasso.Provider{n.provider()})
	for range 30 {
		r.call("eth_blockNumber", "[]")
	}
	want(t, "circuit", r.breaker("a").State, lasso.Closed)
	want(t, "failures", r.breaker("a").Failures, 0)
	wantList(t, "events", r.rec.Titles(), "a: Rate limited") // told once
}

// TestRepeatedFaultsOpenTheBreaker, and what callers see then.
func TestRepeatedFaultsOpenTheBreaker(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	n.SetBehaviour(simnode.Behaviour{Unauthorized: true})
	for range 3 {
		r.call("eth_blockNumber", "[]")
	}
	b := r.breaker("a")
	want(t, "circuit", b.State, lasso.Open)
	if wait := b.Next.Sub(b.Since); wait != 10*time.Second {
		t.Errorf("tested again after %v, want 10s", wait)
	}
	asked := n.Calls("")
	body := []byte(r.call("eth_blockNumber", "[]"))
	want(t, "calls to an open circuit", n.Calls("")-asked, 0)
	want(t, "code", member(t, body, "error", "code"), "-32000")
	var ms float64
	if err := json.Unmarshal([]byte(member(t, body, "error", "data", "retry_after_ms")), &ms); err != nil || ms <= 0 || ms > 10_000 {
		t.Errorf("retry_after_ms = %v (%v), want up to 10000", ms, err)
	}
	n.SetBehaviour(simnode.Behaviour{})
	r.clock.Advance(11 * time.Second)
	for range 2 {
		want(t, "trial", r.call("eth_blockNumber", "[]"), good)
	}
	want(t, "circuit after two trials", r.breaker("a").State, lasso.Closed)
	wantList(t, "events", r.rec.Titles(), "a: HTTP closed to open", "a: HTTP open to half-open", "a: HTTP half-open to closed")
}

// TestSharedInstance: what one profile learns of an upstream, another knows.
func TestSharedInstance(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	shared := *n.provider()
	shared.ID = "other-name"
	second := &lasso.Profile{Slug: "second", Chains: []*lasso.Chain{{ID: 1, Key: "eth", ProbeInterval: time.Second, MaxLagBlocks: -1, Providers: []*lasso.Provider{&shared}}}}
	if err := r.Load(lasso.NewCatalog([]*lasso.Profile{r.profile, second}, "2", r.clock.Now())); err != nil {
		t.Fatal(err)
	}
	n.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	for range 5 {
		r.call("eth_blockNumber", "[]")
	}
	s := r.ChainStates("second")[0]
	want(t, "circuit in the other profile", s.Providers[0].Routes[0].Breaker.State, lasso.Open)
	want(t, "usable there", s.Usable, 0)
	want(t, "chain status there", s.Status, lasso.CircuitOpen)
	want(t, "shared by", len(s.Providers[0].SharedBy), 2)
	wantList(t, "events", r.rec.Titles(), "a: HTTP closed to open", "other-name: HTTP closed to open")
}

func TestConnectionLimitBlamesNobody(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	a, b := startNodeOf(t, chain, "a"), startNodeOf(t, chain, "b")
	r := newRig(t, []*lasso.Provider{a.provider(), b.provider()}, func(c *proxy.Config, _ *lasso.Chain) { c.MaxConns = 1 })
	a.SetBehaviour(simnode.Behaviour{Hang: true})
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.post(`{"id":7,"method":"x_transfer"}`, pin("a"))
	}()
	eventually(t, "the only connection is in use", func() bool { return a.Calls("x_transfer") == 1 })
	want(t, "answer", r.call("x_get", "[]") != "", true)
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	a.Kill()
	<-done
	for _, o := range r.rec.outcomes()[:2] {
		if o != "a local_capacity" && o != "b method_not_found" {
			t.Errorf("attempt %q", o)
		}
	}
}

// TestUnavailableUntil: a provider that is out of service and says for how long
// is left alone until then, and its breaker too.
func TestUnavailableUntil(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.answers(503, "", "Retry-After", "90")
	begin := r.clock.Now()
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a server_error", "b ok")
	s := r.state("a").Routes[0]
	if got := s.LimitedUntil.Sub(begin); got < 90*time.Second || got > 100*time.Second {
		t.Errorf("limited for %v, want 90s", got)
	}
	asked := a.Calls("")
	want(t, "answer while limited", r.call("eth_blockNumber", "[]"), good)
	want(t, "calls while limited", a.Calls("")-asked, 0)
	for range 6 {
		r.post(`{"id":7,"method":"eth_blockNumber"}`, pin("a"))
	}
	want(t, "failures counted", r.breaker("a").Failures, 0)
}

// TestProbesRespectRetryAfter in an answer that came with status 200.
func TestProbesRespectRetryAfter(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t, every(time.Hour))
	a.answers(200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"slow down"}}`, "Retry-After", "300")
	r.run()
	eventually(t, "a is limited", func() bool { return r.state("a").Condition.Status == lasso.RateLimited })
	if left := r.state("a").Routes[0].LimitedUntil.Sub(r.clock.Now()); left < 280*time.Second || left > 300*time.Second {
		t.Errorf("limited for %v, want 300s", left)
	}
}
