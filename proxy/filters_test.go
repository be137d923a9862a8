package proxy_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// counting makes a node that names its filters 0x1, 0x2, … as many nodes do,
// and knows only those.
func counting(n *node) {
	var mu sync.Mutex
	made := 0
	n.Script(func(_ uint64, method string, params json.RawMessage) *simnode.Answer {
		mu.Lock()
		defer mu.Unlock()
		switch method {
		case "eth_newFilter", "eth_newBlockFilter":
			made++
			return &simnode.Answer{RawResult: json.RawMessage(`"0x` + string(rune('0'+made)) + `"`)}
		case "eth_getFilterChanges":
			return &simnode.Answer{RawResult: json.RawMessage(`["` + n.Name() + `",` + string(params) + `]`)}
		case "eth_uninstallFilter":
			return &simnode.Answer{RawResult: json.RawMessage(`true`)}
		}
		return nil
	})
}

func TestFilterSticksToItsProvider(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	nodes := []*node{startNodeOf(t, chain, "a"), startNodeOf(t, chain, "b"), startNodeOf(t, chain, "c")}
	var providers []*lasso.Provider
	for _, n := range nodes {
		providers = append(providers, n.provider())
	}
	r := newRig(t, providers)
	turn := strategy(lasso.RoundRobin)
	var ids []string
	for range 9 {
		body := r.post(`{"id":1,"method":"eth_newBlockFilter","params":[]}`, turn).Body
		ids = append(ids, member(t, body, "result"))
	}
	for _, n := range nodes {
		want(t, "filters at "+n.Name(), n.Calls("eth_newBlockFilter"), 3)
	}
	chain.Advance(1)
	hash, err := json.Marshal([]simnode.Hash{chain.BlockHash(1001)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, id := range ids {
			body := r.post(`{"id":1,"method":"eth_getFilterChanges","params":[`+id+`]}`, turn).Body
			want(t, "changes of "+id, member(t, body, "result"), string(hash))
		}
		hash = []byte("[]")
	}
	for _, id := range ids {
		body := r.post(`{"id":1,"method":"eth_uninstallFilter","params":[`+id+`]}`, turn).Body
		want(t, "uninstall "+id, member(t, body, "result"), "true")
		body = r.post(`{"id":1,"method":"eth_getFilterChanges","params":[`+id+`]}`, turn).Body
		want(t, "changes after uninstall", member(t, body, "error", "message"), `"filter not found"`)
	}
}

func TestFilterIDsCollide(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	counting(a)
	counting(b)
	create := func(id string) string {
		return member(t, r.post(`{"id":1,"method":"eth_newFilter","params":[{}]}`, pin(id)).Body, "result")
	}
	first, second := create("a"), create("b")
	want(t, "first id", first, `"0x1"`)
	if second == first || !strings.HasPrefix(second, `"0x`) {
		t.Fatalf("second id = %s, want another one", second)
	}
	poll := func(id string) string {
		return member(t, []byte(r.call("eth_getFilterChanges", `[`+id+`]`)), "result")
	}
	want(t, "changes of the first", poll(first), `["a",["0x1"]]`)
	want(t, "changes of the second", poll(second), `["b",["0x1"]]`)
	r.call("eth_uninstallFilter", `[`+second+`]`)
	want(t, "changes of the first", poll(first), `["a",["0x1"]]`)
}

func TestFilterIsLostWithItsProvider(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	id := member(t, []byte(r.call("eth_newBlockFilter", "[]")), "result")
	a.Kill()
	body := []byte(r.call("eth_getFilterChanges", "["+id+"]"))
	want(t, "code while it is down", member(t, body, "error", "code"), "-32002")
	if err := a.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	body = []byte(r.call("eth_getFilterChanges", "["+id+"]"))
	want(t, "after its restart", member(t, body, "error", "message"), `"filter not found"`)
	r.chain.Providers = r.chain.Providers[1:]
	r.load()
	body = []byte(r.call("eth_getFilterChanges", "["+id+"]"))
	want(t, "after its removal", string(body), `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"filter not found"}}`)
	want(t, "calls of the other", b.Calls(""), 0)
}

func TestUnknownFilters(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	for _, params := range []string{`["0x9"]`, `[]`, `null`, `{}`, `[{"a":1}]`, `["` + strings.Repeat("f", 1<<16) + `"]`} {
		want(t, "answer", r.call("eth_getFilterLogs", params), `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"filter not found"}}`)
	}
	want(t, "calls upstream", a.Calls("")+b.Calls(""), 0)
	for _, c := range r.rec.Calls() {
		want(t, "local", c.Local, true)
	}
}

// TestFilterOfOneChain is not known on another chain or in another profile.
func TestFilterOfOneProfile(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	other := *r.chain
	second := &lasso.Profile{Slug: "second", Chains: []*lasso.Chain{&other}}
	if err := r.Load(lasso.NewCatalog([]*lasso.Profile{r.profile, second}, "2", time.Time{})); err != nil {
		t.Fatal(err)
	}
	id := member(t, []byte(r.call("eth_newBlockFilter", "[]")), "result")
	got := r.post(`{"id":1,"method":"eth_getFilterChanges","params":[`+id+`]}`, func(q *lasso.Request) { q.Profile, q.Chain = second, &other })
	want(t, "in another profile", member(t, got.Body, "error", "message"), `"filter not found"`)
	want(t, "asked upstream", a.Calls("eth_getFilterChanges"), 0)
}
