package proxy_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
)

// FuzzServe posts what a stranger may send: whatever it is, the answer is valid
// JSON or nothing at all, and nothing panics.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `[]`, `[1]`, `null`, `{"id":1,"method":"eth_chainId"}`, `{"jsonrpc":"2.0","id":"\ud800","method":"eth_call","params":[{},"0x1"]}`,
		`[{"id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x0","toBlock":"0xffffffffffffffffff"}]},{"method":"x"}]`,
		`{"id":1,"method":"eth_sendRawTransaction","params":["0x02"]}`, `{"id":-0,"method":"eth_subscribe"}`,
		`{"id":null,"method":"eth_newBlockFilter"}`, `{"id":null,"method":"eth_getFilterChanges","params":["0x1"]}`,
		`{"id":1,"method":"eth_feeHistory","params":[1e9,"latest"]}`, `{"id":1,"method":"\u0000_get","params":{}}`,
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(7))
	}
	n := startNode(f, "a")
	r := newRig(f, []*lasso.Provider{n.provider()}, timeouts(5*time.Second), func(c *proxy.Config, _ *lasso.Chain) { c.MaxBatch = 8 })
	f.Fuzz(func(t *testing.T, body []byte, how uint8) {
		sent := strings.Clone(string(body))
		got := r.post(sent, func(q *lasso.Request) {
			q.Body = body
			q.Meta = lasso.MetaMode(how % 3)
			q.Strategy = lasso.Strategies()[how%5]
		})
		if string(body) != sent {
			t.Fatal("Serve changed the body")
		}
		switch {
		case got.Status == http.StatusNoContent:
			if got.Body != nil {
				t.Fatalf("204 with body %q", got.Body)
			}
		case got.Status != http.StatusOK && got.Status != http.StatusBadRequest:
			t.Fatalf("status %d", got.Status)
		case !json.Valid(got.Body):
			t.Fatalf("no JSON: %q", got.Body)
		}
		if b := r.breaker("a"); b.Failures > 0 || b.State != lasso.Closed {
			t.Fatalf("a stranger's body counts against the provider: %+v", b)
		}
	})
}
