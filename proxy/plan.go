package proxy

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso"
)

// plan is the compiled form of one catalog. It is immutable; what changes
// hangs off the instances, heads and evidence it points to.
type plan struct {
	catalog   *lasso.Catalog
	chains    map[chainKey]*chainPlan
	ordered   []*chainPlan
	instances map[lasso.InstanceID]*instance
	refs      map[lasso.InstanceID][]*route // who uses an instance
	byChain   map[lasso.ChainID][]*instance
	polls     map[lasso.InstanceID]time.Duration // interval of probing
	respelled map[*instance]*upstream            // kept instances whose URL is written otherwise now
}

type chainKey struct {
	profile lasso.ProfileID
	chain   lasso.ChainID
}

// chainPlan is one chain of one profile.
type chainPlan struct {
	profile *lasso.Profile
	chain   *lasso.Chain
	head    *head
	routes  []*route // configuration order
	turn    *atomic.Uint64
	fresh   time.Duration // age up to which heights vote
}

// route is one way to one provider, with what it has shown so far.
type route struct {
	lasso.Route
	name        string // "id:transport", for metadata
	provider    *lasso.Provider
	in          *instance
	evidence    *routeEvidence
	drain       *atomic.Pointer[lasso.Override] // of the provider, by an operator; nil in it: none
	unsupported map[string]bool                 // methods
	without     map[string]bool                 // categories
	aged        map[string]bool                 // methods with a block age limit
}

type routeKey struct {
	lasso.Route
	instance lasso.InstanceID
}

// compile builds the plan of a catalog, keeping from the last one what did not
// change.
func (p *Proxy) compile(c *lasso.Catalog, now time.Time) (*plan, error) {
	next := &plan{
		catalog: c, chains: map[chainKey]*chainPlan{}, instances: map[lasso.InstanceID]*instance{}, respelled: map[*instance]*upstream{},
		refs: map[lasso.InstanceID][]*route{}, byChain: map[lasso.ChainID][]*instance{},
		polls: map[lasso.InstanceID]time.Duration{},
	}
	for _, profile := range c.Profiles {
		for _, chain := range profile.Chains {
			key := chainKey{profile.Slug, chain.ID}
			cp := &chainPlan{
				profile: profile, chain: chain, head: p.headOf(chain.ID), turn: p.turnOf(key),
				fresh: max(heightFresh, chain.ProbeInterval*5/2),
			}
			for _, provider := range chain.Providers {
				in, err := p.instanceOf(next, provider, chain.ID, now)
				if err != nil {
					return nil, fmt.Errorf("profile %s, chain %s: %w", profile.Slug, chain.Key, err)
				}
				r := p.newRoute(lasso.Route{Profile: profile.Slug, Chain: chain.ID, Provider: provider.ID, Transport: lasso.HTTP}, provider, in)
				cp.routes = append(cp.routes, r)
				next.refs[in.id] = append(next.refs[in.id], r)
				if every, ok := next.polls[in.id]; !ok || chain.ProbeInterval < every {
					next.polls[in.id] = chain.ProbeInterval
				}
			}
			next.chains[key] = cp
			next.ordered = append(next.ordered, cp)
		}
	}
	return next, nil
}

func (p *Proxy) instanceOf(next *plan, provider *lasso.Provider, chain lasso.ChainID, now time.Time) (*instance, error) {
	if in, ok := next.instances[provider.Instance]; ok {
		return in, nil
	}
	var in *instance
	if last := p.plan.Load(); last != nil {
		in = last.instances[provider.Instance]
	}
	if in == nil || in.up.Load().url != provider.URL { // the same upstream may be spelled anew
		up, err := newUpstream(provider, p.upstreams, p.dialer)
		if err != nil {
			return nil, err
		}
		if in == nil {
			in = newInstance(provider, chain, up, now)
		} else {
			next.respelled[in] = up
		}
	}
	next.instances[in.id] = in
	next.byChain[chain] = append(next.byChain[chain], in)
	return in, nil
}

func (p *Proxy) newRoute(id lasso.Route, provider *lasso.Provider, in *instance) *route {
	set := func(names []string) map[string]bool {
		if len(names) == 0 {
			return nil
		}
		m := make(map[string]bool, len(names))
		for _, n := range names {
			m[n] = true
		}
		return m
	}
	return &route{
		Route: id, name: string(id.Provider) + ":" + id.Transport.String(), provider: provider, in: in,
		evidence:    p.evidenceOf(routeKey{id, in.id}),
		drain:       p.drainOf(id),
		unsupported: set(provider.Capabilities.UnsupportedMethods),
		without:     set(provider.Capabilities.UnsupportedCategories),
		aged:        set(provider.Capabilities.BlockAgeMethods),
	}
}

// headOf, turnOf, evidenceOf and drainOf hand out what must survive reloads. Load holds
// the lock.
func (p *Proxy) headOf(id lasso.ChainID) *head {
	h, ok := p.heads[id]
	if !ok {
		h = new(head)
		p.heads[id] = h
	}
	return h
}

func (p *Proxy) turnOf(key chainKey) *atomic.Uint64 {
	t, ok := p.turns[key]
	if !ok {
		t = new(atomic.Uint64)
		p.turns[key] = t
	}
	return t
}

func (p *Proxy) evidenceOf(key routeKey) *routeEvidence {
	e, ok := p.evidence[key]
	if !ok {
		e = new(routeEvidence)
		p.evidence[key] = e
	}
	return e
}

func (p *Proxy) drainOf(id lasso.Route) *atomic.Pointer[lasso.Override] {
	id.Transport = lasso.AnyTransport // it is of the provider
	d, ok := p.drains[id]
	if !ok {
		d = new(atomic.Pointer[lasso.Override])
		p.drains[id] = d
	}
	return d
}

// prune forgets what was known of routes that the plan no longer has.
func (p *Proxy) prune(next *plan) {
	keep := make(map[routeKey]bool, len(p.evidence))
	drains := make(map[lasso.Route]*atomic.Pointer[lasso.Override], len(p.drains))
	for _, cp := range next.ordered {
		for _, r := range cp.routes {
			keep[routeKey{r.Route, r.in.id}] = true
			id := r.Route
			id.Transport = lasso.AnyTransport
			drains[id] = r.drain
		}
	}
	p.drains = drains
	for key := range p.evidence {
		if !keep[key] {
			delete(p.evidence, key)
		}
	}
	p.marks.keep(func(r lasso.Route) bool {
		cp := next.chains[chainKey{r.Profile, r.Chain}]
		return cp != nil && slices.ContainsFunc(cp.routes, func(have *route) bool { return have.Route == r })
	})
	for id := range p.heads {
		if len(next.byChain[id]) == 0 {
			delete(p.heads, id)
		}
	}
	for key := range p.turns {
		if next.chains[key] == nil {
			delete(p.turns, key)
		}
	}
}

// shared lists the profiles that use an instance.
func (pl *plan) shared(id lasso.InstanceID) []lasso.ProfileID {
	var out []lasso.ProfileID
	for _, r := range pl.refs[id] {
		if !slices.Contains(out, r.Profile) {
			out = append(out, r.Profile)
		}
	}
	slices.Sort(out)
	return out
}
