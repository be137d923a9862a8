package store

import (
	"slices"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// linkSettle is how long a node has to miss another one before that is a fault:
// nodes that start or stop are not seen by all at once. An answer that is as old
// is held against nobody.
const linkSettle = 15 * time.Second

// unmetVoices is how many nodes have to name one that this node could not ask,
// before it makes a fault: one alone could invent it.
const unmetVoices = 2

// weight is for how many voices a node counts that names another one: this node
// believes itself.
func weight(n *lasso.NodeLinks) int {
	if n.Self {
		return unmetVoices
	}
	return 1
}

// sight is what nodes tell of each other, as far as it can be held against what
// others tell now. Nodes are numbered in their order.
type sight struct {
	nodes []lasso.NodeLinks
	now   time.Time
	self  int
	lost  []time.Time // when this node lost it; zero: it did not
	there []bool      // for so long that all should see it; false for one that is lost to all
}

// link is what a node tells of another one; nil when it told nothing, or too long
// ago, or before this node lost the other: what it would tell now is not known.
func (s *sight) link(from, to int) *lasso.Link {
	n := &s.nodes[from]
	if from == to || !s.heard(from) || s.lost[to].After(s.now.Add(-n.Age)) {
		return nil
	}
	return &n.Links[to]
}

// heard tells whether a node told not long ago, and is not lost since.
func (s *sight) heard(i int) bool {
	n := &s.nodes[i]
	return n.Told && n.Age < linkSettle && !s.lost[i].After(s.now.Add(-n.Age))
}

// settled tells whether a time is so long ago that all should know. None is not.
func (s *sight) settled(t time.Time) bool { return !t.IsZero() && s.now.Sub(t) >= linkSettle }

// sees tells whether a node responds to another one.
func (s *sight) sees(from, to int) bool {
	l := s.link(from, to)
	return l != nil && l.State == lasso.NodeResponding
}

// seesLong tells whether it does for so long that all should see it.
func (s *sight) seesLong(from, to int) bool {
	return s.sees(from, to) && s.settled(s.link(from, to).Since)
}

// isThere tells whether a node is there for so long that all should see it: by its
// start, or where it does not tell, by what others see.
func (s *sight) isThere(i int) bool {
	if s.nodes[i].Told {
		return s.heard(i) && s.settled(s.nodes[i].Started)
	}
	seen, voices := false, 0
	for k := range s.nodes {
		if l := s.link(k, i); l != nil && l.State != lasso.NodeUnset && l.State != lasso.NodeDisconnected {
			voices += weight(&s.nodes[k])
			seen = seen || s.seesLong(k, i)
		}
	}
	return seen && (s.nodes[i].Met || voices >= unmetVoices)
}

// misses tells whether a node has not seen another one for so long that it is
// more than a start or a stop. One that it does not know has no time: it should
// know it when the other sees it, or a third one sees both, for as long.
func (s *sight) misses(from, to int) bool {
	l := s.link(from, to)
	switch {
	case l == nil || !s.there[from] || !s.there[to] || l.State == lasso.NodeResponding:
		return false
	case l.State != lasso.NodeUnset:
		return s.settled(l.Since)
	case s.seesLong(to, from):
		return true
	}
	for k := range s.nodes {
		if s.seesLong(k, from) && s.seesLong(k, to) {
			return true
		}
	}
	return false
}

// seenBy are the nodes that see one.
func (s *sight) seenBy(to int) []lasso.NodeID {
	by := []lasso.NodeID{}
	for i := range s.nodes {
		if s.sees(i, to) {
			by = append(by, s.nodes[i].Node)
		}
	}
	return by
}

// linkFaults are the links at fault: those of one way first, then by id. Which
// nodes miss another one is only known of those that told, not long ago. A node
// that this one could not ask makes one fault, however many miss it: that of this
// node, if it does.
func linkFaults(nodes []lasso.NodeLinks, now time.Time) []lasso.LinkFault {
	s := sight{nodes: nodes, now: now, lost: make([]time.Time, len(nodes)), there: make([]bool, len(nodes))}
	for i := range nodes {
		if nodes[i].Self {
			s.self = i
		}
	}
	for i := range nodes[s.self].Links {
		if l := &nodes[s.self].Links[i]; l.State == lasso.NodeDisconnected {
			s.lost[i] = l.Since
		}
	}
	for i := range nodes {
		s.there[i] = s.isThere(i)
	}
	faults, raised := []lasso.LinkFault{}, make([]bool, len(nodes))
	for i := range nodes {
		for j := range nodes {
			if !s.misses(i, j) {
				continue
			}
			kind := lasso.LinkBroken
			switch {
			case s.sees(j, i):
				kind = lasso.LinkOneWay
			case j < i && s.misses(j, i): // told already
				continue
			case !nodes[j].Met && (raised[j] || i != s.self && s.misses(s.self, j)):
				continue
			}
			raised[j] = true
			l := s.link(i, j)
			faults = append(faults, lasso.LinkFault{
				Kind: kind, From: nodes[i].Node, To: nodes[j].Node, State: l.State, Since: l.Since, Reason: l.Reason, SeenBy: s.seenBy(j),
			})
		}
	}
	slices.SortStableFunc(faults, func(x, y lasso.LinkFault) int { return strings.Compare(string(y.Kind), string(x.Kind)) })
	return faults
}
