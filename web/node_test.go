package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// pair is a cluster of n1 and n2 in eu-west-1, and c in region-c, which is lost.
func pair() lasso.Cluster {
	c := clusterOf(3, lasso.NodeResponding, lasso.NodeResponding, lasso.NodeDisconnected)
	c.Nodes[0].ID, c.Nodes[0].Region = "n1", "eu-west-1"
	c.Nodes[1].ID, c.Nodes[1].Region = "n2", "eu-west-1"
	c.Nodes[2].Since = start.Add(30 * time.Second)
	return c
}

// TestFiguresOfANode: each of two nodes of a region has figures of its own,
// and together they are the region's.
func TestFiguresOfANode(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.places = map[lasso.Place]uint64{{}: 60, {Region: "eu-west-1"}: 50, {Region: "eu-west-1", Node: "n1"}: 37, {Region: "eu-west-1", Node: "n2"}: 13}
	c := pair()
	r.nodes.now.Store(&c)
	calls := map[string]uint64{}
	for query, want := range map[string]string{
		"": "60 1 of 1  ", "region=eu-west-1": "50 1 of 1 eu-west-1 ", "node=n1": "37 1 of 1 eu-west-1 n1", "node=n2": "13 1 of 1 eu-west-1 n2",
		"node=n2&region=eu-west-1": "13 1 of 1 eu-west-1 n2",
	} {
		var a struct {
			Data     struct{ Calls uint64 }
			Coverage lasso.Coverage
			Region   string
			Node     string
		}
		if err := json.Unmarshal([]byte(r.get("/api/v1/profiles/public/totals?"+query).body), &a); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d %d of %d %s %s", a.Data.Calls, a.Coverage.Responding, a.Coverage.Total, a.Region, a.Node); got != want {
			t.Errorf("totals?%s: got %q, want %q", query, got, want)
		}
		calls[query] = a.Data.Calls
	}
	if got, want := calls["node=n1"]+calls["node=n2"], calls["region=eu-west-1"]; got != want {
		t.Errorf("n1 and n2 have %d calls, the region %d", got, want)
	}
}

// TestPagesOfANode opens the pages for one of two nodes of a region, for one
// that is lost, and for ones that there are not.
func TestPagesOfANode(t *testing.T) {
	t.Parallel()
	r := setup(t)
	c := pair()
	r.nodes.now.Store(&c)
	const root = "/dashboard/public"
	for _, page := range []string{"", "/chains", "/providers", "/chains/1", "/chains/1/providers/alchemy", "/regions", "/methods", "/requests", "/system", "/cluster"} {
		res := r.get(root + page + "?node=n2")
		if res.status != 200 {
			t.Errorf("GET %s: %d", page, res.status)
		}
		for _, want := range []string{"n2 in eu-west-1", "node=n2"} {
			if !strings.Contains(res.body, want) {
				t.Errorf("the page %q does not say %q", page, want)
			}
		}
		if strings.Contains(res.body, "region=eu-west-1&amp;node=") || strings.Contains(res.body, "node=n2&amp;region=") {
			t.Errorf("a link of the page %q says both node and region", page)
		}
	}
	for path, want := range map[string][]string{
		"?region=eu-west-1":                   {`aria-label="Node"`, "All nodes of eu-west-1", "?node=n1", "?node=n2"},
		"?node=n1":                            {`href="/dashboard/public?region=eu-west-1"`, "All nodes of eu-west-1", `href="/dashboard/public?region=region-c"`},
		"?node=c":                             {"c in region-c", "no answer since " + clocked("12:00:30"), "No answer from c"},
		"?region=region-c":                    {"No answer from region-c"},
		"/chains/1/providers/alchemy?node=n2": {`id="figures"`},
		"/chains/1/providers/alchemy":         {`/providers/alchemy?node=n2"`},
		"/cluster?range=5m":                   {"node=n2"},
		"/cluster":                            {`href="/dashboard/public?node=n2"`, "Figures of this node"},
		"/system":                             {`href="/dashboard/public?node=n1"`},
		"/requests":                           {`<option value="base_drpc">dRPC</option>`, `<option value="alchemy">Alchemy</option>`},
		"/requests?node=n2":                   {`name="node" value="n2"`},
		"/system?node=n1&format=csv":          {"n1,eu-west-1"},
		"/chains?node=n2&fragment=chains":     {"node=n2"},
		"/providers?node=n2&format=json":      {`"coverage"`},
	} {
		body := r.get(root + path).body
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("GET %s: no %q", path, w)
			}
		}
	}
	if body := r.get(root + "?region=region-c").body; strings.Contains(body, `aria-label="Node"`) {
		t.Error("a region with one node offers a choice of nodes")
	}
	if body := r.get(root + "/system?node=n2&format=csv").body; strings.Contains(body, "n1,") {
		t.Errorf("System for n2 has n1: %s", body)
	}
	for _, query := range []string{"node=mars", "node=n2&region=region-c"} {
		for _, path := range []string{root, "/api/v1/profiles/public/totals", root + "/chains/1/providers/alchemy"} {
			res := r.get(path + "?" + query)
			if res.status != 400 || query == "node=mars" && !strings.Contains(res.body, "c, n1, n2") || query != "node=mars" && !strings.Contains(res.body, "eu-west-1, where node") {
				t.Errorf("GET %s?%s: %d %s", path, query, res.status, res.body)
			}
		}
	}
}
