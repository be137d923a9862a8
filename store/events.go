package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// eventsFresh is the age from which others are asked again: who looks at a
// breaker waits for it to close.
const eventsFresh = 5 * time.Second

// maxMemory bounds what a node tells of events at a time, in bytes.
const maxMemory = 512 << 10

// told checks the texts of an event of another node.
func told(e *lasso.Event) bool {
	return short(string(e.Kind), e.Title, e.Detail, string(e.Profile), string(e.Provider))
}

// memory is what a node remembers of a provider.
type memory struct {
	Since  time.Time   `json:"since"` // all there was from then on is in Events
	Events []wireEvent `json:"events"`
}

// wireEvent is an event as it crosses the mesh.
type wireEvent struct {
	Seq   uint64      `json:"seq"`
	Event lasso.Event `json:"event"`
}

// remember gathers the events of this node, newest first.
func (s *Store) remember(q *question) *memory {
	// What is forgotten while the events are read is not claimed to be known.
	most := lasso.MaxEvents
	if q.Provider == "" {
		most = lasso.MaxLog
	}
	items := s.Feed(lasso.FeedQuery{Profile: q.Profile, Chain: q.Chain, Provider: q.Provider, Kinds: lasso.FeedEvents, Limit: most})
	m := &memory{Since: s.remembers(), Events: make([]wireEvent, 0, len(items))}
	for _, it := range items {
		e := *it.Event
		e.Title, e.Detail = cutText(e.Title, maxTailText), cutText(e.Detail, maxTailText)
		m.Events = append(m.Events, wireEvent{it.Seq, e})
	}
	if len(items) == most { // there may have been more
		m.reachesBackTo()
	}
	return m
}

// reachesBackTo moves the time from which on all is known to the oldest event.
func (m *memory) reachesBackTo() {
	if n := len(m.Events); n > 0 && m.Events[n-1].Event.At.After(m.Since) {
		m.Since = m.Events[n-1].Event.At
	}
}

// remembers is the time from which on no event is forgotten.
func (s *Store) remembers() time.Time {
	f := &s.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if oldest := f.events.oldest(); oldest != nil {
		return oldest.value.At
	}
	return s.wall(s.lead)
}

// encodeMemory writes the newest events, as many as maxMemory has room for.
func encodeMemory(_ *Store, m *memory) ([]byte, error) {
	for {
		b, err := json.Marshal(m)
		if err != nil || len(b) <= maxMemory || len(m.Events) == 0 {
			return b, err
		}
		m = &memory{Since: m.Since, Events: m.Events[:min(len(m.Events)*maxMemory/len(b), len(m.Events)-1)]}
		m.reachesBackTo()
	}
}

func decodeMemory(s *Store, b []byte) (*memory, error) {
	m := new(memory)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if len(m.Events) > lasso.MaxLog {
		return nil, fmt.Errorf("events: %d, at most %d are read", len(m.Events), lasso.MaxLog)
	}
	now := s.cfg.Now()
	latest := now.Add(maxTailDrift)
	if m.Since.IsZero() || m.Since.After(latest) {
		return nil, errors.New("events: the time since when they are known does not hold together")
	}
	for i := range m.Events {
		if e := &m.Events[i].Event; !told(e) || e.At.After(latest) || e.At.IsZero() {
			return nil, errors.New("events: one does not hold together")
		}
		if i > 0 && m.Events[i].Seq >= m.Events[i-1].Seq { // newest first, and each once
			return nil, errors.New("events: they are not in order")
		}
	}
	if m.Since.After(now) { // its clock is ahead
		m.Since = now
	}
	return m, nil
}

// Events are what happened to a provider on all nodes of a scope, newest first,
// at most lasso.MaxEvents of each node. An empty provider means all of them, and
// at most lasso.MaxLog. They are what the nodes remember, whether or not anybody
// watched: the window does not matter.
func (m *MetricsStore) Events(s lasso.Scope) lasso.Answer[lasso.EventLog] {
	s.Window = lasso.Hour
	asked := lasso.FeedQuery{Profile: s.Profile, Chain: s.Chain, Provider: s.Provider}
	a := derive(m, m.kinds.events, "events", s, func(parts []part[*memory]) lasso.EventLog {
		log := lasso.EventLog{Since: map[lasso.NodeID]time.Time{}}
		for _, p := range parts {
			if p.data.Since.After(log.Since[p.node]) {
				log.Since[p.node] = p.data.Since
			}
			for i := range p.data.Events {
				if e := &p.data.Events[i]; asked.MatchesEvent(&e.Event) { // another node may tell what it was not asked for
					log.Items = append(log.Items, lasso.FeedItem{Seq: e.Seq, Number: e.Seq, Node: p.node, Region: p.region, Event: &e.Event})
				}
			}
		}
		slices.SortStableFunc(log.Items, later)
		return log
	})
	a.Data.Items, a.Data.Since = slices.Clone(a.Data.Items), maps.Clone(a.Data.Since) // the caller's own
	return a
}
