package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// crowd is a board of three nodes that are not configured alike.
type crowd struct {
	board
	others []lasso.NodeView
}

func (c crowd) Views(p lasso.ProfileID) []lasso.NodeView {
	return append(c.board.Views(p), c.others...)
}

func (c crowd) ChainStates(p lasso.ProfileID, at lasso.Place) []lasso.ChainState {
	all := c.board.ChainStates(p, at)
	for _, v := range c.others {
		if !v.Lost.IsZero() || !at.Has(v.Node, v.Region) {
			continue
		}
		for _, st := range v.Chains {
			found := false
			for i := range all {
				if all[i].Chain == st.Chain {
					all[i].Providers = append(slices.Clip(all[i].Providers), st.Providers...)
					found = true
				}
			}
			if !found {
				all = append(all, st)
			}
		}
	}
	return all
}

func foreignProvider(chain lasso.ChainID, id, name string) lasso.ProviderState {
	return lasso.ProviderState{Chain: chain, Provider: lasso.ProviderID(id), Name: name, Height: 55, Condition: lasso.Condition{Status: lasso.Lagging, Reason: "4 blocks behind, limit 2"}}
}

// unlike is a rig whose other nodes have a chain and two providers more.
func unlike(t *testing.T) *rig {
	t.Helper()
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding, lasso.NodeDisconnected)
	r := setupBoard(t, func(b board) web.Board {
		return crowd{b, []lasso.NodeView{
			{Node: "b", Region: "region-b", At: start, Chains: []lasso.ChainState{
				{Chain: 1, Alias: "ethereum", Providers: []lasso.ProviderState{foreignProvider(1, "rented", "Rented"), foreignProvider(1, "rented", "Rented")}},
				{Chain: 77, Alias: "secretchain", Name: hostile, Status: lasso.Lagging, Usable: 1, Providers: []lasso.ProviderState{foreignProvider(77, "p77", hostile)}},
				{Chain: 78, Alias: "base", Name: "Not our base", Status: lasso.Lagging, Providers: []lasso.ProviderState{foreignProvider(78, "a/b", "A")}},
				{Chain: 0, Alias: "none"},
			}},
			{Node: "c", Region: "region-c", At: start, Lost: start, Chains: []lasso.ChainState{
				{Chain: 99, Alias: "gone", Name: "Gone", Status: lasso.Healthy, Providers: []lasso.ProviderState{{
					Chain: 99, Provider: "was", Name: "Was", Condition: lasso.Condition{Status: lasso.Healthy},
				}, {Chain: 99, Provider: lasso.ProviderID(strings.Repeat("x", 300))}}},
			}},
		}}
	})
	r.nodes.now.Store(&c)
	return r
}

// TestForeignChains: what only other nodes have is on every page that lists
// chains or providers, says who has it, and has pages of its own.
func TestForeignChains(t *testing.T) {
	t.Parallel()
	r := unlike(t)
	for path, want := range map[string][]string{
		"/dashboard/public":                                     {"only on b (region-b)", "only on c (region-c), no answer"},
		"/dashboard/public/chains":                              {"only on b (region-b)", "only on c (region-c), no answer", "/chains/secretchain", "/chains/78", "No answer from the nodes that have it"},
		"/dashboard/public/providers":                           {"Rented", "only on b (region-b)", "Lagging"},
		"/dashboard/public/chains/1":                            {"Rented", "only on b (region-b)", "/rpc/public/ethereum"},
		"/dashboard/public/chains/1/providers/rented":           {"only on b (region-b)", "4 blocks behind"},
		"/dashboard/public/chains/secretchain":                  {"This node does not route to this chain: it is only on b (region-b)."},
		"/dashboard/public/chains/77/providers/p77":             {"only on b (region-b)"},
		"/dashboard/public/chains/78/providers/a%2Fb":           {"Not our base"},
		"/dashboard/public/chains/99":                           {"only on c (region-c), no answer"},
		"/dashboard/public/regions":                             {"Rented"},
		"/dashboard/public/chains?format=csv":                   {",only_on,counts", "77,secretchain,", ",b,calls\n"},
		"/dashboard/public/providers?format=csv":                {"1,ethereum,rented,Rented,Lagging", ",b,attempts\n"},
		"/dashboard/public/providers?region=region-b":           {"Rented"},
		"/dashboard/public/chains/1?fragment=providers":         {"Rented"},
		"/dashboard/public?fragment=providers&format=csv":       {"rented"},
		"/dashboard/public/chains/ethereum?region=region-c":     {"Alchemy"},
		"/dashboard/public/chains/secretchain?region=eu-west-1": {"Endpoint"},
	} {
		res := r.get(path)
		if res.status != 200 {
			t.Errorf("GET %s: status %d: %.200s", path, res.status, res.body)
			continue
		}
		if !strings.Contains(path, "format=") && strings.Contains(res.body, "<script>alert") {
			t.Errorf("GET %s: a name of another node is not escaped", path)
		}
		for _, text := range want {
			if !strings.Contains(res.body, text) {
				t.Errorf("GET %s: no %q", path, text)
			}
		}
		if strings.Contains(res.body, "b (region-b) and b (region-b)") {
			t.Errorf("GET %s: a node that names a provider twice is named twice", path)
		}
	}
	if body := r.get("/dashboard/public/chains/secretchain").body; strings.Contains(body, "/rpc/public/secretchain") {
		t.Error("an endpoint is offered for a chain that this node does not have")
	}
	if body := r.get("/dashboard/public/providers?region=region-c").body; strings.Contains(body, "Rented") {
		t.Error("a provider of region-b is shown for region-c")
	}
	for at, want := range map[string]any{"data.1.chain": "secretchain", "data.1.only_on": "b", "data.0.only_on": nil, "data.1.status": "Lagging", "data.4.status": "Unknown"} {
		if got := r.value("/dashboard/public/chains?format=json", at); got != want {
			t.Errorf("%s = %#v, want %#v", at, got, want)
		}
	}
	if res := r.post("/rpc/public/secretchain", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`); res.status != 400 {
		t.Errorf("a call to a chain that this node does not have: status %d, want 400", res.status)
	}
	if _, _, calls := r.router.seen(); calls != 0 {
		t.Error("the router was asked for a chain that this node does not have")
	}
}

// TestForeignIsBounded: a node that claims thousands of chains does not make
// the page as long.
func TestForeignIsBounded(t *testing.T) {
	t.Parallel()
	view := lasso.NodeView{Node: "b", Region: "region-b", At: start}
	for i := range 2000 {
		view.Chains = append(view.Chains, lasso.ChainState{Chain: lasso.ChainID(1000 + i), Alias: strings.Repeat("y", 5000), Name: strings.Repeat("x", 5000) + "\x00"})
	}
	r := setupBoard(t, func(b board) web.Board { return crowd{b, []lasso.NodeView{view}} })
	body := r.get("/dashboard/public/chains?format=csv").body
	if n := strings.Count(body, "\n"); n != 1+3+500 {
		t.Errorf("got %d lines, want the heading, 3 chains of ours and 500", n)
	}
	if len(body) > 200_000 {
		t.Errorf("%d bytes: long names are not cut", len(body))
	}
}

// TestForeignIsNotAsked: this node routes nothing to what only other nodes
// have, so nothing offers it, nothing sends to it, and an address that names it
// says why that can not be.
func TestForeignIsNotAsked(t *testing.T) {
	t.Parallel()
	r := unlike(t)
	r.router.serve = says(map[lasso.ProviderID]string{"alchemy": `"result":"0x1"`, "drpc": `"result":"0x1"`, "rented": `"result":"0x2"`})
	page := r.get(playgroundPath + "?ask=one").body
	for _, never := range []string{`<option value="rented"`, `<option value="secretchain"`, `<option value="78"`} {
		if strings.Contains(page, never) {
			t.Errorf("the playground offers %s", never)
		}
	}
	if page := r.get(playgroundPath).body; !strings.Contains(page, "Rented is not asked: only other nodes have it.") {
		t.Error("the playground does not say that it leaves Rented out")
	}
	if page := r.get("/dashboard/public/chains/1").body; strings.Contains(page, "pin=rented") || strings.Contains(page, "/provider/rented") {
		t.Error("the endpoint panel offers rented")
	}
	if res := r.form(playgroundPath, call()); res.status != 303 || strings.Contains(r.get(res.header.Get("Location")).body, "0x2") {
		t.Errorf("every provider: %d, or rented answered", res.status)
	}
	if _, _, n := r.router.seen(); n != 2 {
		t.Errorf("%d calls were sent, want 2", n)
	}
	for path, want := range map[string]string{
		playgroundPath + "?ask=one&provider=rented":  "Provider: &#39;rented&#39; is only on b, and this node does not route to it.",
		playgroundPath + "?chain=secretchain":        "Chain: &#39;secretchain&#39; is only on b, and this node does not route to it.",
		playgroundPath + "?chain=77":                 "Chain: &#39;77&#39; is only on b, and this node does not route to it.",
		playgroundPath + "?ask=one&provider=nowhere": "is not one of alchemy, drpc",
		"/dashboard/public/chains/1?pin=rented":      "Pin: &#39;rented&#39; is only on b, and this node does not route to it.",
		"/dashboard/public/chains/77?pin=p77":        "Pin: &#39;p77&#39; is only on b, and this node does not route to it.",
		"/dashboard/public/chains/1?pin=nowhere":     "is not one of alchemy, drpc.",
	} {
		if res := r.get(path); res.status != 400 || !strings.Contains(res.body, want) {
			t.Errorf("GET %s: %d, want 400 with %q", path, res.status, want)
		}
	}
	if res := r.form(playgroundPath, call("ask", "one", "provider", "rented")); res.status != 400 || !strings.Contains(res.body, "only on b, and") {
		t.Errorf("POST to rented: %d, want 400", res.status)
	}
	if res := r.form(playgroundPath, call("chain", "77")); res.status != 400 {
		t.Errorf("POST to a foreign chain: %d, want 400", res.status)
	}
}
