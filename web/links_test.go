package web_test

import (
	"time"

	"github.com/lasso-rpc/lasso"
)

// testMesh is what the nodes of clusterOf tell, and two more: one of an older
// version, and one that only b knows.
func testMesh() lasso.Mesh {
	link := func(id lasso.NodeID, st lasso.NodeState) lasso.Link {
		l := lasso.Link{Node: id, Boot: "boot-" + lasso.BootID(id), State: st, Since: start.Add(-time.Hour)}
		if st == lasso.NodeResponding {
			l.RTT, l.Skew = 20*time.Millisecond, -3*time.Millisecond
		} else {
			l.Reason = hostile
		}
		return l
	}
	const ok, deaf = lasso.NodeResponding, lasso.NodeUnresponsive
	return lasso.Mesh{
		Nodes: []lasso.NodeLinks{
			{Node: "a", Region: "region-a", Self: true, Met: true, Told: true, Links: []lasso.Link{{Node: "a"}, link("b", ok), {Node: "hidden"}, link("old", ok)}},
			{Node: "b", Region: "region-b", Met: true, Told: true, Links: []lasso.Link{link("a", deaf), {Node: "b"}, link("hidden", ok), {Node: "old"}}},
			{Node: "hidden", Reason: "this node does not know it"},
			{Node: "old", Region: "region-b", Met: true, Older: true, Reason: `it could not answer: question: unknown kind "links"`},
		},
		Faults: []lasso.LinkFault{
			{Kind: lasso.LinkOneWay, From: "b", To: "a", State: deaf, Since: start.Add(-time.Hour), Reason: hostile, SeenBy: []lasso.NodeID{}},
			{Kind: lasso.LinkBroken, From: "a", To: "hidden", SeenBy: []lasso.NodeID{"b"}},
		},
	}
}

// Mesh makes the fake of what was recorded tell who sees whom.
func (f *figures) Mesh() lasso.Answer[lasso.Mesh] {
	f.count("Mesh")
	a := lasso.Answer[lasso.Mesh]{Loading: f.loading, Coverage: lasso.Coverage{Responding: 2, Total: 3, Missing: []lasso.NodeID{"old"}}, Age: time.Second}
	if f.mesh != nil {
		a.Data = *f.mesh
	}
	return a
}
