package store

import (
	"cmp"
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
	items := s.Feed(lasso.FeedQuery{Profile: q.Profile, Chain: q.Chain, Provider: q.Provider, Kinds: lasso.FeedEvents, Limit: lasso.MaxEvents})
	m := &memory{Since: s.remembers(), Events: make([]wireEvent, 0, len(items))}
	for _, it := range items {
		m.Events = append(m.Events, wireEvent{it.Seq, *it.Event})
	}
	if n := len(items); n == lasso.MaxEvents && items[n-1].Event.At.After(m.Since) { // there may have been more
		m.Since = items[n-1].Event.At
	}
	return m
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

func encodeMemory(_ *Store, m *memory) ([]byte, error) { return json.Marshal(m) }

func decodeMemory(s *Store, b []byte) (*memory, error) {
	m := new(memory)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if len(m.Events) > lasso.MaxEvents {
		return nil, fmt.Errorf("events: %d, at most %d are read", len(m.Events), lasso.MaxEvents)
	}
	latest := s.cfg.Now().Add(maxTailDrift)
	if m.Since.IsZero() || m.Since.After(latest) {
		return nil, errors.New("events: the time since when they are known does not hold together")
	}
	for i := range m.Events {
		if e := &m.Events[i].Event; !told(e) || e.At.After(latest) || e.At.IsZero() {
			return nil, errors.New("events: one does not hold together")
		}
	}
	return m, nil
}

// Events are what happened to a provider on all nodes of a scope, newest first,
// at most 200 of each node. They are what the nodes remember, whether or not
// anybody watched: the window does not matter. An empty provider means all.
func (m *MetricsStore) Events(s lasso.Scope) lasso.Answer[lasso.EventLog] {
	s.Window = lasso.Hour
	a := derive(m, m.kinds.events, "events", s, func(parts []part[*memory]) lasso.EventLog {
		log := lasso.EventLog{Since: map[lasso.NodeID]time.Time{}}
		for _, p := range parts {
			if p.data.Since.After(log.Since[p.node]) {
				log.Since[p.node] = p.data.Since
			}
			for i := range p.data.Events {
				e := &p.data.Events[i]
				log.Items = append(log.Items, lasso.FeedItem{Seq: e.Seq, Number: e.Seq, Node: p.node, Region: p.region, Event: &e.Event})
			}
		}
		slices.SortStableFunc(log.Items, func(x, y lasso.FeedItem) int {
			return cmp.Or(y.Event.At.Compare(x.Event.At), cmp.Compare(x.Node, y.Node), cmp.Compare(y.Seq, x.Seq))
		})
		return log
	})
	a.Data.Items, a.Data.Since = slices.Clone(a.Data.Items), maps.Clone(a.Data.Since) // the caller's own
	return a
}
