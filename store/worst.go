package store

import (
	"slices"

	"github.com/lasso-rpc/lasso"
)

// ChainStates are the states of a profile's chains over the nodes of a place,
// or over all: the worst status and breaker of each provider on any node
// that can be heard, the most blocks behind and the height there, the highest head. Chains and
// providers that only other nodes have stand behind those of this one.
func (b *Board) ChainStates(p lasso.ProfileID, at lasso.Place) []lasso.ChainState {
	var all []lasso.ChainState
	for _, v := range b.Views(p) {
		if !v.Lost.IsZero() || !at.Has(v.Node, v.Region) {
			continue
		}
		for _, c := range v.Chains {
			i := slices.IndexFunc(all, func(o lasso.ChainState) bool { return o.Chain == c.Chain })
			if i < 0 {
				c.Providers = slices.Clone(c.Providers)
				all = append(all, c)
				continue
			}
			worsenChain(&all[i], &c)
		}
	}
	return all
}

func worsenChain(c, o *lasso.ChainState) {
	c.Status = c.Status.Worse(o.Status)
	c.Usable = min(c.Usable, o.Usable)
	if o.Head > c.Head {
		c.Head, c.HeadAt = o.Head, o.HeadAt
	}
	places := providerPlaces(c.Providers)
	for i := range o.Providers {
		p := &o.Providers[i]
		if at, ok := places[p.Provider]; ok {
			worsenProvider(&c.Providers[at], p)
			continue
		}
		places[p.Provider] = len(c.Providers)
		c.Providers = append(c.Providers, *p)
	}
}

// providerPlaces is where each provider stands in a list.
func providerPlaces(list []lasso.ProviderState) map[lasso.ProviderID]int {
	places := make(map[lasso.ProviderID]int, len(list))
	for i := range list {
		places[list[i].Provider] = i
	}
	return places
}

func worsenProvider(p, o *lasso.ProviderState) {
	if w := p.Condition.Status.Worse(o.Condition.Status); w != p.Condition.Status {
		p.Condition = o.Condition
	}
	if p.Drained == nil {
		p.Drained = o.Drained
	}
	p.Optimistic = max(p.Optimistic, o.Optimistic)
	// The height goes with the distance: both are of the node where it lags most.
	if o.Behind > p.Behind || o.Behind == p.Behind && (o.Height > p.Height || o.Height == p.Height && o.HeightAt.After(p.HeightAt)) {
		p.Behind, p.Height, p.HeightAt = o.Behind, o.Height, o.HeightAt
	}
	p.Routes = slices.Clone(p.Routes)
	for _, r := range o.Routes {
		i := slices.IndexFunc(p.Routes, func(q lasso.RouteState) bool { return q.Transport == r.Transport })
		switch {
		case i < 0:
			p.Routes = append(p.Routes, r)
		case worseRoute(&r, &p.Routes[i]):
			p.Routes[i] = r
		}
	}
}

func worseRoute(r, than *lasso.RouteState) bool {
	if r.Breaker.State != than.Breaker.State {
		return severity(r.Breaker.State) > severity(than.Breaker.State)
	}
	if s := than.Condition.Status; s != r.Condition.Status {
		return s.Worse(r.Condition.Status) != s
	}
	return r.Breaker.Forced != nil && than.Breaker.Forced == nil // what an operator did is to be seen
}

func severity(c lasso.Circuit) int {
	switch c {
	case lasso.Open:
		return 2
	case lasso.HalfOpen:
		return 1
	case lasso.Closed:
	}
	return 0
}
