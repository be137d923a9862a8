package web_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// TestAttentionCount: the count beside Providers is the same on every page, and
// of the providers that the pages list. Healthy ones beyond what is listed of
// another node take nothing from it.
func TestAttentionCount(t *testing.T) {
	t.Parallel()
	st := lasso.ChainState{Chain: 1, Alias: "ethereum"}
	const more = 600 // the pages list 500 of them
	for i := range more {
		st.Providers = append(st.Providers, lasso.ProviderState{
			Chain: 1, Provider: lasso.ProviderID(fmt.Sprintf("p%d", i)), Condition: lasso.Condition{Status: lasso.Healthy},
		})
	}
	st.Providers[0].Condition.Status = lasso.Drained // by an operator: no fault
	view := lasso.NodeView{Node: "b", Region: "region-b", At: start, Chains: []lasso.ChainState{st}}
	r := setupBoard(t, func(b board) web.Board { return crowd{b, []lasso.NodeView{view}} })
	count := regexp.MustCompile(`id="attention-count" data-count="(-?\d+)"`)
	for _, page := range []string{
		"", "/chains", "/providers", "/chains/ethereum", "/chains/ethereum/providers/alchemy", "/regions", "/methods", "/requests",
		"/events", "/cluster", "/playground", "/system", "/configuration",
	} {
		got := count.FindStringSubmatch(r.get("/dashboard/public" + page).body)
		if len(got) != 2 || got[1] != "2" { // drpc is open, idle is not known
			t.Errorf("GET /dashboard/public%s: attention %q, want 2", page, got)
		}
	}
}
