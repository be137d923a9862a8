package proxy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func withMeta(m lasso.MetaMode) func(*lasso.Request) {
	return func(r *lasso.Request) { r.Meta = m }
}

func TestMetaOfAFailover(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	got := r.post(`{"id":"x","method":"eth_blockNumber"}`, withMeta(lasso.MetaHeaders))
	want(t, "body", string(got.Body), `{"jsonrpc":"2.0","id":"x","result":"0x3e8"}`)
	m := got.Meta
	if m == nil {
		t.Fatal("no metadata")
	}
	want(t, "request id", m.RequestID, "req-1")
	want(t, "version", m.Version, "1.0")
	want(t, "strategy", m.Strategy, lasso.Priority)
	want(t, "chain", m.Chain, 1)
	want(t, "retries", m.Retries, 1)
	want(t, "breaker", m.Breaker, "closed")
	want(t, "reason", m.Reason, "priority 100")
	wantList(t, "candidates", m.Candidates, "a:http", "b:http")
	want(t, "selected", *m.Selected, lasso.MetaProvider{ID: "b", Protocol: lasso.HTTP})
	want(t, "attempts", len(m.Attempts), 2)
	want(t, "first outcome", m.Attempts[0].Outcome, lasso.ServerError)
	want(t, "first reason", m.Attempts[0].Reason, "HTTP 502")
	if m.UpstreamMS <= 0 || m.EndToEndMS < m.UpstreamMS || m.OverheadMS < 0 {
		t.Errorf("times %+v", m)
	}
}

func TestMetaInTheBody(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, answer := range []string{`{"jsonrpc":"2.0","id":7,"result":{"}":"}"}}` + " \n", `{"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"execution reverted}"}}`} {
		n.answers(200, answer)
		got := r.post(`{"id":7,"method":"eth_call"}`, withMeta(lasso.MetaBody))
		var all map[string]json.RawMessage
		if err := json.Unmarshal(got.Body, &all); err != nil {
			t.Fatalf("%v: %s", err, got.Body)
		}
		want(t, "provider", member(t, got.Body, "lasso_meta", "selected_provider", "id"), `"a"`)
		delete(all, "lasso_meta")
		want(t, "members beside it", len(all), 3)
		if !strings.HasPrefix(string(got.Body), strings.TrimRight(answer, "} \n")) {
			t.Errorf("body %s, want the upstream's bytes first", got.Body)
		}
	}
}

func TestMetaOfLocalAndRefusedCalls(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, body := range []string{`{"id":1,"method":"eth_chainId"}`, `{"id":1,"method":"eth_accounts"}`} {
		m := r.post(body, withMeta(lasso.MetaHeaders)).Meta
		if m == nil || m.Selected != nil || m.Reason != "answered by this node" || m.Retries != 0 {
			t.Errorf("%s: %+v", body, m)
		}
	}
	for _, body := range []string{`{`, `{"id":1}`, `[]`} {
		got := r.post(body, withMeta(lasso.MetaBody))
		if !json.Valid(got.Body) {
			t.Errorf("%s: %s", body, got.Body)
		}
	}
	want(t, "without being asked", r.post(`{"id":1,"method":"eth_call"}`).Meta, nil)
}

// TestMetaOfABatch is that of the first call that was forwarded.
func TestMetaOfABatch(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	m := r.post(`[{"id":1,"method":"eth_chainId"},{"id":2,"method":"eth_blockNumber"}]`, withMeta(lasso.MetaHeaders)).Meta
	if m == nil || m.Selected == nil || m.Selected.ID != "a" {
		t.Errorf("%+v", m)
	}
}

// TestRecords checks every field that is the same in each run.
func TestRecords(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.SetBehaviour(simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Status: 503, Body: "sorry"}})
	const body = `{"jsonrpc":"2.0","id":7,"method":"eth_blockNumber"}`
	r.post(body)
	r.post(`{"jsonrpc":"2.0","id":7,"method":"vendor_getThing"}`, pin("b"))

	attempts := r.rec.Attempts()
	for i := range attempts {
		if attempts[i].Latency <= 0 || attempts[i].At.IsZero() {
			t.Errorf("attempt %d: %+v", i, attempts[i])
		}
		attempts[i].Latency, attempts[i].At = 0, time.Time{}
	}
	route := func(id lasso.ProviderID) lasso.Route {
		return lasso.Route{Profile: "public", Chain: 1, Provider: id, Transport: lasso.HTTP}
	}
	for i, w := range []lasso.Attempt{
		{Route: route("a"), Method: "eth_blockNumber", Category: lasso.ServerError, BytesOut: len(body), BytesIn: len("sorry"), Message: "HTTP 503"},
		{Route: route("b"), Method: "eth_blockNumber", Ordinal: 1, BytesOut: len(body), BytesIn: len(good)},
		{Route: route("b"), Method: "other", Category: lasso.MethodNotFound, BytesOut: 51, BytesIn: attempts[2].BytesIn, Message: attempts[2].Message},
	} {
		want(t, "attempt", attempts[i], w)
	}
	calls := r.rec.Calls()
	for i := range calls {
		if calls[i].Duration < calls[i].Upstream || calls[i].Upstream <= 0 {
			t.Errorf("call %d: %+v", i, calls[i])
		}
		calls[i].Duration, calls[i].Upstream, calls[i].At = 0, 0, time.Time{}
		calls[i].Picked, calls[i].Trace = 0, nil // see TestTraceOfAFailover
	}
	want(t, "first call", calls[0], lasso.Call{
		Profile: "public", Chain: 1, Method: "eth_blockNumber", Strategy: lasso.Priority, RequestID: "req-1", Provider: "b",
		Transport: lasso.HTTP, Attempts: 2, Failovers: 1, Detail: "a: HTTP 503", BytesIn: len(body), BytesOut: len(good),
		Why: "by priority",
	})
	want(t, "second call", calls[1], lasso.Call{
		Profile: "public", Chain: 1, Method: "other", Strategy: lasso.Priority, RequestID: "req-1", Provider: "b", Transport: lasso.HTTP,
		Attempts: 1, Category: lasso.MethodNotFound, Code: -32601, BytesIn: 51, BytesOut: attempts[2].BytesIn,
		Why: "pinned by the caller",
	})
}
