package store

import (
	"maps"
	"slices"

	"github.com/lasso-rpc/lasso"
)

// foldedMethod is the method under which attempts are recorded when there are
// too many series.
const foldedMethod = "other"

// index finds what is recorded. It is immutable: a change makes a new one, so
// that recording looks things up without a lock.
type index struct {
	series map[seriesKey]*series
	calls  map[callKey]*callTally
	groups map[groupKey]*group
}

// seriesOf returns the series with key k, made when needed. Above the limit it
// is the one of method "other" instead.
func (s *Store) seriesOf(k seriesKey, t int64) *series {
	idx := s.index.Load()
	if r, ok := idx.series[k]; ok {
		return r
	}
	if k.method != foldedMethod && len(idx.series) >= s.cfg.MaxSeries {
		s.folded.Add(1)
		k.method = foldedMethod
		return s.seriesOf(k, t)
	}
	s.mu.Lock()
	old := s.index.Load()
	if r, ok := old.series[k]; ok || (k.method != foldedMethod && len(old.series) >= s.cfg.MaxSeries) {
		s.mu.Unlock()
		if ok {
			return r
		}
		return s.seriesOf(k, t)
	}
	defer s.mu.Unlock()
	next := &index{series: maps.Clone(old.series), calls: old.calls, groups: old.groups}
	g := s.groupIn(next, k.groupKey, t)
	g.mu.Lock()
	r := &series{key: k, group: g, last: t, ring: newRing(seriesLevels, g.ring.from), way: s.routeIn(g, k.transport)}
	g.series = append(g.series, r)
	g.mu.Unlock()
	next.series[k] = r
	s.index.Store(next)
	return r
}

// tallyOf returns the tally with key k, as seriesOf does.
func (s *Store) tallyOf(k callKey, t int64) *callTally {
	idx := s.index.Load()
	if c, ok := idx.calls[k]; ok {
		return c
	}
	if k.method != foldedMethod && len(idx.calls) >= s.cfg.MaxSeries {
		s.folded.Add(1)
		k.method = foldedMethod
		return s.tallyOf(k, t)
	}
	s.mu.Lock()
	old := s.index.Load()
	if c, ok := old.calls[k]; ok || (k.method != foldedMethod && len(old.calls) >= s.cfg.MaxSeries) {
		s.mu.Unlock()
		if ok {
			return c
		}
		return s.tallyOf(k, t)
	}
	defer s.mu.Unlock()
	next := &index{series: old.series, calls: maps.Clone(old.calls), groups: old.groups}
	g := s.groupIn(next, groupKey{profile: k.profile, chain: k.chain}, t)
	c := &callTally{key: k, group: g, last: t}
	g.mu.Lock()
	if g.seconds == nil {
		g.seconds = s.metrics.callSeconds.WithLabelValues(string(k.profile), k.chain.String())
	}
	g.methods = append(g.methods, c)
	g.mu.Unlock()
	next.calls[k] = c
	s.index.Store(next)
	return c
}

// groupOf returns the group with key k, made when needed.
func (s *Store) groupOf(k groupKey, t int64) *group {
	if g, ok := s.index.Load().groups[k]; ok {
		return g
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.index.Load()
	next := &index{series: old.series, calls: old.calls, groups: old.groups}
	g := s.groupIn(next, k, t)
	s.index.Store(next)
	return g
}

// groupIn finds or adds a group in an index that is not published yet. The
// caller holds s.mu.
func (s *Store) groupIn(next *index, k groupKey, t int64) *group {
	if g, ok := next.groups[k]; ok {
		return g
	}
	g := &group{key: k, last: t, ring: newRing(groupLevels, min(t, s.now()))}
	next.groups = maps.Clone(next.groups)
	next.groups[k] = g
	return g
}

// routeIn finds or adds the lifetime counters of a route. The caller holds
// s.mu and g.mu.
func (s *Store) routeIn(g *group, transport lasso.Transport) *route {
	i := min(int(transport), len(g.routes)-1)
	if g.routes[i] == nil {
		g.routes[i] = &route{seconds: s.metrics.attemptSeconds.WithLabelValues(
			string(g.key.profile), g.key.chain.String(), string(g.key.provider), transport.String())}
	}
	return g.routes[i]
}

// expire removes what was not used since the time before, and lets go of
// buckets that no window reaches.
func (s *Store) expire(now, before int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.index.Load()
	next := &index{series: maps.Clone(old.series), calls: maps.Clone(old.calls), groups: maps.Clone(old.groups)}
	for k, g := range old.groups {
		g.mu.Lock()
		g.ring.advance(now)
		g.ring.trim()
		g.errors.trim(now, before)
		g.series = slices.DeleteFunc(g.series, func(r *series) bool {
			r.ring.advance(now)
			r.ring.trim()
			if r.last >= before {
				return false
			}
			r.dead = true
			delete(next.series, r.key)
			return true
		})
		g.methods = slices.DeleteFunc(g.methods, func(c *callTally) bool {
			if c.last >= before {
				return false
			}
			c.dead = true
			delete(next.calls, c.key)
			return true
		})
		if len(g.series)+len(g.methods) == 0 && g.last < before {
			g.dead = true
			delete(next.groups, k)
			s.metrics.forget(k)
		}
		g.mu.Unlock()
	}
	s.index.Store(next)
}

// groups lists what a read is about. Empty profile and chain 0 mean all.
// Without provider it is the client calls when calls is set, and else all
// providers.
func (s *Store) groups(p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, calls bool) []*group {
	idx := s.index.Load()
	if p != "" && c != 0 && (provider != "" || calls) {
		if g, ok := idx.groups[groupKey{p, c, provider}]; ok {
			return []*group{g}
		}
		return nil
	}
	var found []*group
	for k, g := range idx.groups {
		switch {
		case p != "" && k.profile != p, c != 0 && k.chain != c:
		case provider != "":
			if k.provider == provider {
				found = append(found, g)
			}
		case calls == (k.provider == ""):
			found = append(found, g)
		}
	}
	return found
}
