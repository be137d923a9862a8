package proxy_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

const good = `{"jsonrpc":"2.0","id":7,"result":"0x3e8"}`

// TestFaultsFailOver breaks the first provider in every way; the second
// answers, and the first is blamed.
func TestFaultsFailOver(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do   simnode.Behaviour
		want lasso.Category
	}{
		"gateway page":     {simnode.Behaviour{ErrorRate: 1}, lasso.ServerError},
		"503":              {simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Status: 503}}, lasso.ServerError},
		"404":              {simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Status: 404}}, lasso.ServerError},
		"internal error":   {simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Code: -32603, Message: "oops"}}, lasso.InternalError},
		"dropped":          {simnode.Behaviour{Down: true}, lasso.NetworkError},
		"unauthorized":     {simnode.Behaviour{Unauthorized: true}, lasso.AuthError},
		"not JSON":         {simnode.Behaviour{Malformed: simnode.NotJSON}, lasso.InvalidResponse},
		"truncated":        {simnode.Behaviour{Malformed: simnode.Truncated}, lasso.InvalidResponse},
		"cut off":          {simnode.Behaviour{Malformed: simnode.CutOff}, lasso.NetworkError},
		"empty":            {simnode.Behaviour{Malformed: simnode.EmptyBody}, lasso.InvalidResponse},
		"wrong id":         {simnode.Behaviour{Malformed: simnode.WrongID}, lasso.InvalidResponse},
		"no result":        {simnode.Behaviour{Malformed: simnode.NoResult}, lasso.InvalidResponse},
		"result and error": {simnode.Behaviour{Malformed: simnode.ResultError}, lasso.InvalidResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, a, _ := pair(t)
			a.SetBehaviour(tt.do)
			want(t, "answer", r.call("eth_blockNumber", "[]"), good)
			wantList(t, "attempts", r.rec.outcomes(), "a "+tt.want.String(), "b ok")
			if tt.do.Down { // the one that is sent again; a node that is down counts nothing
				want(t, "asked", a.Calls(""), 0)
			} else {
				want(t, "asked", a.Calls(""), 1)
			}
			want(t, "failures counted", r.breaker("a").Failures, 1)
			want(t, "failures of the other", r.breaker("b").Failures, 0)
			c := r.rec.Calls()[0]
			want(t, "provider", c.Provider, "b")
			want(t, "failovers", c.Failovers, 1)
			want(t, "category", c.Category, lasso.OK)
			if !strings.HasPrefix(c.Detail, "a: ") {
				t.Errorf("detail = %q, want why a was left", c.Detail)
			}
		})
	}
}

// TestRefusalsFailOver has answers that say "not me": another provider is
// asked, and nobody is blamed.
func TestRefusalsFailOver(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code    int
		message string
		want    lasso.Category
	}{
		"archive": {-32000, "missing trie node 1234 (path ) state is not available", lasso.RequiresArchival},
		"method":  {-32601, "the method eth_blockNumber does not exist/is not available", lasso.MethodNotFound},
		"range":   {-32602, "block range too large, maximum is 1000", lasso.CapabilityViolation},
		"block":   {-32000, "header not found", lasso.BlockNotAvailable},
		"limit":   {-32005, "rate limit exceeded", lasso.RateLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// single-dispatch methods were surely not executed either
			for _, method := range []string{"eth_blockNumber", "x_doIt", "eth_newBlockFilter"} {
				r, a, b := pair(t)
				a.fails(tt.code, tt.message, "")
				b.results(`"0x3e8"`)
				want(t, method, r.call(method, "[]"), good)
				wantList(t, method+" attempts", r.rec.outcomes(), "a "+tt.want.String(), "b ok")
				want(t, method+" failures counted", r.breaker("a").Failures, 0)
			}
		})
	}
}

func TestApplicationErrorsStand(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400} { // a JSON-RPC error in a 4xx is judged by its content
		for message, code := range map[string]int{
			"execution reverted: no": 3, "invalid argument 0: hex string without 0x prefix": -32602,
			"nonce too low": -32000, "insufficient funds for gas": -32000,
		} {
			r, a, b := pair(t)
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"error":{"code":%d, "message":%q,"data":{"x": 1e3}}}`, code, message)
			a.answers(status, body)
			want(t, message, r.call("eth_call", "[]"), body)
			want(t, "calls of the second", b.Calls(""), 0)
			want(t, "failures counted", r.breaker("a").Failures, 0)
			c := r.rec.Calls()[0]
			want(t, "code", c.Code, code)
			want(t, "provider", c.Provider, "a")
			want(t, "detail", c.Detail, "")
		}
	}
}

func TestErrorWithNullID(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.answers(200, `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"slow down"}}`)
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a rate_limit", "b ok")
	// as the last answer it carries the id of the caller
	got := r.post(`{"id":"x","method":"eth_blockNumber"}`, pin("a"))
	want(t, "answer", string(got.Body), `{"jsonrpc":"2.0","id":"x","error":{"code":-32005,"message":"slow down"}}`)
}

// TestErrorOfAnotherCall must not become the answer to this one.
func TestErrorOfAnotherCall(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.answers(200, `{"jsonrpc":"2.0","id":99,"error":{"code":3,"message":"execution reverted","data":"0x01"}}`)
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	a.answers(200, `{"id":99,"error":{"code":3,"message":"execution reverted"}}`) // not even a version
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a invalid_response", "b ok", "a invalid_response", "b ok")
}

func TestErrorRulesDecide(t *testing.T) {
	t.Parallel()
	a, b := startNode(t, "a"), startNode(t, "b")
	r := newRig(t, []*lasso.Provider{a.provider(func(p *lasso.Provider) {
		p.Capabilities.ErrorRules = []lasso.ErrorRule{
			{Code: -32000, HasCode: true, Contains: []string{"execution reverted"}, Category: lasso.CapabilityViolation},
			{Contains: []string{"under maintenance"}, Category: lasso.RateLimit},
		}
	}), b.provider()})
	a.fails(-32000, "Execution Reverted by plan", "")
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	a.answers(500, "<h1>Under maintenance</h1>")
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a capability_violation", "b ok", "a rate_limit", "b ok")
}

func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	a, b, c := startNodeOf(t, chain, "a"), startNodeOf(t, chain, "b"), startNodeOf(t, chain, "c")
	r := newRig(t, []*lasso.Provider{a.provider(), b.provider(), c.provider()})
	a.fails(-32000, "gremlins", `{"of":"a"}`)
	want(t, "answered by the second", r.call("eth_blockNumber", "[]"), good)
	b.fails(-32000, "gremlins too", `{"of":"b"}`)
	want(t, "confirmed by the second", r.call("eth_blockNumber", "[]"),
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"gremlins too","data":{"of":"b"}}}`)
	want(t, "asked a third", c.Calls(""), 0)
	r.call("x_doIt", "[]")
	want(t, "a write is not repeated", b.Calls("x_doIt"), 0)
}

// TestLastUpstreamErrorIsReturned: whatever ends the attempts, an error that
// an upstream worded is never replaced by one of ours.
func TestLastUpstreamErrorIsReturned(t *testing.T) {
	t.Parallel()
	const limit = `{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"credits exhausted","data":{"see":"https://example.org"}}}`
	for _, method := range []string{"eth_call", "x_doIt", "eth_newBlockFilter", "eth_sendRawTransaction"} {
		var providers []*lasso.Provider
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			n := startNode(t, name)
			n.answers(200, limit)
			if name != "b" && method == "eth_call" {
				n.answers(502, "bad gateway")
			}
			providers = append(providers, n.provider())
		}
		r := newRig(t, providers)
		want(t, method, r.call(method, "[]"), limit)
		want(t, method+" attempts", len(r.rec.outcomes()), 3)
	}
}

func TestUnsafeCallIsNeverDoubled(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]simnode.Behaviour{
		"dropped": {Down: true}, "502": {ErrorRate: 1}, "garbage": {Malformed: simnode.NotJSON}, "cut off": {Malformed: simnode.CutOff},
		"hangs": {Hang: true},
	} {
		r, a, b := pair(t, timeouts(300*time.Millisecond))
		a.SetBehaviour(do)
		body := []byte(r.call("x_transfer", "[1]"))
		want(t, name+" code", member(t, body, "error", "code"), "-32000")
		if text := member(t, body, "error", "message"); !strings.Contains(text, "indeterminate") {
			t.Errorf("%s: message %s, want that the outcome is not known", name, text)
		}
		want(t, name+" sent to the second", b.Calls(""), 0)
		if n := a.Calls("x_transfer"); n > 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
}

// TestUnsafeCallWithAnErrorOfTheUpstream: its words say more than ours.
func TestUnsafeCallWithAnErrorOfTheUpstream(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	const failed = `{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"disk full","data":{"free":0}}}`
	a.answers(500, failed)
	want(t, "answer", r.call("x_transfer", "[1]"), failed)
	want(t, "sent to the second", b.Calls(""), 0)
	want(t, "provider", r.rec.Calls()[0].Provider, "a")
}

func TestUnsafeCallGoesOnWhenNothingWasSent(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	b.results(`"done"`)
	a.Kill()
	want(t, "answer", member(t, []byte(r.call("x_transfer", "[1]")), "result"), `"done"`)
	c := r.rec.Calls()[0]
	want(t, "failovers", c.Failovers, 1)
	want(t, "dispatched", c.Attempts, 1)
	want(t, "detail", c.Detail, "a: connection refused")
}

// TestIdleConnectionClosed: the upstream restarts, and the next call finds the
// kept connection dead. It is sent again at once, and nobody is blamed.
func TestIdleConnectionClosed(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	for range 10 {
		want(t, "answer", r.call("eth_blockNumber", "[]"), good)
		a.Kill()
		if err := a.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	want(t, "calls of the second", b.Calls(""), 0)
	want(t, "failures counted", r.breaker("a").Failures, 0)
	for _, x := range r.rec.outcomes() {
		want(t, "attempt", x, "a ok")
	}
}

// TestDeathInTraffic kills one of two providers twice in the middle of calls.
func TestDeathInTraffic(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	const calls, workers = 2000, 32
	var next, bad atomic.Int64
	var group sync.WaitGroup
	ctx := t.Context()
	for range workers {
		group.Go(func() {
			for {
				i := next.Add(1)
				if i > calls {
					return
				}
				switch i {
				case 500, 1300:
					a.Kill()
				case 900, 1700:
					if err := a.Restart(ctx); err != nil {
						t.Error(err)
					}
				}
				got := r.post(`{"jsonrpc":"2.0","id":7,"method":"eth_blockNumber"}`, strategy(lasso.LoadBalanced))
				if string(got.Body) != good {
					bad.Add(1)
					t.Logf("call %d: %s", i, got.Body)
				}
			}
		})
	}
	group.Wait()
	want(t, "lost calls", bad.Load(), 0)
	want(t, "recorded calls", len(r.rec.Calls()), calls)
}

func TestHangingProviderLeavesTimeForTheNext(t *testing.T) {
	t.Parallel()
	const budget = 3 * time.Second // long, for a busy machine
	r, a, _ := pair(t, timeouts(budget))
	a.SetBehaviour(simnode.Behaviour{Hang: true})
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a timeout", "b ok")
	if got := r.rec.Attempts()[0].Latency; got < budget*59/100 || got > budget*9/10 {
		t.Errorf("the first attempt took %v, want about 60 %% of %v", got, budget)
	}
}

func TestTimeoutsAreCountedApart(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t, func(_ *proxy.Config, c *lasso.Chain) {
		c.Timeouts = map[string]time.Duration{"eth_call": 50 * time.Millisecond, "default": 10 * time.Second}
	})
	for range 4 {
		a.SetBehaviour(simnode.Behaviour{Hang: true})
		r.call("eth_call", "[]")
		a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
		r.call("eth_blockNumber", "[]")
	}
	want(t, "circuit after 4 timeouts and 4 other faults", r.breaker("a").State, lasso.Closed)
	a.SetBehaviour(simnode.Behaviour{Hang: true})
	r.call("eth_call", "[]")
	b := r.breaker("a")
	want(t, "circuit after 5 timeouts", b.State, lasso.Open)
	want(t, "reason", b.Reason, "5 timeouts in a row, last: no answer in time")
}

func TestAllProvidersHang(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t, timeouts(200*time.Millisecond))
	a.SetBehaviour(simnode.Behaviour{Hang: true})
	b.SetBehaviour(simnode.Behaviour{Hang: true})
	begin := time.Now()
	body := []byte(r.call("eth_blockNumber", "[]"))
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v with a budget of 200ms", took)
	}
	want(t, "code", member(t, body, "error", "code"), "-32007")
	c := r.rec.Calls()[0]
	want(t, "category", c.Category, lasso.Timeout)
	want(t, "provider", c.Provider, "")
}

func TestCallerGone(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	ctx, cancel := newCanceled(t)
	cancel()
	got := r.Serve(ctx, &lasso.Request{Profile: r.profile, Chain: r.chain, Body: []byte(`{"id":1,"method":"eth_call"}`), At: r.clock.Now()})
	want(t, "code", member(t, got.Body, "error", "code"), "-32000")
	want(t, "calls upstream", a.Calls(""), 0)
	want(t, "category", r.rec.Calls()[0].Category, lasso.Canceled)
}
