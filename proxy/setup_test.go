package proxy_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp's own: they end with the last idle connection, and with the
		// process.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*TCPDialer).tcpAddrsClean"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// clock is the real one, moved ahead by the test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// recorder keeps what it is told.
type recorder struct {
	mu       sync.Mutex
	attempts []lasso.Attempt
	calls    []lasso.Call
	events   []lasso.Event
}

func (r *recorder) Attempt(a lasso.Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, a)
}

func (r *recorder) Call(c lasso.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

func (r *recorder) Event(e lasso.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) Attempts() []lasso.Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts)
}

func (r *recorder) Calls() []lasso.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

func (r *recorder) Titles() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, e := range r.events {
		out = append(out, string(e.Provider)+": "+e.Title)
	}
	return out
}

// outcomes lists the client attempts as "provider category".
func (r *recorder) outcomes() []string {
	var out []string
	for _, a := range r.Attempts() {
		if a.Origin == lasso.Client {
			out = append(out, string(a.Route.Provider)+" "+a.Category.String())
		}
	}
	return out
}

// rig is a Proxy with one profile and one chain.
type rig struct {
	*proxy.Proxy
	t       testing.TB
	ctx     context.Context
	clock   *clock
	rec     *recorder
	profile *lasso.Profile
	chain   *lasso.Chain
}

type option func(*proxy.Config, *lasso.Chain)

// newRig loads a chain of the providers. Requests made by it ask for the
// strategy priority, and all providers have the same: they are tried as listed.
func newRig(tb testing.TB, providers []*lasso.Provider, options ...option) *rig {
	tb.Helper()
	r := &rig{t: tb, ctx: tb.Context(), clock: &clock{}, rec: &recorder{}}
	cfg := proxy.Config{Now: r.clock.Now, Version: "test"}
	r.chain = &lasso.Chain{
		ID: 1, Key: "ethereum", Name: "Ethereum", Aliases: []string{"ethereum"}, ProbeInterval: 12 * time.Second,
		MaxLagBlocks: -1, LagAlert: 5, ArchivalThreshold: 128, Providers: providers,
	}
	for _, o := range options {
		o(&cfg, r.chain)
	}
	r.profile = &lasso.Profile{Slug: "public", Name: "Public", Chains: []*lasso.Chain{r.chain}}
	r.Proxy = proxy.New(cfg, r.rec, slog.New(slog.DiscardHandler))
	r.load()
	return r
}

func (r *rig) load() {
	r.t.Helper()
	if err := r.Load(lasso.NewCatalog([]*lasso.Profile{r.profile}, "hash", r.clock.Now())); err != nil {
		r.t.Fatalf("Load: %v", err)
	}
}

func (r *rig) post(body string, edits ...func(*lasso.Request)) lasso.Response {
	req := &lasso.Request{
		Profile: r.profile, Chain: r.chain, Strategy: lasso.Priority, Body: []byte(body),
		ID: "req-1", Path: "/rpc/ethereum", At: r.clock.Now(),
	}
	for _, e := range edits {
		e(req)
	}
	return r.Serve(r.ctx, req)
}

// call sends one call with id 7 and returns the body of the answer.
func (r *rig) call(method, params string) string {
	r.t.Helper()
	return string(r.post(`{"jsonrpc":"2.0","id":7,"method":"` + method + `","params":` + params + `}`).Body)
}

// breaker reads the breaker of a provider.
func (r *rig) breaker(id string) lasso.Breaker { return r.state(id).Routes[0].Breaker }

func (r *rig) state(id string) lasso.ProviderState {
	for _, s := range r.ChainStates("public")[0].Providers {
		if string(s.Provider) == id {
			return s
		}
	}
	r.t.Fatalf("no provider %s", id)
	return lasso.ProviderState{}
}

func pin(id string) func(*lasso.Request) {
	return func(r *lasso.Request) { r.Provider = lasso.ProviderID(id) }
}

func strategy(s lasso.Strategy) func(*lasso.Request) {
	return func(r *lasso.Request) { r.Strategy = s }
}

func timeouts(d time.Duration) option {
	return func(_ *proxy.Config, c *lasso.Chain) { c.Timeouts = map[string]time.Duration{"default": d} }
}

// node is a simulated provider that listens until the test ends.
type node struct {
	*simnode.Node
	url string
}

func startNode(tb testing.TB, name string) *node {
	tb.Helper()
	return startNodeOf(tb, simnode.NewChain(1, 0, 1000, nil), name)
}

func startNodeOf(tb testing.TB, chain *simnode.Chain, name string) *node {
	tb.Helper()
	n := &node{Node: simnode.New(chain, name, 1)}
	url, stop := n.Start()
	tb.Cleanup(stop)
	n.url = url
	return n
}

// provider is the configuration entry of the node, under its name.
func (n *node) provider(edits ...func(*lasso.Provider)) *lasso.Provider {
	return provider(n.Name(), n.url, edits...)
}

// fails makes every call end with this JSON-RPC error.
func (n *node) fails(code int, message, data string) {
	n.Script(func(uint64, string, json.RawMessage) *simnode.Answer {
		return &simnode.Answer{Error: &simnode.Error{Code: code, Message: message, Data: json.RawMessage(data)}}
	})
}

// answers makes every call end with this body, byte for byte.
func (n *node) answers(status int, body string, header ...string) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	n.Script(func(uint64, string, json.RawMessage) *simnode.Answer {
		return &simnode.Answer{Status: status, Header: h, Body: []byte(body)}
	})
}

// results makes every call end with this raw result.
func (n *node) results(raw string) {
	n.Script(func(uint64, string, json.RawMessage) *simnode.Answer {
		return &simnode.Answer{RawResult: json.RawMessage(raw)}
	})
}

func provider(id, url string, edits ...func(*lasso.Provider)) *lasso.Provider {
	p := &lasso.Provider{ID: lasso.ProviderID(id), Name: strings.ToUpper(id), Priority: 100, URL: url, Instance: lasso.InstanceID(id + "@" + url)}
	for _, e := range edits {
		e(p)
	}
	return p
}

// serveHTTP is an upstream made of a handler.
func serveHTTP(tb testing.TB, h http.HandlerFunc) (url string) {
	tb.Helper()
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return s.URL
}

// pair is two nodes of one chain, a and b, and a rig that tries a first.
func pair(tb testing.TB, options ...option) (r *rig, a, b *node) {
	tb.Helper()
	chain := simnode.NewChain(1, 0, 1000, nil)
	a, b = startNodeOf(tb, chain, "a"), startNodeOf(tb, chain, "b")
	return newRig(tb, []*lasso.Provider{a.provider(), b.provider()}, options...), a, b
}

// member returns a member of a JSON object as text.
func member(tb testing.TB, body []byte, path ...string) string {
	tb.Helper()
	raw := json.RawMessage(body)
	for _, name := range path {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			tb.Fatalf("%s: %v in %s", name, err, body)
		}
		raw = m[name]
	}
	return string(raw)
}

func want[T comparable](tb testing.TB, what string, got, want T) {
	tb.Helper()
	if got != want {
		tb.Errorf("%s = %v, want %v", what, got, want)
	}
}

func wantList(tb testing.TB, what string, got []string, want ...string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("%s = %q, want %q", what, got, want)
	}
}

// eventually polls until the condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			tb.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

func newCanceled(tb testing.TB) (context.Context, context.CancelFunc) {
	tb.Helper()
	return context.WithCancel(tb.Context())
}
