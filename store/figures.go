package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// coldBelow is how many client attempts figures need to be trusted.
const coldBelow = 10

// totals gathers the client calls: one row.
func (s *Store) totals(p lasso.ProfileID, c lasso.ChainID, w lasso.Window) *snapshot {
	return s.gatherGroups(s.groups(p, c, "", true), w)
}

// providers gathers the attempts: a row for each provider.
func (s *Store) providers(p lasso.ProfileID, c lasso.ChainID, w lasso.Window) *snapshot {
	return s.gatherGroups(s.groups(p, c, "", false), w)
}

func (s *Store) gatherGroups(groups []*group, w lasso.Window) *snapshot {
	now, v := s.now(), span(w)
	snap := &snapshot{covered: s.covered(now, v), rows: map[row]*sums{}}
	a := s.accumulator()
	defer s.scratch.Put(a)
	for _, g := range groups {
		a.reset()
		g.mu.Lock()
		g.ring.advance(now)
		g.ring.window(v, a)
		g.mu.Unlock()
		s.keep(snap, row{provider: g.key.provider}, a, time.Time{})
	}
	return snap
}

// methods gathers the client attempts by method. It holds a provider's lock
// for one series at a time.
func (s *Store) methods(
	p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, w lasso.Window, byProvider bool,
) *snapshot {
	now, v := s.now(), span(w)
	snap := &snapshot{covered: s.covered(now, v), rows: map[row]*sums{}}
	a := s.accumulator()
	defer s.scratch.Put(a)
	for _, g := range s.groups(p, c, provider, false) {
		g.mu.Lock()
		list := slices.Clone(g.series)
		g.mu.Unlock()
		for _, r := range list {
			if r.key.origin != lasso.Client {
				continue
			}
			k := row{method: r.key.method}
			if byProvider {
				k.provider = g.key.provider
			}
			a.reset()
			g.mu.Lock()
			r.ring.advance(now)
			r.ring.window(v, a)
			last := r.last
			g.mu.Unlock()
			s.keep(snap, k, a, s.wall(last))
		}
	}
	return snap
}

// keep adds what was accumulated to a row, unless it is nothing.
func (s *Store) keep(snap *snapshot, k row, a *accumulator, lastAt time.Time) {
	if a.calls+a.probes == 0 {
		return
	}
	add := a.sums(s.scale)
	add.lastAt = lastAt
	if have, ok := snap.rows[k]; ok {
		_ = have.merge(add) // one scale: it can not fail
		return
	}
	snap.rows[k] = add
}

func (s *Store) accumulator() *accumulator {
	if a, ok := s.scratch.Get().(*accumulator); ok {
		a.reset()
		return a
	}
	return &accumulator{lo: maxBins}
}

// covered is the time a window read now speaks for: from the start of its
// oldest bucket, or of the process when that is later; at least a second.
func (s *Store) covered(now int64, v level) time.Duration {
	oldest := (now/int64(v.width) - int64(v.slots) + 1) * int64(v.width)
	return max(time.Duration(now-max(oldest, s.lead)), time.Second)
}

func (s *snapshot) callFigures() lasso.CallFigures {
	t, ok := s.rows[row{}]
	if !ok {
		t = &sums{}
	}
	return lasso.CallFigures{
		Calls:       t.calls,
		Failed:      t.calls - t.answered,
		Local:       t.local,
		Failovers:   t.failovers,
		Errors:      t.byCategory(),
		BytesIn:     t.in,
		BytesOut:    t.out,
		PerSecond:   s.perSecond(t.calls),
		SuccessRate: t.success(),
		Latency:     t.quantiles(),
	}
}

func (s *snapshot) providerFigures() []lasso.ProviderFigures {
	var all uint64
	for _, t := range s.rows {
		all += t.calls
	}
	rows := make([]lasso.ProviderFigures, 0, len(s.rows))
	for k, t := range s.rows {
		rows = append(rows, lasso.ProviderFigures{
			Provider:     k.provider,
			Calls:        t.calls,
			Errors:       t.failed(),
			SuccessRate:  t.success(),
			Quantiles:    t.quantiles(),
			TrafficShare: ratio(t.calls, all),
			Failovers:    t.failovers,
			PerSecond:    s.perSecond(t.calls),
			ByCategory:   t.byCategory(),
			BytesIn:      t.in,
			BytesOut:     t.out,
			Probes:       t.probes,
			ProbesPerMin: s.perSecond(t.probes) * 60,
			ProbeShare:   ratio(t.probes, t.probes+t.calls),
			Cold:         t.calls < coldBelow,
		})
	}
	slices.SortFunc(rows, func(x, y lasso.ProviderFigures) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Provider, y.Provider))
	})
	return rows
}

func (s *snapshot) methodFigures() []lasso.MethodFigures {
	rows := make([]lasso.MethodFigures, 0, len(s.rows))
	for k, t := range s.rows {
		rows = append(rows, lasso.MethodFigures{
			Method:      k.method,
			Provider:    k.provider,
			Calls:       t.calls,
			Errors:      t.failed(),
			SuccessRate: t.success(),
			Quantiles:   t.quantiles(),
			PerSecond:   s.perSecond(t.calls),
			LastAt:      t.lastAt,
		})
	}
	slices.SortFunc(rows, func(x, y lasso.MethodFigures) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Provider, y.Provider))
	})
	return rows
}

func (s *snapshot) perSecond(n uint64) float64 { return float64(n) / s.covered.Seconds() }
