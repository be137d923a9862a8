package web_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// TestOtherNodes: the page of a provider leads to the same page on the nodes
// that have it and say where they are reached, and says so where they do not.
func TestOtherNodes(t *testing.T) {
	t.Parallel()
	const here, there = "/dashboard/public/chains/ethereum/providers/alchemy", "https://b.example.com/lasso/dashboard/public/chains/"
	for name, tt := range map[string]struct {
		url, alias string
		region     string
		page       string // href, or none
		says       string
		actions    bool
	}{
		"known":            {"https://b.example.com/lasso", "ethereum", "", there + "ethereum/providers/alchemy", "", true},
		"another name":     {"https://b.example.com/lasso", "mainnet", "", there + "1/providers/alchemy", "", true},
		"not known":        {"", "ethereum", "", "", "To act on b from here, set LASSO_PUBLIC_URL on that node.", true},
		"no actions here":  {"https://b.example.com/lasso", "ethereum", "", there + "ethereum/providers/alchemy", "none on this node", false},
		"of its region":    {"https://b.example.com/lasso", "ethereum", "region-b", there + "ethereum/providers/alchemy", "", true},
		"of another":       {"https://b.example.com/lasso", "ethereum", "eu-west-1", "", "", true},
		"no web address":   {"javascript:alert(1)//", "ethereum", "", "about:invalid", "", true},
		"another provider": {"https://b.example.com/lasso", "none", "", "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alchemy := lasso.ProviderState{Chain: 1, Provider: "alchemy", Condition: lasso.Condition{Status: lasso.Healthy}}
			if tt.alias == "none" {
				alchemy.Provider = "another"
			}
			r := setupBoard(t, func(b board) web.Board {
				return crowd{b, []lasso.NodeView{{Node: "b", Region: "region-b", At: start, Chains: []lasso.ChainState{{Chain: 1, Alias: tt.alias, Providers: []lasso.ProviderState{alchemy}}}}}}
			}, func(c *web.Config) {
				c.PathPrefix = "/ops"
				if tt.actions {
					c.AdminToken = adminToken
				}
			})
			c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding)
			c.Nodes[0].ID, c.Nodes[0].Region, c.Nodes[1].PublicURL = "n1", "eu-west-1", tt.url
			r.nodes.now.Store(&c)
			for _, part := range []string{"", "actions"} {
				path := here + "?region=" + tt.region
				if part != "" {
					path += "&fragment=" + part
				}
				res := r.get(path)
				if want := 200; res.status != want {
					t.Fatalf("GET %s: status %d: %s", path, res.status, res.body)
				}
				if got := strings.Contains(res.body, "Act on"); got != (tt.page != "") {
					t.Errorf("GET %s: leads to another node: %t", path, got)
				}
				if tt.page != "" && !strings.Contains(res.body, `href="`+tt.page) || !strings.Contains(res.body, tt.says) || strings.Contains(res.body, "javascript:") {
					t.Errorf("GET %s: no %q, or no %q", path, tt.page, tt.says)
				}
			}
		})
	}
}
