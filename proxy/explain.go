package proxy

import (
	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// Explain says what would happen to a call now: each candidate in order, and
// each route left out with its reason. It sends nothing and changes nothing.
// req gives profile, chain, strategy, pin and transport.
func (p *Proxy) Explain(req *lasso.Request, method string, params []byte) lasso.Explanation {
	m := methods.Lookup([]byte(method))
	now := p.cfg.Now()
	x := lasso.Explanation{
		Profile: req.Profile.Slug, Chain: req.Chain.ID, Method: method, Strategy: req.Strategy,
		Safety:     m.Safety.String() + ": " + m.Safety.Explain(),
		Candidates: []lasso.Candidate{}, Excluded: []lasso.Exclusion{},
	}
	pl := p.plan.Load()
	var cp *chainPlan
	if pl != nil {
		cp = pl.chains[chainKey{req.Profile.Slug, req.Chain.ID}]
	}
	if cp == nil {
		x.Note = "the chain is not in the configuration that serves now"
		return x
	}
	c := call{p: p, req: req, cp: cp, m: m}
	c.in.Method, c.in.Params = []byte(method), params
	x.TimeoutMS = c.budget().Milliseconds()
	s := newSubject(cp, req, m, c.in.Method, params, now)
	s.explain, s.dry = true, true
	var sel selection
	p.choose(&sel, cp, &s)
	x.Archival, x.Head, x.Block = s.archival, s.head, s.blocks.String()
	x.FailedOpen = sel.failedOpen
	x.Excluded = append(x.Excluded, sel.excluded...)
	shares := p.firsts(&sel, &s)
	for i := range sel.list {
		k := &sel.list[i]
		x.Candidates = append(x.Candidates, lasso.Candidate{
			Provider: k.r.Provider, Name: k.r.provider.Name, Transport: k.r.Transport, Rank: i + 1, Tier: k.tier(), Share: shares[i],
			LatencyMS: k.known.latency, Evidence: k.source, Samples: k.known.samples,
			Why: s.why(&sel, i), Condition: p.condition(cp, k.r, now),
		})
	}
	switch m.Safety {
	case methods.Keystore:
		x.Note = "refused on every transport: it needs a node's own keys or administration"
	case methods.Subscription:
		x.Note = "refused over HTTP: it needs a WebSocket connection"
	case methods.Local:
		x.Note = "answered by this node, unless it is pinned to a provider or has parameters"
	case methods.FilterUse:
		x.Note = "goes to the provider that created the filter, and to no other"
	case methods.ReplaySafe, methods.Broadcast, methods.FilterCreate, methods.UnknownRead, methods.UnknownWrite:
	}
	return x
}
