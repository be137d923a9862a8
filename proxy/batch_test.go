package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func TestBatchKeepsOrder(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.Script(func(request uint64, _ string, params json.RawMessage) *simnode.Answer {
		return &simnode.Answer{RawResult: params}
	})
	r := newRig(t, []*lasso.Provider{n.provider()})
	var in, out []string
	for i := range 50 {
		switch i % 5 {
		case 3: // a notification gives no answer
			in = append(in, fmt.Sprintf(`{"jsonrpc":"2.0","method":"eth_call","params":[%d]}`, i))
		case 4: // ids may repeat
			in = append(in, fmt.Sprintf(`{"jsonrpc":"2.0","id":"same","method":"eth_call","params":[%d]}`, i))
			out = append(out, fmt.Sprintf(`{"jsonrpc":"2.0","id":"same","result":[%d]}`, i))
		default:
			in = append(in, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"eth_call","params":[%d]}`, i, i))
			out = append(out, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":[%d]}`, i, i))
		}
	}
	got := r.post("[" + strings.Join(in, " , ") + "]")
	want(t, "status", got.Status, http.StatusOK)
	want(t, "body", string(got.Body), "["+strings.Join(out, ",")+"]")
	want(t, "calls upstream", n.Calls("eth_call"), 50)
	want(t, "calls recorded", len(r.rec.Calls()), 50)
}

func TestBatchOfAllKinds(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	got := r.post(`[{"id":1,"method":"eth_chainId"}, 1, {"id":2}, {"id":3,"method":"eth_blockNumber"}, {"method":"eth_blockNumber"}, {"id":4,"method":"eth_sign"}, {"id":5,"method":"eth_foo"}]`)
	var answers []struct {
		ID     json.RawMessage
		Result json.RawMessage
		Error  struct{ Code int }
	}
	if err := json.Unmarshal(got.Body, &answers); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range answers {
		all = append(all, fmt.Sprintf("%s %s %d", a.ID, a.Result, a.Error.Code))
	}
	wantList(t, "answers", all, `1 "0x1" 0`, "null  -32600", "2  -32600", `3 "0x3e8" 0`, "4  -32601", "5  -32601")
	want(t, "calls recorded", len(r.rec.Calls()), 5) // valid members
}

func TestBatchOfNotifications(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	got := r.post(`[{"method":"eth_blockNumber"},{"method":"eth_chainId"}]`)
	want(t, "status", got.Status, http.StatusNoContent)
	want(t, "body", string(got.Body), "")
	want(t, "executed", n.Calls("eth_blockNumber"), 1)
}

func TestBatchLimit(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	body := `[` + strings.Repeat(`{"id":1,"method":"eth_chainId"},`, 60) + `{"id":1,"method":"eth_chainId"}]`
	for limit, ok := range map[int]bool{0: false, 60: false, 61: true, -1: true} {
		r := newRig(t, []*lasso.Provider{n.provider()}, func(c *proxy.Config, _ *lasso.Chain) { c.MaxBatch = limit })
		want(t, fmt.Sprintf("61 members served with limit %d", limit), r.post(body).Body[0] == '[', ok)
	}
}

// TestBatchReadsOneHead: all members go to one provider, and the next batch to
// the next in turn, whatever the size of the batch.
func TestBatchReadsOneHead(t *testing.T) {
	t.Parallel()
	for _, how := range []lasso.Strategy{lasso.LoadBalanced, lasso.RoundRobin, lasso.Fastest, lasso.LatencyWeighted} {
		var providers []*lasso.Provider
		var nodes []*node
		for _, name := range []string{"a", "b", "c"} {
			n := startNode(t, name)
			nodes = append(nodes, n)
			providers = append(providers, n.provider())
		}
		r := newRig(t, providers)
		body := `[{"id":0,"method":"eth_chainId"}` + strings.Repeat(`,{"id":1,"method":"eth_blockNumber"},{"id":1,"method":"eth_gasPrice"}`, 3) + `]`
		for batch := range 6 {
			before := make([]uint64, len(nodes))
			for i, n := range nodes {
				before[i] = n.Calls("")
			}
			r.post(body, strategy(how))
			used := 0
			for i, n := range nodes {
				if n.Calls("") > before[i] {
					used++
				}
			}
			want(t, fmt.Sprintf("%v: providers used by batch %d", how, batch), used, 1)
		}
		if how == lasso.RoundRobin {
			for _, n := range nodes {
				want(t, "calls of "+n.Name(), n.Calls(""), 12)
			}
		}
	}
}

func TestBatchMembersFailOverAlone(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	a.Script(func(_ uint64, method string, _ json.RawMessage) *simnode.Answer {
		if method == "eth_gasPrice" {
			return &simnode.Answer{Status: 500}
		}
		return nil
	})
	got := r.post(`[{"id":1,"method":"eth_blockNumber"},{"id":2,"method":"eth_gasPrice"},{"id":3,"method":"eth_blockNumber"}]`)
	if strings.Contains(string(got.Body), "error") {
		t.Errorf("answer %s", got.Body)
	}
	want(t, "calls of a", a.Calls(""), 3)
	want(t, "calls of b", b.Calls(""), 1)
}
