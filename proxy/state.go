package proxy

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// degradedProbes is how many checks have to fail in a row.
const degradedProbes = 2

// judgeRoute gives the condition of a route, without its since.
func judgeRoute(cp *chainPlan, r *route, now time.Time) lasso.Condition {
	answered, failures, reason, since, next, _ := r.in.health.read()
	b := r.in.breakers[slot(r.Transport)].read(now)
	wrong, limit := r.in.wrong.Load(), r.in.limits[slot(r.Transport)].get(now)
	share, degraded, held := r.in.rolling.judge(now)
	blockTime, _ := cp.head.blockTime(cp.chain.BlockTime)
	behind := lagOf(r.in.height.Load(), cp.head.number(), now, blockTime)
	allowed := cp.chain.MaxLagBlocks
	if allowed < 0 {
		allowed = cp.chain.LagAlert
	}
	if d := r.drain.Load(); d != nil {
		return lasso.Condition{Status: lasso.Drained, Reason: d.Says("Drained"), Since: d.Since}
	}
	switch {
	case b.State == lasso.Open:
		return lasso.Condition{Status: lasso.CircuitOpen, Reason: b.Reason, Since: b.Since, Next: b.Next}
	case limit != nil:
		return lasso.Condition{Status: lasso.RateLimited, Reason: limit.reason, Since: limit.since, Next: limit.until}
	case b.State == lasso.HalfOpen:
		return lasso.Condition{
			Status: lasso.TestingRecovery, Since: b.Since, Next: next,
			Reason: fmt.Sprintf("Half-open: %d of %d trial requests passed", b.Successes, b.Needed),
		}
	case wrong != nil:
		return lasso.Condition{
			Status: lasso.Degraded, Since: wrong.since, Next: next,
			Reason: fmt.Sprintf("Answers with chain id %d, not %d: taken out", wrong.seen, cp.chain.ID),
		}
	case failures >= degradedProbes:
		return lasso.Condition{Status: lasso.Degraded, Reason: fmt.Sprintf("%d checks failed in a row, last: %s", failures, reason), Since: since, Next: next}
	case degraded:
		c := lasso.Condition{Status: lasso.Degraded, Next: next, Reason: fmt.Sprintf("Success %.2f %% over 60 s, limit %.0f %%", share*100, degradedBelow*100)}
		if held >= time.Second {
			c.Reason = fmt.Sprintf("Success was below %.0f %% until %d s ago", degradedBelow*100, held/time.Second)
		}
		return c
	case behind.known && behind.optimistic > int64(allowed):
		return lasso.Condition{Status: lasso.Lagging, Reason: fmt.Sprintf("%d blocks behind, limit %d", behind.behind, allowed), Next: next}
	case !answered:
		return lasso.Condition{Status: lasso.Unknown, Reason: "No answer to a check since start", Since: since, Next: next}
	}
	if b.Forced != nil {
		return lasso.Condition{Status: lasso.Healthy, Reason: b.Reason, Since: b.Since, Next: next}
	}
	return lasso.Condition{Status: lasso.Healthy, Next: next}
}

// marks remembers since when each route has had its status.
type marks struct {
	mu sync.Mutex
	m  map[lasso.Route]mark
}

type mark struct {
	status lasso.Status
	since  time.Time
}

// keep forgets the routes that wanted does not name.
func (m *marks) keep(wanted func(lasso.Route) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.m, func(r lasso.Route, _ mark) bool { return !wanted(r) })
}

// condition gives the condition of a route with the time it began.
func (p *Proxy) condition(cp *chainPlan, r *route, now time.Time) lasso.Condition {
	c := judgeRoute(cp, r, now)
	if !c.Since.IsZero() {
		return c
	}
	c.Since = now
	p.marks.mu.Lock()
	defer p.marks.mu.Unlock()
	if m, ok := p.marks.m[r.Route]; ok && m.status == c.Status {
		c.Since = m.since
	}
	return c
}

// watch notices changes that no attempt announces: lag, degradation, recovery
// of either.
type watch struct{ p *Proxy }

func newWatch(p *Proxy) *watch { return &watch{p: p} }

func (w *watch) look(now time.Time) {
	pl := w.p.plan.Load()
	if pl == nil {
		return
	}
	done := map[lasso.ChainID]bool{}
	for _, cp := range pl.ordered {
		if !done[cp.chain.ID] {
			done[cp.chain.ID] = true
			w.p.updateHead(pl, cp.chain.ID, now)
		}
	}
	for _, cp := range pl.ordered {
		for _, r := range cp.routes {
			w.route(cp, r, now)
		}
	}
}

func (w *watch) route(cp *chainPlan, r *route, now time.Time) {
	c := judgeRoute(cp, r, now)
	w.p.marks.mu.Lock()
	last, seen := w.p.marks.m[r.Route]
	if !seen || last.status != c.Status {
		since := now
		if !c.Since.IsZero() {
			since = c.Since
		}
		w.p.marks.m[r.Route] = mark{status: c.Status, since: since}
	}
	w.p.marks.mu.Unlock()
	if !seen || last.status == c.Status || !silent(last.status) || !silent(c.Status) {
		return // breakers and limits tell of themselves
	}
	kind := lasso.EventProbe
	if c.Status == lasso.Lagging || last.status == lasso.Lagging {
		kind = lasso.EventHeight
	}
	w.p.rec.Event(lasso.Event{
		At: now, Kind: kind, Profile: r.Profile, Chain: r.Chain, Provider: r.Provider, Transport: r.Transport,
		Status: c.Status, Title: c.Status.Word(), Detail: c.Reason,
	})
}

func silent(s lasso.Status) bool {
	return s == lasso.Degraded || s == lasso.Lagging || s == lasso.Healthy || s == lasso.Unknown
}

// ChainStates returns what is known of the chains of a profile, in
// configuration order; nil for an unknown profile. The caller owns it.
func (p *Proxy) ChainStates(profile lasso.ProfileID) []lasso.ChainState {
	pl := p.plan.Load()
	if pl == nil {
		return nil
	}
	now := p.cfg.Now()
	var out []lasso.ChainState
	for _, cp := range pl.ordered {
		if cp.profile.Slug == profile {
			out = append(out, p.chainState(pl, cp, now))
		}
	}
	return out
}

func (p *Proxy) chainState(pl *plan, cp *chainPlan, now time.Time) lasso.ChainState {
	s := lasso.ChainState{
		Profile: cp.profile.Slug, Chain: cp.chain.ID, Name: cp.chain.Name, Alias: cp.chain.Key,
		Status: lasso.Healthy, MaxLag: cp.chain.MaxLagBlocks,
	}
	if m := cp.head.now.Load(); m != nil {
		s.Head, s.HeadAt = m.number, m.at
	}
	s.BlockTime, s.BlockTimeMeasured = cp.head.blockTime(cp.chain.BlockTime)
	for _, r := range cp.routes {
		ps := p.providerState(pl, cp, r, now)
		s.Providers = append(s.Providers, ps)
		if ps.Drained == nil {
			s.Status = s.Status.Worse(ps.Condition.Status)
		}
		if usable(r, now) {
			s.Usable++
		}
	}
	if s.Usable == 0 {
		s.Status = lasso.CircuitOpen
	}
	return s
}

// usable reports whether a route would be tried at all.
func usable(r *route, now time.Time) bool {
	return r.drain.Load() == nil && r.in.wrong.Load() == nil && r.in.breakers[slot(r.Transport)].circuit(now) != lasso.Open
}

func (p *Proxy) providerState(pl *plan, cp *chainPlan, r *route, now time.Time) lasso.ProviderState {
	c := p.condition(cp, r, now)
	s := lasso.ProviderState{
		Profile: r.Profile, Chain: r.Chain, Provider: r.Provider, Name: r.provider.Name, Instance: r.in.id,
		Condition: c, Drained: r.drain.Load(), Priority: r.provider.Priority, Archival: r.provider.Archival,
		ChainSeen: r.in.chainSeen.Load(), MaxBlockRange: r.provider.Capabilities.MaxBlockRange, SharedBy: pl.shared(r.in.id),
	}
	_, _, _, _, _, s.ProbeEvery = r.in.health.read()
	state := lasso.RouteState{Transport: r.Transport, Condition: c, Breaker: r.in.breakers[slot(r.Transport)].read(now)}
	if l := r.in.limits[slot(r.Transport)].get(now); l != nil {
		state.LimitedUntil, state.LimitReason = l.until, l.reason
	}
	s.Routes = []lasso.RouteState{state}
	if m := r.in.height.Load(); m != nil {
		s.Height, s.HeightAt = m.number, m.at
		blockTime, _ := cp.head.blockTime(cp.chain.BlockTime)
		l := lagOf(m, cp.head.number(), now, blockTime)
		s.Behind, s.Optimistic = l.behind, l.optimistic
	}
	return s
}

// Ready reports whether at least one chain of any profile has a provider that
// has answered and would be tried, and if not, why.
func (p *Proxy) Ready() (ready bool, reasons []string) {
	pl := p.plan.Load()
	if pl == nil {
		return false, []string{"no configuration is loaded"}
	}
	now := p.cfg.Now()
	for _, cp := range pl.ordered {
		var worst lasso.Condition
		for _, r := range cp.routes {
			answered, _, _, _, _, _ := r.in.health.read()
			if answered && usable(r, now) {
				return true, nil
			}
			worst = p.condition(cp, r, now)
		}
		reasons = append(reasons, fmt.Sprintf("%s/%s: none of %d providers is usable; the last: %s, %s",
			cp.profile.Slug, cp.chain.Key, len(cp.routes), worst.Status.Word(), worst.Reason))
	}
	if len(reasons) == 0 {
		reasons = []string{"no chain is configured"}
	}
	return false, reasons
}
