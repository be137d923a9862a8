package proxy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func TestIDsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, id := range []string{
		`1`, `0`, `-1`, `-0`, `007`[2:], `123456789012345`, `1234567890123456`, `18446744073709551616`,
		`340282366920938463463374607431768211456`, `null`, `""`, `"a"`, `"\u0041\n\"\\"`, `"ünï ☃"`, `"1"`,
		`"` + strings.Repeat("x", 5000) + `"`,
	} {
		body := r.post(`{"jsonrpc":"2.0","id":` + id + `,"method":"eth_blockNumber","params":[]}`).Body
		want(t, "answer to id "+id, string(body), `{"jsonrpc":"2.0","id":`+id+`,"result":"0x3e8"}`)
		// the same for errors of ours, and of an upstream
		body = r.post(`{"jsonrpc":"2.0","id":` + id + `,"method":"eth_accounts"}`).Body
		want(t, "refusal of id "+id, member(t, body, "id"), id)
		body = r.post(`{"jsonrpc":"2.0","id":` + id + `,"method":"eth_getBalance","params":["zz"]}`).Body
		want(t, "error for id "+id, member(t, body, "id"), id)
	}
}

func TestParamsAreForwardedAsTheyCame(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.results(`"ok"`)
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, tt := range []struct{ in, sent string }{
		{`{"jsonrpc":"2.0","id":7,"method":"x_getIt"}`, `{"jsonrpc":"2.0","id":7,"method":"x_getIt"}`},
		{`{"id":7,"method":"x_getIt","params":null}`, `{"jsonrpc":"2.0","id":7,"method":"x_getIt","params":null}`},
		{`{"id":7,"method":"x_getIt","params":[]}`, `{"jsonrpc":"2.0","id":7,"method":"x_getIt","params":[]}`},
		{`{"id":7,"method":"x_getIt","params": { "a" : 1e400, "a":"\u00e9" } }`, `{"jsonrpc":"2.0","id":7,"method":"x_getIt","params":{ "a" : 1e400, "a":"\u00e9" }}`},
		{`{"id":"s","method":"x_g\u0065tIt","params":[ 1 ,2]}`, `{"jsonrpc":"2.0","id":1,"method":"x_getIt","params":[ 1 ,2]}`},
	} {
		if got := r.post(tt.in); !bytes.Contains(got.Body, []byte(`"ok"`)) {
			t.Errorf("%s: answer %s", tt.in, got.Body)
		}
		sent := n.Requests()
		want(t, "sent upstream for "+tt.in, string(sent[len(sent)-1].Body), tt.sent)
	}
}

func TestUpstreamBytesAreUnchanged(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, tail := range []string{
		` , "result" : [ 1e999 , -0.0, 123456789012345678901234567890 , "\u00e9\/\ud83d\ude00" ] }` + "\r\n",
		`,"result":{"a":1,"a":2,"":null}, "extra" : [ ] }`,
		`,"error":null,"result":null}`,
	} {
		n.answers(200, "\n {\"jsonrpc\":\"2.0\",\t\"id\" :  1 "+tail)
		for _, id := range []string{`1`, `"long-id \u0041"`, `99999999999999999999`} {
			got := r.post(`{"jsonrpc":"2.0","id":` + id + `,"method":"eth_call"}`).Body
			want(t, "body", string(got), "\n {\"jsonrpc\":\"2.0\",\t\"id\" :  "+id+" "+tail)
		}
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, method := range []string{"eth_blockNumber", "eth_chainId", "eth_accounts", "x_doIt", "eth_newBlockFilter"} {
		got := r.post(`{"jsonrpc":"2.0","method":"` + method + `"}`)
		want(t, method+" status", got.Status, http.StatusNoContent)
		want(t, method+" body", string(got.Body), "")
	}
	want(t, "executed upstream", n.Calls("eth_blockNumber"), 1)
	want(t, "refused all the same", n.Calls("eth_accounts"), 0)
}

func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, tt := range []struct {
		body   string
		status int
		code   string
		id     string
	}{
		{``, 400, "-32700", "null"},
		{`{`, 400, "-32700", "null"},
		{`{"id":1}x`, 400, "-32700", "null"},
		{"{\"id\":\"\xff\"}", 400, "-32700", "null"},
		{`1`, 200, "-32600", "null"},
		{`"x"`, 200, "-32600", "null"},
		{`[]`, 200, "-32600", "null"},
		{`{}`, 200, "-32600", "null"},
		{`{"id":5}`, 200, "-32600", "5"},
		{`{"id":5,"method":1}`, 200, "-32600", "5"},
		{`{"id":5,"method":"eth_call","jsonrpc":"1.0"}`, 200, "-32600", "5"},
		{`{"id":5,"method":"eth_call","params":1}`, 200, "-32600", "5"},
		{`{"id":1.5,"method":"eth_call"}`, 200, "-32602", "null"},
		{`{"id":{},"method":"eth_call"}`, 200, "-32602", "null"},
		{`[` + strings.Repeat(`{"id":1,"method":"eth_chainId"},`, 50) + `{"id":1,"method":"eth_chainId"}]`, 200, "-32600", "null"},
	} {
		got := r.post(tt.body)
		if !json.Valid(got.Body) {
			t.Errorf("%.40s: no JSON: %s", tt.body, got.Body)
			continue
		}
		want(t, tt.body+" status", got.Status, tt.status)
		want(t, tt.body+" code", member(t, got.Body, "error", "code"), tt.code)
		want(t, tt.body+" id", member(t, got.Body, "id"), tt.id)
	}
	want(t, "calls upstream", n.Calls(""), 0)
	want(t, "calls recorded", len(r.rec.Calls()), 0)
}

func TestRefusedMethods(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	for _, method := range []string{
		"eth_accounts", "eth_sign", "eth_sendTransaction", "eth_coinbase", "eth_mining", "personal_anything",
		"admin_addPeer", "miner_start", "engine_newPayloadV4", "eth_signTypedData_v9",
	} {
		body := []byte(r.call(method, "[]"))
		want(t, method+" code", member(t, body, "error", "code"), "-32601")
	}
	for _, method := range []string{"eth_subscribe", "eth_unsubscribe"} {
		body := []byte(r.call(method, `["newHeads"]`))
		want(t, method+" code", member(t, body, "error", "code"), "-32601")
		want(t, method+" hint", member(t, body, "error", "data", "websocket_url"), `"/ws/rpc/ethereum"`)
	}
	want(t, "calls upstream", n.Calls(""), 0)
	for _, c := range r.rec.Calls() {
		if !c.Local || c.Code != -32601 || c.Provider != "" || c.Attempts != 0 {
			t.Errorf("recorded %+v", c)
		}
	}
}

func TestLocalAnswers(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(0xABCDEF, 0, 10, nil)
	n := startNodeOf(t, chain, "a")
	r := newRig(t, []*lasso.Provider{n.provider()}, func(_ *proxy.Config, c *lasso.Chain) { c.ID = 0xABCDEF })
	for _, params := range []string{"[]", "null", "[ ]"} {
		want(t, "eth_chainId", r.call("eth_chainId", params), `{"jsonrpc":"2.0","id":7,"result":"0xabcdef"}`)
		want(t, "net_version", r.call("net_version", params), `{"jsonrpc":"2.0","id":7,"result":"11259375"}`)
	}
	want(t, "calls upstream", n.Calls(""), 0)
	for _, c := range r.rec.Calls() {
		if !c.Local || c.Category != lasso.OK || c.Attempts != 0 {
			t.Errorf("recorded %+v", c)
		}
	}
	r.post(`{"id":1,"method":"eth_chainId"}`, pin("a"))
	r.call("eth_chainId", `[1]`)
	r.call("net_version", `{}`)
	want(t, "eth_chainId forwarded", n.Calls("eth_chainId"), 2)
	want(t, "net_version forwarded", n.Calls("net_version"), 1)
}

func TestChainThatAReloadRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	gone := &lasso.Chain{ID: 5, Key: `go"ne`}
	got := r.post(`{"id":1,"method":"eth_call"}`, func(q *lasso.Request) { q.Chain = gone })
	want(t, "status", got.Status, 400)
	want(t, "code", member(t, got.Body, "error", "code"), "-32602")
	got = r.post(`{"id":1,"method":"eth_call"}`)
	want(t, "no providers", member(t, got.Body, "error", "code"), "-32000")
}

// TestSecretsStayHidden has a canary in every place where a configuration may
// hold a credential, and every way to fail.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	var seen http.Header
	var path string
	alive := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		seen, path = q.Header.Clone(), q.URL.String()
		w.WriteHeader(http.StatusInternalServerError)
	})
	// repeats all it knows about us
	echo := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		user, password, _ := q.BasicAuth()
		text := strings.Join([]string{q.URL.String(), user, password, q.Header.Get("Authorization"), q.Header.Get("X-Key")}, " ")
		message, _ := json.Marshal("project " + text + " is not active")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":` + string(message) + `,"data":{"n":123456789012345,"s":` + string(message) + `}}}`))
	})
	secret := func(p *lasso.Provider) {
		p.Instance = "1:example:0123456789ab"
		p.URL = strings.Replace(p.URL, "http://", "http://canary-1-secret:canary-2-secret@", 1) + "/v1/canary-3-secret?key=canary-4-secret"
		p.Headers = []lasso.Header{{Name: "Authorization", Value: "Bearer canary-5-secret"}, {Name: "X-Key", Value: "canary-6-secret"}}
	}
	for name, p := range map[string]*lasso.Provider{
		"dead": provider("a", "http://127.0.0.1:1", secret),
		"name": provider("a", "http://canary7.invalid", secret),
		"tls":  provider("a", strings.Replace(alive, "http:", "https:", 1), secret),
		"500":  provider("a", alive, secret),
		"echo": provider("a", echo, secret),
		"user": provider("a", echo, secret, func(p *lasso.Provider) { p.Headers = nil }),
	} {
		r := newRig(t, []*lasso.Provider{p})
		var all bytes.Buffer
		for range 4 {
			got := r.post(`{"id":1,"method":"eth_call"}`, func(q *lasso.Request) { q.Meta = lasso.MetaBody })
			all.Write(got.Body)
		}
		enc := json.NewEncoder(&all)
		for _, v := range []any{r.rec.attempts, r.rec.calls, r.rec.events, r.ChainStates("public"), r.Explain(&lasso.Request{Profile: r.profile, Chain: r.chain}, "eth_call", nil)} {
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
		}
		if i := bytes.Index(all.Bytes(), []byte("canary")); i >= 0 {
			t.Errorf("%s: a credential leaked: …%s…", name, all.Bytes()[max(i-80, 0):i+20])
		}
	}
	want(t, "path sent", path, "/v1/canary-3-secret?key=canary-4-secret")
	want(t, "header sent", seen.Get("X-Key"), "canary-6-secret")
	want(t, "user agent", seen.Get("User-Agent"), "lasso/test")
}

func TestBadURLIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.chain.Providers = []*lasso.Provider{provider("a", "http://canary:%zz@/")}
	err := r.Load(lasso.NewCatalog([]*lasso.Profile{r.profile}, "x", r.clock.Now()))
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Fatalf("Load = %v, want an error without the URL", err)
	}
	if r.Catalog().Hash != "hash" {
		t.Error("the refused configuration serves")
	}
}
