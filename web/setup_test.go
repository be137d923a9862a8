package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// hostile is a name that must never reach a page unescaped.
const hostile = `<script>alert("x")</script>&'`

// router is a fake of the proxy: it remembers the last request and answers
// with a fixed response, or with what serve returns.
type router struct {
	mu    sync.Mutex
	last  lasso.Request
	body  string
	calls int
	serve func(ctx context.Context, req *lasso.Request) lasso.Response
}

func (r *router) Serve(ctx context.Context, req *lasso.Request) lasso.Response {
	r.mu.Lock()
	r.last, r.body = *req, string(req.Body)
	r.last.Body = nil
	r.calls++
	serve := r.serve
	r.mu.Unlock()
	if serve != nil {
		return serve(ctx, req)
	}
	return lasso.Response{Status: 200, Body: []byte(`{"jsonrpc":"2.0","id":1,"result":"0x1"}`)}
}

func (r *router) seen() (lasso.Request, string, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.body, r.calls
}

type catalogs struct {
	catalog *lasso.Catalog
	reload  lasso.ReloadState
}

func (c *catalogs) Catalog() *lasso.Catalog        { return c.catalog }
func (c *catalogs) ReloadState() lasso.ReloadState { return c.reload }

func testCatalog() *lasso.Catalog {
	provider := func(id, name string) *lasso.Provider {
		return &lasso.Provider{
			ID: lasso.ProviderID(id), Name: name, URL: "https://secret.example/KEY123", Priority: 1,
			Headers: []lasso.Header{{Name: "Authorization", Value: "Bearer KEY123"}},
		}
	}
	chain := func(id lasso.ChainID, key, name string, aliases []string, ps ...*lasso.Provider) *lasso.Chain {
		return &lasso.Chain{ID: id, Key: key, Name: name, Aliases: append([]string{key}, aliases...), MaxLagBlocks: 2, Providers: ps, BlockTime: 12 * time.Second}
	}
	return lasso.NewCatalog([]*lasso.Profile{
		{Slug: "base", Name: "Base team", Strategy: lasso.Fastest, Chains: []*lasso.Chain{
			chain(8453, "base", "Base", nil, provider("base_drpc", "dRPC")),
		}},
		{Slug: "public", Name: "Public", Chains: []*lasso.Chain{
			chain(1, "ethereum", "Ethereum", []string{"eth", "fastest", "a b"}, provider("alchemy", "Alchemy"), provider("drpc", hostile)),
			chain(8453, "base", "Base", nil, provider("base_drpc", "dRPC")),
			chain(10, "optimism", "OP Mainnet", nil, provider("idle", "Idle")),
		}},
	}, "cafe", start)
}

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// rig is a server on a real socket with fakes behind it.
type rig struct {
	testing.TB
	url    string
	addr   string
	router *router
	cats   *catalogs
	states *states
	figs   *figures
	server *web.Server
	served chan error
	reg    *prometheus.Registry
	logs   *lockedBuffer
	nodes  *members
	orders *orders
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func setup(tb testing.TB, change ...func(*web.Config)) *rig {
	tb.Helper()
	return setupBoard(tb, func(b board) web.Board { return b }, change...)
}

// setupBoard is setup with another board.
func setupBoard(tb testing.TB, of func(board) web.Board, change ...func(*web.Config)) *rig {
	tb.Helper()
	cfg := web.Config{Node: "n1", Region: "eu-west-1", Version: "1.2.3", Started: start, Now: func() time.Time { return start.Add(time.Minute) }}
	for _, f := range change {
		f(&cfg)
	}
	r := &rig{
		TB: tb, router: &router{}, cats: &catalogs{catalog: testCatalog()}, states: &states{}, figs: newFigures(),
		reg: prometheus.NewRegistry(), served: make(chan error, 1), logs: &lockedBuffer{}, nodes: newMembers(alone{}.State()), orders: &orders{},
	}
	var err error
	r.server, err = web.New(cfg, web.Deps{
		Router: r.router, States: r.states, Catalogs: r.cats, Figures: r.figs, Board: of(board{r.states}), Tail: r.figs, Cluster: r.nodes, Methods: methods{}, Operator: r.orders,
		Metrics: r.reg, Registerer: r.reg, Log: slog.New(slog.NewTextHandler(r.logs, nil)),
	})
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	r.addr = ln.Addr().String()
	r.url = "http://" + r.addr
	go func() { r.served <- r.server.Serve(ln) }()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 5*time.Second)
		defer cancel()
		if err := r.server.Shutdown(ctx); err != nil {
			tb.Errorf("Shutdown: %v", err)
		}
		if err := <-r.served; err != nil {
			tb.Errorf("Serve: %v", err)
		}
	})
	return r
}

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request on a connection of its own.
func (r *rig) do(method, path, body string, header ...string) answer {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.url+path, bytes.NewBufferString(body))
	if err != nil {
		r.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatalf("%s %s: read: %v", method, path, err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: string(b)}
}

func (r *rig) post(path, body string, header ...string) answer {
	r.Helper()
	return r.do(http.MethodPost, path, body, append([]string{"Content-Type", "application/json"}, header...)...)
}

func (r *rig) get(path string, header ...string) answer {
	r.Helper()
	return r.do(http.MethodGet, path, "", header...)
}

// raw writes bytes to a connection, half-closes it when told, and returns all
// that comes back until the server closes it.
func (r *rig) raw(request string, halfClose bool) string {
	r.Helper()
	var d net.Dialer
	conn, err := d.DialContext(r.Context(), "tcp", r.addr)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		r.Fatal(err)
	}
	if halfClose {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	}
	b, _ := io.ReadAll(conn)
	return string(b)
}

// clocked is a time of day of the start's day, as a sentence of a page holds it.
func clocked(clock string) string {
	day := start.UTC()
	return `<time datetime="` + day.Format("2006-01-02T") + clock + `Z" title="` + day.Format("2 Jan 2006 ") + clock + ` UTC">` + clock + `</time>`
}
