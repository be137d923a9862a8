package web_test

import (
	"strings"
	"testing"
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

// meshed is a cluster whose nodes tell of each other.
func meshed(t *testing.T) *rig {
	t.Helper()
	r := setup(t)
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding)
	c.Nodes = append(c.Nodes, lasso.Node{NodeInfo: lasso.NodeInfo{ID: "old", Region: "region-b"}, State: lasso.NodeResponding})
	r.nodes.now.Store(&c)
	mesh := testMesh()
	r.figs.mesh = &mesh
	return r
}

// TestLinksOfPages shows who sees whom on the page, in its files and in the API,
// and names what is at fault on every page.
func TestLinksOfPages(t *testing.T) {
	t.Parallel()
	r := meshed(t)
	for path, want := range map[string][]string{
		"/dashboard/public":                                        {"One-way link: a sees b, b does not see a.", "And 1 more link at fault.", `href="/dashboard/public/cluster#links"`},
		"/dashboard/public/cluster":                                {"What a node knows about the others", "Links at fault", "Broken link: a does not see hidden, seen by b"},
		"/dashboard/public/cluster?fragment=links":                 {"This version does not tell", "20 ms", "one way", "Not known", "Not asked", "3 of 6 links well"},
		"/dashboard/public/cluster?fragment=facts":                 {"2 links at fault", "One-way link"},
		"/dashboard/public/cluster?fragment=links&format=csv":      {"from_node_id,from_region,answer", "a,region-a,answered,b,Responding,,2026-11-23T11:00:00Z,20,-3,\n", "a,region-a,answered,hidden,Not known,,,,,broken\n", ",one_way\n", "old,region-b,version does not tell,,"},
		"/dashboard/public/cluster?fragment=faults&format=csv":     {"one_way,b,a,Unresponsive,", "broken,a,hidden,Not known,,,b"},
		"/dashboard/public/cluster?fragment=node-table&format=csv": {"public_url"},
		"/api/v1/cluster":                                          {`"kind":"one_way"`, `"answer":"version does not tell"`, `"clock_skew_ms":-3`, `"coverage":{"responding":2,"total":3,"missing":["old"]}`},
	} {
		res := r.get(path)
		if res.status != 200 {
			t.Errorf("GET %s: status %d: %s", path, res.status, res.body)
			continue
		}
		for _, text := range want {
			if !strings.Contains(res.body, text) {
				t.Errorf("GET %s: no %q in\n%s", path, text, res.body)
			}
		}
		if strings.Contains(res.header.Get("Content-Type"), "html") && strings.Contains(res.body, hostile) {
			t.Errorf("GET %s: holds %q as it is", path, hostile)
		}
	}
	lost := clusterOf(0, lasso.NodeResponding, lasso.NodeDisconnected)
	r.nodes.now.Store(&lost)
	if body := r.get("/dashboard/public").body; !strings.Contains(body, "1 of 2 known nodes") || strings.Contains(body, "One-way link") {
		t.Error("a node that is lost does not go before a link at fault")
	}
}
