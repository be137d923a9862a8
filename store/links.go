package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// linksFresh is the age from which the others are asked again whom they see.
const linksFresh = 5 * time.Second

// Bounds of what another node says of its links.
const (
	maxLinks    = 1024 // as many nodes as one knows at a time
	maxLinkBoot = 128  // bytes of a boot id
	maxLinkText = 512  // bytes of a reason
	maxLinkTime = 366 * 24 * time.Hour
	maxUnmet    = 16  // nodes that only others tell of
	maxMesh     = 128 // nodes; of more, each of which tells of all, nobody is asked
)

// outlook is whom a node sees, by its own clock.
type outlook struct {
	At      time.Time  `json:"at"`
	Started time.Time  `json:"started"` // when the node did
	Links   []wireLink `json:"links"`
}

// wireLink is a link as it crosses the mesh.
type wireLink struct {
	lasso.Link
	RTT  time.Duration `json:"rtt_ns,omitempty"`
	Skew time.Duration `json:"skew_ns,omitempty"`
}

func (s *Store) outlook(*question) *outlook {
	o := &outlook{At: s.cfg.Now(), Started: s.start, Links: []wireLink{}}
	if s.cfg.Links == nil {
		return o
	}
	for _, l := range s.cfg.Links() {
		if len(o.Links) == maxLinks {
			break
		}
		l.Reason = cutText(l.Reason, maxLinkText)
		o.Links = append(o.Links, wireLink{l, l.RTT, l.Skew})
	}
	return o
}

func encodeOutlook(_ *Store, o *outlook) ([]byte, error) { return json.Marshal(o) }

// decodeOutlook reads whom another node sees. Whatever does not hold together is
// an error: that node's answer is then left out.
func decodeOutlook(_ *Store, b []byte) (*outlook, error) {
	o := new(outlook)
	if err := json.Unmarshal(b, o); err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	if len(o.Links) > maxLinks {
		return nil, fmt.Errorf("links: %d of them, at most %d are read", len(o.Links), maxLinks)
	}
	if o.At.IsZero() {
		return nil, errors.New("links: of no time")
	}
	type process struct {
		node lasso.NodeID
		boot lasso.BootID
	}
	seen := make(map[process]bool, len(o.Links))
	for i := range o.Links {
		l := &o.Links[i]
		switch {
		case lasso.ValidNodeID(l.Node) != nil:
			return nil, fmt.Errorf("links: link %d: id of a node", i)
		case len(l.Boot) > maxLinkBoot || !lasso.Printable(string(l.Boot)):
			return nil, fmt.Errorf("links: link %d: boot id", i)
		case len(l.Reason) > maxLinkText || !lasso.Printable(l.Reason):
			return nil, fmt.Errorf("links: link %d: reason", i)
		case l.State == lasso.NodeUnset:
			return nil, fmt.Errorf("links: link %d: no state", i)
		case l.RTT < 0 || l.RTT > maxLinkTime || l.Skew < -maxLinkTime || l.Skew > maxLinkTime:
			return nil, fmt.Errorf("links: link %d: a time is out of bounds", i)
		case seen[process{l.Node, l.Boot}]:
			return nil, fmt.Errorf("links: link %d: given twice", i)
		}
		seen[process{l.Node, l.Boot}] = true
	}
	return o, nil
}

// links are those of an answer that came at a time, by the clock of this node.
func (o *outlook) links(at time.Time) []lasso.Link {
	list := make([]lasso.Link, 0, len(o.Links))
	for _, l := range o.Links {
		out := l.Link
		out.RTT, out.Skew = l.RTT, l.Skew
		if !out.Since.IsZero() {
			out.Since = o.here(out.Since, at)
		}
		list = append(list, out)
	}
	return list
}

// here is a time of an answer that came at a time, by the clock of this node.
func (o *outlook) here(t, at time.Time) time.Time {
	return at.Add(-min(max(o.At.Sub(t), 0), math.MaxInt64/2))
}

// Mesh is who sees whom of all known nodes: what this node sees now, and what
// the others saw when they were asked last. They are asked anew from an age of
// 5 s on, by the read that finds it; the answer of one that nobody read for a
// while is older, by up to MetricsConfig.Idle, and no fault is told of it: see
// [lasso.NodeLinks.Age]. A node that did not say is in it with the reason. Where two processes have one id, it is the worse of what is told of
// them. Of more than 128 nodes it is what this node sees. The result is shared:
// it is not to be changed.
func (m *MetricsStore) Mesh() lasso.Answer[lasso.Mesh] {
	own := m.kinds.links.own(m.local, m.kinds.links.question(&lasso.Scope{}))
	if len(own.data.Links) >= maxMesh {
		return lasso.Answer[lasso.Mesh]{Data: m.crowd(&own), Coverage: coverage(1, nil), Age: own.age}
	}
	all, state := voices(m, m.kinds.links)
	mesh, age := read(m.local, "mesh\x00"+state, func() lasso.Mesh { return meshOf(all.Data, m.local.cfg.Now()) })
	a := answered(mesh, &all)
	a.Age = max(a.Age, age)
	return a
}

// crowd is the mesh of very many nodes, as this one sees it.
func (m *MetricsStore) crowd(own *part[*outlook]) lasso.Mesh {
	mesh := lasso.Mesh{Crowded: true, Faults: []lasso.LinkFault{}}
	links := own.data.links(own.data.At)
	mesh.Nodes = append(mesh.Nodes, lasso.NodeLinks{
		Node: own.node, Region: own.region, Self: true, Met: true, Told: true, Age: own.age, Started: own.data.Started,
		Links: append([]lasso.Link{{Node: own.node}}, links...),
	})
	for i := range links {
		mesh.Nodes = append(mesh.Nodes, lasso.NodeLinks{Node: links[i].Node, Boot: links[i].Boot, Met: true, Reason: "not asked, as there are so many nodes"})
	}
	return mesh
}

// meshOf puts together what nodes say, which are in the order of their ids.
func meshOf(said []voice[*outlook], now time.Time) lasso.Mesh {
	told := make(map[lasso.NodeID][]lasso.Link, len(said))
	var nodes []lasso.NodeLinks
	for i := range said {
		v := &said[i]
		n := lasso.NodeLinks{
			Node: v.node, Boot: v.boot, Region: v.region, Self: v.self, Met: true, Told: v.said, Older: v.older, Reason: v.reason, Age: v.age,
		}
		switch last := len(nodes) - 1; {
		case last < 0 || nodes[last].Node != n.Node:
			nodes = append(nodes, n)
		case nodes[last].Told || !n.Told:
			continue // another process with its id told already
		default:
			nodes[last] = n
		}
		if v.said {
			told[v.node] = v.data.links(v.at)
			nodes[len(nodes)-1].Started = v.data.here(v.data.Started, v.at)
		}
	}
	nodes = withUnmet(nodes, told)
	column := make(map[lasso.NodeID]int, len(nodes))
	for i := range nodes {
		column[nodes[i].Node] = i
	}
	for i := range nodes {
		n := &nodes[i]
		if !n.Told {
			continue
		}
		n.Links = make([]lasso.Link, len(nodes))
		for j := range nodes {
			n.Links[j].Node = nodes[j].Node
		}
		for _, l := range told[n.Node] {
			if j, ok := column[l.Node]; ok && j != i && worseLink(l.State, n.Links[j].State) {
				n.Links[j] = l
			}
		}
	}
	return lasso.Mesh{Nodes: nodes, Faults: linkFaults(nodes, now)}
}

// worseLink tells whether a state is to be shown rather than another one of the
// same id. One that is gone says nothing of one that is there.
func worseLink(s, than lasso.NodeState) bool {
	switch {
	case than == lasso.NodeUnset || than == lasso.NodeDisconnected:
		return true
	case s == lasso.NodeDisconnected:
		return false
	}
	return s > than
}

// withUnmet adds the nodes that are there for others and that this one could not
// ask: few, first those that most nodes name. This node's own sight counts as
// that of two.
func withUnmet(nodes []lasso.NodeLinks, told map[lasso.NodeID][]lasso.Link) []lasso.NodeLinks {
	known := make(map[lasso.NodeID]bool, len(nodes))
	named := map[lasso.NodeID]int{} // by how many
	for i := range nodes {
		known[nodes[i].Node] = true
	}
	for i := range nodes {
		own := map[lasso.NodeID]bool{} // a node names each once, however many processes have the id
		for _, l := range told[nodes[i].Node] {
			if known[l.Node] || own[l.Node] || l.State == lasso.NodeDisconnected {
				continue
			}
			own[l.Node] = true
			named[l.Node] += weight(&nodes[i])
		}
	}
	unmet := slices.SortedFunc(maps.Keys(named), func(x, y lasso.NodeID) int {
		return cmp.Or(cmp.Compare(named[y], named[x]), cmp.Compare(x, y))
	})
	for _, id := range unmet[:min(len(unmet), maxUnmet)] {
		nodes = append(nodes, lasso.NodeLinks{Node: id, Reason: "this node does not know it"})
	}
	slices.SortStableFunc(nodes, func(x, y lasso.NodeLinks) int { return cmp.Compare(x.Node, y.Node) })
	return nodes
}
