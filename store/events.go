package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// eventsFresh is the age from which others are asked again: who looks at a
// breaker waits for it to close.
const eventsFresh = 5 * time.Second

// told checks the texts of an event of another node.
func told(e *lasso.Event) bool {
	for _, text := range []string{string(e.Kind), e.Title, e.Detail, string(e.Profile), string(e.Provider)} {
		if len(text) > maxTailText {
			return false
		}
	}
	return true
}

// happened are the events of one node, newest first.
func (s *Store) happened(q *question) []lasso.FeedItem {
	return s.Feed(lasso.FeedQuery{Profile: q.Profile, Chain: q.Chain, Provider: q.Provider, Kinds: lasso.FeedEvents, Limit: lasso.MaxEvents})
}

// wireEvent is an event as it crosses the mesh.
type wireEvent struct {
	Seq   uint64      `json:"seq"`
	Event lasso.Event `json:"event"`
}

func encodeEvents(_ *Store, items []lasso.FeedItem) ([]byte, error) {
	out := make([]wireEvent, 0, len(items))
	for _, it := range items {
		out = append(out, wireEvent{it.Seq, *it.Event})
	}
	return json.Marshal(out)
}

func decodeEvents(s *Store, b []byte) ([]lasso.FeedItem, error) {
	var in []wireEvent
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if len(in) > lasso.MaxEvents {
		return nil, fmt.Errorf("events: %d, at most %d are read", len(in), lasso.MaxEvents)
	}
	now := s.cfg.Now()
	items := make([]lasso.FeedItem, 0, len(in))
	for _, w := range in {
		it := lasso.FeedItem{Seq: w.Seq, Event: &w.Event}
		if !told(it.Event) || it.Event.At.Sub(now) > maxTailDrift || it.Event.At.IsZero() {
			return nil, errors.New("events: one does not hold together")
		}
		items = append(items, it)
	}
	return items, nil
}

// Events are what happened to a provider on all nodes of a scope, newest first,
// at most 200 of each node. They are what the nodes remember since they started,
// whether or not anybody watched: the window does not matter. An empty provider
// means all.
func (m *MetricsStore) Events(s lasso.Scope) lasso.Answer[[]lasso.FeedItem] {
	s.Window = lasso.Hour
	return owned(derive(m, m.kinds.events, "events", s, func(parts []part[[]lasso.FeedItem]) []lasso.FeedItem {
		var all []lasso.FeedItem
		for _, p := range parts {
			for _, it := range p.data {
				it.Node, it.Region = p.node, p.region
				all = append(all, it)
			}
		}
		slices.SortStableFunc(all, func(x, y lasso.FeedItem) int {
			return cmp.Or(y.Event.At.Compare(x.Event.At), cmp.Compare(x.Node, y.Node), cmp.Compare(y.Seq, x.Seq))
		})
		return all
	}))
}
