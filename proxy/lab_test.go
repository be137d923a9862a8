package proxy

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

type deaf struct{}

func (deaf) Attempt(lasso.Attempt) {}
func (deaf) Call(lasso.Call)       {}
func (deaf) Event(lasso.Event)     {}

// lab is a chain whose state the test sets by hand. Its clock stands still.
type lab struct {
	*Proxy
	t       testing.TB
	profile *lasso.Profile
	chain   *lasso.Chain
	cp      *chainPlan
}

func newLab(tb testing.TB, ids string, edits ...func(*Config, *lasso.Chain)) *lab {
	tb.Helper()
	chain := &lasso.Chain{ID: 1, Key: "ethereum", MaxLagBlocks: 5, ArchivalThreshold: 128, ProbeInterval: time.Second}
	for id := range strings.FieldsSeq(ids) {
		chain.Providers = append(chain.Providers, &lasso.Provider{
			ID: lasso.ProviderID(id), Name: id, Priority: 100, URL: "http://127.0.0.1:1/" + id, Instance: lasso.InstanceID(id),
		})
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	cfg := Config{Now: func() time.Time { return epoch }, Float: rnd.Float64, Exploration: -1}
	for _, e := range edits {
		e(&cfg, chain)
	}
	l := &lab{Proxy: New(cfg, deaf{}, slog.New(slog.DiscardHandler)), t: tb, chain: chain}
	l.profile = &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{chain}}
	if err := l.Load(lasso.NewCatalog([]*lasso.Profile{l.profile}, "", epoch)); err != nil {
		tb.Fatal(err)
	}
	l.cp = l.plan.Load().ordered[0]
	return l
}

func (l *lab) route(id string) *route {
	for _, r := range l.cp.routes {
		if string(r.Provider) == id {
			return r
		}
	}
	l.t.Fatalf("no route %s", id)
	return nil
}

// heights sets a height for each provider and the consensus.
func (l *lab) heights(all ...uint64) {
	for i, n := range all {
		if n > 0 {
			l.cp.routes[i].in.observeHeight(n, epoch)
		}
	}
	l.updateHead(l.plan.Load(), 1, epoch)
}

// measured gives a route evidence of n attempts with this latency.
func (l *lab) measured(id, method string, n int, ms float64) {
	for range n {
		l.route(id).evidence.record(epoch, methods.Lookup([]byte(method)), true, time.Duration(ms*float64(time.Millisecond)))
	}
}

func (l *lab) choose(strategy lasso.Strategy, method, params string, edits ...func(*subject)) *selection {
	req := &lasso.Request{Profile: l.profile, Chain: l.chain, Strategy: strategy}
	s := newSubject(l.cp, req, methods.Lookup([]byte(method)), []byte(method), []byte(params), epoch)
	s.explain = true
	for _, e := range edits {
		e(&s)
	}
	out := new(selection)
	l.Proxy.choose(out, l.cp, &s)
	return out
}

func ids(s *selection) string {
	var all []string
	for i := range s.list {
		all = append(all, string(s.list[i].r.Provider))
	}
	return strings.Join(all, " ")
}

func trip(b *breaker) {
	for range 5 {
		b.failed(epoch, admission{ok: true}, lasso.ServerError, "HTTP 502")
	}
}
