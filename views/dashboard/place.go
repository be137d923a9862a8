package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// PlaceNode is a node that a page can be narrowed to.
type PlaceNode struct {
	ID     string
	Region string
	Lost   time.Time // since when it does not answer; zero: it does
}

// placed tells whether the page is narrowed to a region or a node.
func (s Shell) placed() bool { return s.Region != "" || s.Node != "" }

// placeName is the node or the region that the page is narrowed to.
func (s Shell) placeName() string { return cmp.Or(s.Node, s.Region) }

// placeWords are the node and where it is.
func (s Shell) placeWords() string {
	if s.Region == "" || s.Region == s.Node {
		return s.Node
	}
	return s.Node + " in " + s.Region
}

// placeParam is the place as a key of the address.
func (s Shell) placeParam() param {
	if s.Node != "" {
		return param{"node", s.Node}
	}
	return param{"region", s.Region}
}

// placeLost says since when the node that is chosen does not answer; empty: it
// does.
func (s Shell) placeLost() string {
	i := slices.IndexFunc(s.Nodes, func(n PlaceNode) bool { return n.ID == s.Node })
	if i < 0 || s.Nodes[i].Lost.IsZero() {
		return ""
	}
	return "no answer since " + shortClock(s.Now, s.Nodes[i].Lost) + " (" + views.Since(s.Now, s.Nodes[i].Lost) + ")"
}

// nodeChoices are the nodes to choose from: those of the region that is chosen,
// or of all. There is none where every region has one node: the region says it
// all. A node that is chosen can always be left again.
func (s Shell) nodeChoices() []PlaceNode {
	var list []PlaceNode
	in := map[string]int{}
	several := s.Node != ""
	for _, n := range s.Nodes {
		if s.Region != "" && n.Region != s.Region {
			continue
		}
		in[n.Region]++
		several = several || in[n.Region] > 1
		list = append(list, n)
	}
	if !several {
		return nil
	}
	slices.SortStableFunc(list, func(a, b PlaceNode) int { return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID)) })
	return list
}

// manyPlaces tells whether there is a choice of regions or of nodes.
func (s Shell) manyPlaces() bool { return s.manyRegions() || len(s.nodeChoices()) > 0 }

// nodeHref is this page for a node; empty is all of the region that is chosen.
func (s Shell) nodeHref(id string) templ.SafeURL {
	q := s.query()
	q.node = id
	return templ.SafeURL(s.Path + q.String())
}

// nodeOverview is the overview for a node.
func (s Shell) nodeOverview(id string) templ.SafeURL {
	s.Node = id
	return templ.SafeURL(s.profilePath() + s.elsewhere())
}

func (s Shell) nodeLabel() string { return cmp.Or(s.Node, "All nodes") }

func (s Shell) allNodes() string {
	if s.Region != "" && s.Region != s.Node {
		return "All nodes of " + s.Region
	}
	return "All nodes"
}

// beside is what the choice of a node says besides its name.
func (n PlaceNode) beside(s Shell) string {
	switch {
	case !n.Lost.IsZero():
		return "no answer"
	case s.Region == "" && n.Region != n.ID:
		return n.Region
	}
	return ""
}

func figuresOfNode(title string) string {
	if title == "" {
		return "Figures of this node"
	}
	return "Figures of this node. " + title
}
