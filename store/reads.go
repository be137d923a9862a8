package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Totals sums the client calls of a scope; its provider does not matter.
// Callers do not change the maps of an answer.
func (m *MetricsStore) Totals(s lasso.Scope) lasso.Answer[lasso.CallFigures] {
	s.Provider = ""
	return derive(m, m.kinds.totals, "totals", s, func(parts []part[*snapshot]) lasso.CallFigures {
		return sumOf(parts).callFigures()
	})
}

// Leaderboard has a row for each provider with attempts, the one with most
// client attempts first. Name and Status are left empty. With chain 0,
// providers with the same id are one row. Callers own the rows of Data, not
// the maps in them.
func (m *MetricsStore) Leaderboard(s lasso.Scope) lasso.Answer[[]lasso.ProviderFigures] {
	s.Provider = ""
	return owned(derive(m, m.kinds.providers, "leaderboard", s, func(parts []part[*snapshot]) []lasso.ProviderFigures {
		return sumOf(parts).providerFigures()
	}))
}

// Methods has a row for each method with client attempts, the most used first.
// An empty provider means all of them together.
func (m *MetricsStore) Methods(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	return owned(derive(m, m.kinds.methods, "methods", s, func(parts []part[*snapshot]) []lasso.MethodFigures {
		all := sumOf(parts)
		if s.Provider == "" {
			all = all.together()
		}
		return all.methodFigures()
	}))
}

// MethodsByProvider is Methods with a row for each provider and method.
func (m *MetricsStore) MethodsByProvider(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	s.Provider = ""
	return owned(derive(m, m.kinds.methods, "methods by provider", s, func(parts []part[*snapshot]) []lasso.MethodFigures {
		return sumOf(parts).methodFigures()
	}))
}

// Series has the steps of a window, the oldest first: 60 steps of 1 s, 5 s,
// 15 s or a minute, and 96 of 15 minutes for a day. The last step is the
// current one and still filling; it and those that not all nodes have told of
// are Open. With an empty provider the steps count client
// calls, else the client attempts on that provider. A call whose caller left is
// not counted in Failed of a provider.
func (m *MetricsStore) Series(s lasso.Scope) lasso.Answer[[]lasso.Point] {
	now, v := m.local.cfg.Now(), steps(s.Window)
	a := derive(m, m.kinds.steps, "series", s, func(parts []part[*snapshot]) []lasso.Point {
		return sumOf(parts).points(now, v, s.Provider != "")
	})
	// What one node has told later than another is no news of both.
	told := now.Add(-a.Age)
	if m.peers != nil {
		told = told.Add(-max(m.local.cfg.CacheFor, 0)) // another node may have read its answer so long before
	}
	a.Data = opened(a.Data, v, told)
	a.ByRegion = slices.Clone(a.ByRegion)
	for i := range a.ByRegion {
		r := &a.ByRegion[i]
		r.Data = opened(r.Data, v, told)
		r.ByNode = slices.Clone(r.ByNode)
		for k := range r.ByNode {
			r.ByNode[k].Data = opened(r.ByNode[k].Data, v, told)
		}
	}
	return a
}

// opened is a copy of points with those marked that were not over when the last
// node told.
func opened(points []lasso.Point, v level, told time.Time) []lasso.Point {
	points = slices.Clone(points)
	for i := range points {
		points[i].Open = points[i].At.Add(v.width).After(told)
	}
	return points
}

// Histogram has the latencies of a window in 22 bars of equal width on a
// logarithmic axis from 1 ms to 4 s; what is slower is in the last, what is
// faster in the first. They are client calls with an empty provider, else the
// client attempts on it.
func (m *MetricsStore) Histogram(s lasso.Scope) lasso.Answer[[]lasso.Bin] {
	k := m.kinds.totals
	provider := s.Provider
	if provider != "" {
		k, s.Provider = m.kinds.providers, ""
	}
	return owned(derive(m, k, "histogram "+string(provider), s, func(parts []part[*snapshot]) []lasso.Bin {
		return histogram(sumOf(parts).rows[row{provider: provider}])
	}))
}

// History is the last 60 minutes of a provider, the oldest first and the
// current one last: its worst status on any node of the scope. A minute in
// which nothing was observed has StatusUnset. An empty provider means all.
func (m *MetricsStore) History(s lasso.Scope) lasso.Answer[[]lasso.Cell] {
	now := m.local.cfg.Now()
	provider := s.Provider
	s.Provider, s.Window = "", lasso.Hour
	return owned(derive(m, m.kinds.history, "history "+string(provider), s, func(parts []part[strips]) []lasso.Cell {
		var all [][]lasso.Cell
		for _, p := range parts {
			for id, strip := range p.data {
				if provider == "" || id == provider {
					all = append(all, strip)
				}
			}
		}
		return mergeStrips(now, all)
	}))
}

// Errors has the failures of a provider, equal ones grouped, the most frequent
// first. Probes are included: a provider without traffic fails by its probes.
// Block numbers, hashes and the like are taken out of the messages, and each
// node keeps at most 64 groups of a provider. An empty provider means all.
func (m *MetricsStore) Errors(s lasso.Scope) lasso.Answer[[]lasso.ErrorSample] {
	return owned(derive(m, m.kinds.errors, "errors", s, func(parts []part[[]lasso.ErrorSample]) []lasso.ErrorSample {
		byFailure := map[failure]lasso.ErrorSample{}
		for _, p := range parts {
			for _, e := range p.data {
				f := failure{e.Category, e.Message}
				have, ok := byFailure[f]
				if !ok {
					have = lasso.ErrorSample{Message: e.Message, Category: e.Category}
				}
				have.Count += e.Count
				if e.LastAt.After(have.LastAt) {
					have.LastAt = e.LastAt
				}
				byFailure[f] = have
			}
		}
		list := make([]lasso.ErrorSample, 0, len(byFailure))
		for _, e := range byFailure {
			list = append(list, e)
		}
		sortErrors(list)
		return list
	}))
}

func sortErrors(list []lasso.ErrorSample) {
	slices.SortFunc(list, func(x, y lasso.ErrorSample) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), y.LastAt.Compare(x.LastAt),
			cmp.Compare(x.Message, y.Message), cmp.Compare(x.Category, y.Category))
	})
}

// owned gives the caller rows of its own: what is made is read by others too.
func owned[T any](a lasso.Answer[[]T]) lasso.Answer[[]T] {
	a.Data = slices.Clone(a.Data)
	return a
}

// together adds up the rows of all providers.
func (s *snapshot) together() *snapshot {
	all := &snapshot{covered: s.covered, since: s.since, rows: map[row]*sums{}}
	for k, v := range s.rows {
		_ = all.add(row{method: k.method, step: k.step}, v) // one scale: it can not fail
	}
	return all
}
