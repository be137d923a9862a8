package web

import (
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// activity gathers what happened for the overview: events, nodes that came and
// went, and calls that failed or failed over. Calls that were answered at once
// are read only where there is nothing else.
func (s *Server) activity(v *visit, page *dashboard.Overview) {
	q := lasso.FeedQuery{Profile: v.profile.Slug, Place: v.place, ByTime: true}
	read := func(kinds lasso.FeedKinds, outcome lasso.FeedOutcome, limit int) []lasso.FeedItem {
		q.Kinds, q.Outcome, q.Limit = kinds, outcome, limit
		return s.deps.Tail.Feed(q)
	}
	page.Happened = s.nodeEvents(v.place)
	items := append(read(lasso.FeedEvents, lasso.AnyOutcome, overviewEvents), read(lasso.FeedCalls, lasso.OutcomeTrouble, overviewTrouble)...)
	if len(items) == 0 && len(page.Happened) == 0 {
		items = read(lasso.FeedCalls, lasso.AnyOutcome, overviewFeed)
	}
	page.Feed, page.Clocks = feed(v.profile, items), s.clocks()
}

// nodeEvents are what became of the nodes of a place, the newest first.
func (s *Server) nodeEvents(at lasso.Place) []dashboard.NodeEvent {
	return slices.DeleteFunc(dashboard.NodeEvents(topologyEvents(s.deps.Cluster.State().Events)), func(e dashboard.NodeEvent) bool {
		return !at.Has(lasso.NodeID(e.Node), e.Region)
	})
}

// clocks are how far the clocks of other nodes are off, where it is known.
func (s *Server) clocks() map[string]time.Duration {
	all := map[string]time.Duration{}
	for _, n := range s.deps.Cluster.State().Nodes {
		if !n.Self && n.State == lasso.NodeResponding {
			all[string(n.ID)] = n.Skew
		}
	}
	return all
}
