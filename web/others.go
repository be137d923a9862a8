package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// otherNodes are the nodes beside this one that have the page's provider, with
// the address of the same page there, by id.
func (s *Server) otherNodes(v *visit) []dashboard.OtherNode {
	var list []dashboard.OtherNode
	views := s.deps.Board.Views(v.profile.Slug)
	nodes := s.deps.Cluster.State().Nodes
	for i := range nodes {
		n := &nodes[i]
		if n.Self || !v.place.Has(n.ID, n.Region) {
			continue
		}
		at := slices.IndexFunc(views, func(view lasso.NodeView) bool { return view.Node == n.ID && !view.Self })
		if at < 0 {
			continue
		}
		if _, ok := viewOf(views[at], v.chain.ID, v.provider.ID); !ok {
			continue
		}
		o := dashboard.OtherNode{ID: string(n.ID), Region: n.Region}
		if n.PublicURL != "" {
			o.Page = n.PublicURL + "/dashboard/" + url.PathEscape(string(v.profile.Slug)) + "/chains/" + url.PathEscape(chainThere(&views[at], v.chain)) +
				"/providers/" + url.PathEscape(string(v.provider.ID))
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(x, y dashboard.OtherNode) int { return strings.Compare(x.ID, y.ID) })
	return slices.CompactFunc(list, func(x, y dashboard.OtherNode) bool { return x.ID == y.ID })
}

// chainThere is how another node calls a chain: as this one does where it says
// so, else by its number, which is the same everywhere.
func chainThere(view *lasso.NodeView, ch *lasso.Chain) string {
	for i := range view.Chains {
		if c := &view.Chains[i]; c.Chain == ch.ID && c.Alias == ch.Key {
			return ch.Key
		}
	}
	return ch.ID.String()
}
