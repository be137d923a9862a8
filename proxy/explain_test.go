package proxy_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func (r *rig) explain(method, params string, edits ...func(*lasso.Request)) lasso.Explanation {
	r.t.Helper()
	req := &lasso.Request{Profile: r.profile, Chain: r.chain, Strategy: lasso.Priority}
	for _, e := range edits {
		e(req)
	}
	return r.Explain(req, method, []byte(params))
}

func TestExplainNamesEveryProvider(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	nodes := map[string]*node{}
	var providers []*lasso.Provider
	for _, name := range []string{"well", "broken", "limited", "picky"} {
		nodes[name] = startNodeOf(t, chain, name)
		providers = append(providers, nodes[name].provider())
	}
	providers[3].Capabilities.UnsupportedMethods = []string{"eth_call"}
	r := newRig(t, providers)
	nodes["broken"].SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	nodes["limited"].answers(429, "", "Retry-After", "60")
	for range 5 {
		r.post(`{"id":1,"method":"eth_blockNumber"}`, pin("broken"))
	}
	r.post(`{"id":1,"method":"eth_blockNumber"}`, pin("limited"))
	r.post(`{"id":1,"method":"eth_blockNumber"}`, pin("well"))

	attempts, calls := len(r.rec.Attempts()), nodes["well"].Calls("")
	x := r.explain("eth_call", `[{},"latest"]`)
	var candidates []string
	for i, c := range x.Candidates {
		candidates = append(candidates, string(c.Provider)+": "+c.Why)
		want(t, "rank", c.Rank, i+1)
	}
	wantList(t, "candidates", candidates, "well: priority 100", "limited: rate limited, tried after all others")
	want(t, "tier of the limited one", x.Candidates[1].Tier, 3)
	want(t, "status of the limited one", x.Candidates[1].Condition.Status, lasso.RateLimited)
	want(t, "evidence", x.Candidates[0].Evidence, "route")
	want(t, "samples", x.Candidates[0].Samples, 1)
	var excluded []string
	for _, e := range x.Excluded {
		excluded = append(excluded, string(e.Provider)+" "+e.Filter+": "+e.Reason)
		if e.Filter == "circuit" && (e.Since.IsZero() || e.Next.Sub(e.Since) != time.Minute) {
			t.Errorf("circuit since %v, next check %v", e.Since, e.Next)
		}
	}
	wantList(t, "excluded", excluded,
		"broken circuit: circuit open: 5 failures in a row, last: HTTP 502", "picky method: configured not to serve eth_call")
	want(t, "head", x.Head, 1000)
	want(t, "block", x.Block, "latest")
	want(t, "timeout", x.TimeoutMS, 5000)
	want(t, "attempts recorded", len(r.rec.Attempts()), attempts)
	want(t, "calls sent", nodes["well"].Calls(""), calls)
}

func TestExplainNotes(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	for method, note := range map[string]string{
		"eth_chainId": "answered by this node, unless it is pinned to a provider or has parameters", "eth_call": "",
		"eth_sign": "refused on every transport: it needs a node's own keys or administration", "eth_subscribe": "refused over HTTP: it needs a WebSocket connection",
		"eth_getFilterLogs": "goes to the provider that created the filter, and to no other",
	} {
		x := r.explain(method, "")
		want(t, method, x.Note, note)
		if x.Safety == "" || x.Candidates == nil || x.Excluded == nil {
			t.Errorf("%s: %+v", method, x)
		}
	}
	x := r.explain("eth_call", `[{},"0x1"]`)
	want(t, "archival", x.Archival, true)
	wantList(t, "failed open", x.FailedOpen, "archival")
	x = r.explain("eth_call", "", pin("b"))
	want(t, "pinned", x.Candidates[0].Why, "pinned by the caller")
	want(t, "left out", x.Excluded[0].Reason, "the call is pinned to b")
	if _, err := json.Marshal(x); err != nil {
		t.Error(err)
	}
	x = r.explain("eth_call", "", func(q *lasso.Request) { q.Chain = &lasso.Chain{ID: 9} })
	want(t, "unknown chain", x.Note, "the chain is not in the configuration that serves now")
}

// TestFailedOpenIsInTheMetadata of a call that was served all the same.
func TestFailedOpenIsInTheMetadata(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	got := r.post(`{"id":1,"method":"eth_getBalance","params":["0x0000000000000000000000000000000000000001","0x1"]}`, withMeta(lasso.MetaHeaders))
	wantList(t, "failed open", got.Meta.FailedOpen, "archival")
	want(t, "answered by", got.Meta.Selected.ID, "a")
}
