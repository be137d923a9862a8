package proxy

import (
	"slices"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Operate does what an operator wants with a provider of this node. It holds
// from the next call on, over reloads as long as the provider is configured (a
// forced breaker: with the same endpoint and credentials, which is what has a
// breaker), and ends with the process. What changed is told as an event. A check is begun
// by Run, and not waited for.
func (p *Proxy) Operate(o lasso.Order) lasso.OrderResult {
	p.mu.Lock() // a reload must not carry off what is decided meanwhile
	defer p.mu.Unlock()
	pl := p.plan.Load()
	if pl == nil {
		return lasso.OrderNotFound
	}
	cp := pl.chains[chainKey{o.Route.Profile, o.Route.Chain}]
	if cp == nil {
		return lasso.OrderNotFound
	}
	i := slices.IndexFunc(cp.routes, func(r *route) bool {
		return r.Provider == o.Route.Provider && (!o.Action.OfBreaker() || r.Transport == o.Route.Transport)
	})
	if i < 0 {
		return lasso.OrderNotFound
	}
	r, now := cp.routes[i], p.cfg.Now()
	by := lasso.Override{Reason: lasso.OrderReason(o.Reason), Since: now}
	switch o.Action {
	case lasso.ActionCheck:
		return p.checkNow(cp, r, by)
	case lasso.ActionDrain:
		if !r.drain.CompareAndSwap(nil, &by) {
			return lasso.OrderUnchanged
		}
		p.ordered(cp, r, by, "Drained")
		return lasso.OrderDone
	case lasso.ActionResume:
		if r.drain.Swap(nil) == nil {
			return lasso.OrderUnchanged
		}
		p.ordered(cp, r, by, "Resumed")
		return lasso.OrderDone
	case lasso.ActionForceOpen:
		return p.force(r, now, &forced{by, lasso.Open}, by)
	case lasso.ActionForceClosed:
		return p.force(r, now, &forced{by, lasso.Closed}, by)
	case lasso.ActionAutomatic:
		return p.force(r, now, nil, by)
	}
	return lasso.OrderNotFound
}

// checkNow asks for a probe at once, seldom enough to be no burden.
func (p *Proxy) checkNow(cp *chainPlan, r *route, by lasso.Override) lasso.OrderResult {
	last := r.in.asked.Load()
	if by.Since.Sub(time.Unix(0, last)) < lasso.CheckEvery && last != 0 {
		return lasso.OrderTooSoon
	}
	r.in.asked.Store(by.Since.UnixNano()) // p.mu is held
	select {
	case r.in.look <- struct{}{}:
	default: // the one before is about to begin
	}
	p.ordered(cp, r, by, "Checked now")
	return lasso.OrderDone
}

// force sets the breaker of a route, or makes it automatic again.
func (p *Proxy) force(r *route, now time.Time, f *forced, by lasso.Override) lasso.OrderResult {
	t := r.in.breakers[slot(r.Transport)].force(now, f)
	if t == nil {
		return lasso.OrderUnchanged
	}
	name := strings.ToUpper(r.Transport.String())
	title := name + " set to automatic by an operator"
	switch {
	case f != nil && f.to == lasso.Open:
		title = name + " forced open by an operator"
	case f != nil:
		title = name + " forced closed by an operator"
	}
	p.tell(r.in, r.Transport, lasso.Event{At: now, Kind: lasso.EventBreaker, Status: circuitStatus(t.to), Title: title, Detail: by.Reason, Operator: true})
	return lasso.OrderDone
}

// ordered tells what an operator did to a provider. Whoever passed the order on
// writes it down.
func (p *Proxy) ordered(cp *chainPlan, r *route, by lasso.Override, what string) {
	e := lasso.Event{
		At: by.Since, Kind: lasso.EventOrder, Profile: r.Profile, Chain: r.Chain, Provider: r.Provider, Transport: r.Transport,
		Status: judgeRoute(cp, r, by.Since).Status, Title: what + " by an operator", Detail: by.Reason, Operator: true,
	}
	p.rec.Event(e)
}
