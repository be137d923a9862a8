package web_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

func TestInputs(t *testing.T) {
	t.Parallel()
	r := setup(t)
	type want struct {
		provider  lasso.ProviderID
		transport lasso.Transport
		meta      lasso.MetaMode
	}
	tests := []struct {
		name, path string
		header     []string
		want       want
	}{
		{"none", "/rpc/1", nil, want{}},
		{"headers", "/rpc/1", []string{"X-Lasso-Provider", "drpc", "X-Lasso-Transport", "ws", "X-Lasso-Include-Meta", "body"}, want{"drpc", lasso.WS, lasso.MetaBody}},
		{"query", "/rpc/1?provider_id=drpc&transport=http&include_meta=headers", nil, want{"drpc", lasso.HTTP, lasso.MetaHeaders}},
		{"query beats headers", "/rpc/1?provider_override=alchemy&transport=http&include_meta=none", []string{"X-Lasso-Provider", "drpc", "X-Lasso-Transport", "ws", "X-Lasso-Include-Meta", "body"}, want{"alchemy", lasso.HTTP, lasso.MetaNone}},
		{"override beats id", "/rpc/1?provider_id=drpc&provider_override=alchemy", nil, want{provider: "alchemy"}},
		{"path beats all", "/rpc/1/alchemy?provider_id=drpc", []string{"X-Lasso-Provider", "drpc"}, want{provider: "alchemy"}},
		{"empty is none", "/rpc/1?transport=&provider_id=", []string{"X-Lasso-Provider", ""}, want{}},
	}
	for _, tt := range tests {
		res := r.post(tt.path, `{"method":"x"}`, tt.header...)
		if res.status != 200 {
			t.Errorf("%s: status %d %s", tt.name, res.status, res.body)
			continue
		}
		req, body, _ := r.router.seen()
		if got := (want{req.Provider, req.Transport, req.Meta}); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if body != `{"method":"x"}` {
			t.Errorf("%s: the body became %q: query parameters must not mix with it", tt.name, body)
		}
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.MaxBody = 100_000; c.MaxInflight = 200_000 })
	big := strings.Repeat("x", 100_001)
	tests := []struct {
		name, method, path, body string
		header                   []string
		status, code             int
		message                  string
	}{
		{"GET", http.MethodGet, "/rpc/1", "", nil, 405, -32600, "only POST"},
		{"PUT", http.MethodPut, "/rpc/1", "{}", nil, 405, -32600, "only POST"},
		{"DELETE", http.MethodDelete, "/rpc/1", "", nil, 405, -32600, "only POST"},
		{"form", http.MethodPost, "/rpc/1", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, -32600, "content type"},
		{"text", http.MethodPost, "/rpc/1", "{}", []string{"Content-Type", "text/plain"}, 415, -32600, "content type"},
		{"multipart", http.MethodPost, "/rpc/1", "--x--", []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, -32600, "content type"},
		{"jsonx", http.MethodPost, "/rpc/1", "{}", []string{"Content-Type", "application/jsonx"}, 415, -32600, "content type"},
		{"gzip", http.MethodPost, "/rpc/1", "{}", []string{"Content-Encoding", "gzip"}, 415, -32600, "compressed"},
		{"too large", http.MethodPost, "/rpc/1", big, nil, 413, -32600, "too large"},
		{"transport", http.MethodPost, "/rpc/1", "{}", []string{"X-Lasso-Transport", "udp"}, 400, -32602, "transport"},
		{"meta", http.MethodPost, "/rpc/1", "{}", []string{"X-Lasso-Include-Meta", "yes"}, 400, -32602, "include_meta"},
		{"provider", http.MethodPost, "/rpc/1", "{}", []string{"X-Lasso-Provider", "nobody"}, 400, -32602, "Provider 'nobody'"},
		{"provider markup", http.MethodPost, "/rpc/1", "{}", []string{"X-Lasso-Provider", hostile}, 400, -32602, "is not configured"},
		{"websocket", http.MethodGet, "/ws/rpc/1", "", nil, 501, -32600, "WebSocket is not served by this version"},
		{"websocket profile", http.MethodGet, "/ws/rpc/profile/public/1", "", nil, 501, -32600, "WebSocket"},
	}
	for _, tt := range tests {
		res := r.do(tt.method, tt.path, tt.body, tt.header...)
		checkRefused(t, tt.name, res, tt.status, tt.code, tt.message)
		if tt.status == 405 && res.header.Get("Allow") != "POST, OPTIONS" {
			t.Errorf("%s: Allow = %q, want POST, OPTIONS", tt.name, res.header.Get("Allow"))
		}
		if strings.HasPrefix(tt.path, "/rpc") && res.header.Get("X-Lasso-Request-ID") == "" {
			t.Errorf("%s: no X-Lasso-Request-ID", tt.name)
		}
	}
	if _, _, calls := r.router.seen(); calls != 0 {
		t.Errorf("the router was asked %d times, want 0", calls)
	}
	if got := r.metric("lasso_edge_refused_total", "too_large"); got != 1 {
		t.Errorf("lasso_edge_refused_total{reason=too_large} = %v, want 1", got)
	}
	if got := r.metric("lasso_edge_inflight_bytes", ""); got != 0 {
		t.Errorf("lasso_edge_inflight_bytes = %v after all calls, want 0", got)
	}
}

// metric reads one sample; reason selects by the label of that name.
func (r *rig) metric(name, reason string) float64 {
	r.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if reason != "" && m.GetLabel()[0].GetValue() != reason {
				continue
			}
			if m.GetGauge() != nil {
				return m.GetGauge().GetValue()
			}
			return m.GetCounter().GetValue()
		}
	}
	r.Fatalf("no metric %s", name)
	return 0
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", "application/json-rpc", "application/jsonrequest"} {
		if res := r.do(http.MethodPost, "/rpc/1", "{}", "Content-Type", kind, "Accept", "text/html", "Content-Encoding", "identity"); res.status != 200 {
			t.Errorf("Content-Type %q: status %d, want 200", kind, res.status)
		}
	}
	if got := r.raw("POST /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", false); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("without Content-Type: %q, want 200", got)
	}
}

// TestRawRequests sends what an HTTP client would not.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) {
		c.MaxBody = 20_000
		c.MaxInflight = 100_000
		c.ReadTimeout = 500 * time.Millisecond
	})
	head := "POST /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
	chunk := strings.Repeat("x", 0x1000)
	tests := []struct {
		name, request string
		halfClose     bool
		status        int
		code          int
	}{
		{"well-formed", head + "Content-Length: 2\r\n\r\n{}", false, 200, 0},
		{"chunked", head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", false, 200, 0},
		{"absolute target", strings.Replace(head, "/rpc/1", "http://x/rpc/1", 1) + "Content-Length: 2\r\n\r\n{}", false, 200, 0},
		{"repeated length", head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", false, 400, -32700},
		{"conflicting lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", true, 400, -32700},
		{"length and chunked", head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n", false, 400, -32700},
		{"negative length", head + "Content-Length: -2\r\n\r\n{}", false, 400, -32700},
		{"length not a number", head + "Content-Length: two\r\n\r\n{}", false, 400, -32700},
		{"body shorter than declared, closed", head + "Content-Length: 10\r\n\r\n{}", true, 400, -32700},
		{"body shorter than declared, held", head + "Content-Length: 10\r\n\r\n{}", false, 408, -32600},
		{"long body shorter than declared, closed", head + "Content-Length: 19000\r\n\r\n" + strings.Repeat("x", 9000), true, 400, -32700},
		{"long body shorter than declared, held", head + "Content-Length: 19000\r\n\r\n" + strings.Repeat("x", 9000), false, 408, -32600},
		{"chunk without end", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{}", true, 400, -32700},
		{"bad chunk size", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", true, 400, -32700},
		{"chunked too large", head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+chunk+"\r\n", 5) + "0\r\n\r\n", false, 413, -32600},
		{"declared too large, body held", head + "Content-Length: 9000000\r\n\r\n" + strings.Repeat("x", 9000), false, 413, -32600},
		{"declared too large, closed early", head + "Content-Length: 9000000\r\n\r\n" + strings.Repeat("x", 9000), true, 413, -32600},
		{"declared absurdly large", head + "Content-Length: 99999999999999999999\r\n\r\n", true, 400, -32700},
		{"header too large", head + "X-Big: " + strings.Repeat("x", 20_000) + "\r\n\r\n", false, 431, -32600},
		{"not HTTP", "hello\r\n\r\n", false, 400, -32700},
		{"bad version", "POST /rpc/1 HTTP/9\r\n\r\n", true, 400, -32700},
		{"unknown verb", "BREW /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false, 405, -32600},
		{"bad escape", strings.Replace(head, "/rpc/1", "/rpc/%zz", 1) + "Content-Length: 2\r\n\r\n{}", false, 400, -32602},
		{"expect", head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", false, 200, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.TrimPrefix(r.raw(tt.request, tt.halfClose), "HTTP/1.1 100 Continue\r\n\r\n")
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), req)
			if err != nil {
				t.Fatalf("answer %q: %v", got, err)
			}
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			_ = res.Body.Close()
			if tt.code == 0 {
				if res.StatusCode != tt.status {
					t.Errorf("status %d %s, want %d", res.StatusCode, body, tt.status)
				}
				return
			}
			checkRefused(t, tt.name, answer{res.StatusCode, res.Header, body}, tt.status, tt.code, "")
		})
	}
}

// TestLargeBodyReadsAnswer checks that a client that sends much more than it
// may still gets to read the refusal.
func TestLargeBodyReadsAnswer(t *testing.T) {
	t.Parallel()
	r := setup(t)
	res := r.post("/rpc/1", strings.Repeat("x", web.DefaultMaxBody+1))
	checkRefused(t, "8,000,001 bytes", res, 413, -32600, "too large")
	body := `"` + strings.Repeat("x", web.DefaultMaxBody-2) + `"`
	if res := r.post("/rpc/1", body); res.status != 200 {
		t.Errorf("8,000,000 bytes: status %d, want 200", res.status)
	}
	if _, got, _ := r.router.seen(); got != body {
		t.Errorf("8,000,000 bytes: the router saw %d other bytes", len(got))
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.MaxBody = 50_000; c.MaxInflight = 60_000 })
	entered, leave := make(chan struct{}), make(chan struct{})
	r.router.serve = func(context.Context, *lasso.Request) lasso.Response {
		entered <- struct{}{}
		<-leave
		return lasso.Response{Status: 200, Body: []byte(`{}`)}
	}
	done := make(chan answer)
	go func() { done <- r.post("/rpc/1", strings.Repeat("x", 50_000)) }()
	<-entered
	if got := r.metric("lasso_edge_inflight_bytes", ""); got != 50_000 {
		t.Errorf("lasso_edge_inflight_bytes = %v, want 50000", got)
	}
	res := r.post("/rpc/1", strings.Repeat("x", 20_000))
	checkRefused(t, "over the budget", res, 503, -32008, "local request byte capacity unavailable")
	if got := res.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After = %q, want 1", got)
	}
	close(leave)
	if res := <-done; res.status != 200 {
		t.Errorf("the first call: status %d, want 200", res.status)
	}
	if got := r.metric("lasso_edge_inflight_bytes", ""); got != 0 {
		t.Errorf("lasso_edge_inflight_bytes = %v at the end, want 0", got)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	r := setup(t)
	seen := map[string]bool{}
	for _, id := range []string{"", strings.Repeat("x", 129), "a b", "a\tb", "<script>", "é"} {
		res := r.post("/rpc/1", "{}", "X-Lasso-Request-Id", id)
		got := res.header.Get("X-Lasso-Request-Id")
		if got == id || got == "" || seen[got] {
			t.Errorf("id %q: got %q, want a fresh one", id, got)
		}
		seen[got] = true
	}
	for _, id := range []string{"abc-1_2.Z", strings.Repeat("x", 128)} {
		if got := r.post("/rpc/1", "{}", "X-Lasso-Request-Id", id).header.Get("X-Lasso-Request-Id"); got != id {
			t.Errorf("id %q: got %q", id, got)
		}
		if req, _, _ := r.router.seen(); req.ID != id {
			t.Errorf("the router saw id %q, want %q", req.ID, id)
		}
	}
	got := r.raw("POST /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Lasso-Request-ID: a\r\n b: evil\r\nContent-Length: 2\r\n\r\n{}", true)
	if strings.Contains(got, "evil") {
		t.Errorf("a folded header came back: %q", got)
	}
}

func TestAnswerIsPassedOn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	meta := &lasso.Meta{Version: "1.0", RequestID: "r", Selected: &lasso.MetaProvider{ID: "alchemy"}}
	r.router.serve = func(_ context.Context, req *lasso.Request) lasso.Response {
		switch string(req.Body) {
		case "notify":
			return lasso.Response{Status: 204}
		case "broken":
			return lasso.Response{Status: 400, Body: []byte(`{"e":1}`)}
		case "long":
			long := *meta
			long.Reason = strings.Repeat("x", 4000)
			return lasso.Response{Status: 200, Body: []byte(`{}`), Meta: &long}
		}
		return lasso.Response{Status: 200, Body: []byte(` {"a" : 1} `), Meta: meta}
	}
	if res := r.post("/rpc/1", "notify"); res.status != 204 || res.body != "" {
		t.Errorf("204: got %d %q", res.status, res.body)
	}
	if res := r.post("/rpc/1", "broken"); res.status != 400 || res.body != `{"e":1}` {
		t.Errorf("400: got %d %q", res.status, res.body)
	}
	res := r.post("/rpc/1", "{}")
	if res.body != ` {"a" : 1} ` || res.header.Get("X-Lasso-Meta") != "" {
		t.Errorf("got %q, X-Lasso-Meta %q; want the router's bytes and no metadata unasked", res.body, res.header.Get("X-Lasso-Meta"))
	}
	res = r.post("/rpc/1?include_meta=headers", "{}")
	raw, err := base64.RawURLEncoding.DecodeString(res.header.Get("X-Lasso-Meta"))
	var got lasso.Meta
	if err == nil {
		err = json.Unmarshal(raw, &struct{ RequestID *string }{&got.RequestID})
	}
	if err != nil || !strings.Contains(string(raw), `"version":"1.0"`) {
		t.Errorf("X-Lasso-Meta = %q: %v", raw, err)
	}
	if p := res.header.Get("X-Lasso-Provider"); p != "alchemy" {
		t.Errorf("X-Lasso-Provider = %q, want alchemy", p)
	}
	if h := r.post("/rpc/1?include_meta=headers", "long").header.Get("X-Lasso-Meta"); h != "" {
		t.Errorf("X-Lasso-Meta of %d bytes was sent, want none above 4096", len(h))
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	r := setup(t)
	res := r.do(http.MethodOptions, "/rpc/fastest/ethereum", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST")
	if res.status != 204 || res.body != "" {
		t.Errorf("got %d %q, want 204 and nothing", res.status, res.body)
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":   "*",
		"Access-Control-Allow-Methods":  "POST",
		"Access-Control-Allow-Headers":  "X-Lasso-Include-Meta",
		"Access-Control-Max-Age":        "86400",
		"Access-Control-Expose-Headers": "X-Lasso-Meta",
	} {
		if got := res.header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s = %q, want %q in it", name, got, want)
		}
	}
}

func TestPanicIsNotShown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.router.serve = func(context.Context, *lasso.Request) lasso.Response { panic("the secret reason") }
	res := r.post("/rpc/1", "{}")
	checkRefused(t, "panic", res, 500, -32603, "Internal error")
	if strings.Contains(res.body, "secret") {
		t.Errorf("the panic is shown: %s", res.body)
	}
	if !strings.Contains(r.logs.String(), "the secret reason") || !strings.Contains(r.logs.String(), "rpc_test.go") {
		t.Errorf("the panic is not logged with its stack")
	}
	if got := r.metric("lasso_edge_inflight_bytes", ""); got != 0 {
		t.Errorf("lasso_edge_inflight_bytes = %v after a panic, want 0", got)
	}
}

// TestKeepAlive sends several calls, refused ones among them, over one
// connection: each must find its own answer.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.router.serve = func(_ context.Context, req *lasso.Request) lasso.Response {
		return lasso.Response{Status: 200, Body: append([]byte(nil), req.Body...)}
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(conn)
	for i := range 200 {
		path, size := "/rpc/1", i*100
		if i%3 == 1 {
			path = "/rpc/nowhere"
		}
		body := fmt.Sprintf("%d:%s", i, strings.Repeat("x", size))
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		got, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if i%3 != 1 && string(got) != body {
			t.Fatalf("call %d: got %.40q, want %.40q", i, got, body)
		}
		if i%3 == 1 && res.StatusCode != http.StatusBadRequest {
			t.Fatalf("call %d: status %d, want 400", i, res.StatusCode)
		}
	}
}
