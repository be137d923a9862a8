package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

type fixedRouter struct{ res lasso.Response }

func (f fixedRouter) Serve(context.Context, *lasso.Request) lasso.Response { return f.res }

type fixedCatalog struct{ c *lasso.Catalog }

func (f fixedCatalog) Catalog() *lasso.Catalog        { return f.c }
func (f fixedCatalog) ReloadState() lasso.ReloadState { return lasso.ReloadState{} }

type noStates struct{ States }

type (
	noFigures struct{ Figures }
	noBoard   struct{ Board }
	noTail    struct{ Tail }
	noCluster struct{ Cluster }
	noMethods struct{}

	noOperator struct{ Operator }
)

func (noMethods) Method(string) lasso.MethodInfo { return lasso.MethodInfo{} }
func (noMethods) Methods() []lasso.MethodInfo    { return nil }

// newServer builds a server over deps; what they lack is never called.
func newServer(tb testing.TB, cfg Config, deps Deps) *Server {
	tb.Helper()
	reg := prometheus.NewRegistry()
	deps.Metrics, deps.Registerer, deps.Log = reg, reg, slog.New(slog.DiscardHandler)
	deps.States, deps.Tail, deps.Methods, deps.Operator = noStates{}, noTail{}, noMethods{}, noOperator{}
	s, err := New(cfg, deps)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkRPC measures what the edge adds to a call: everything between the
// parsed HTTP request and the router, and back.
func BenchmarkRPC(b *testing.B) {
	p := &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{{ID: 1, Key: "ethereum", Aliases: []string{"ethereum"}}}}
	s := newServer(b, Config{}, Deps{
		Router:   fixedRouter{lasso.Response{Status: 200, Body: []byte(`{"jsonrpc":"2.0","id":1,"result":"0x1"}`)}},
		Catalogs: fixedCatalog{lasso.NewCatalog([]*lasso.Profile{p}, "", time.Time{})},
		Figures:  noFigures{}, Board: noBoard{}, Cluster: noCluster{},
	})
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`)
	stream := &benchStream{}
	for _, path := range []string{"/rpc/ethereum", "/rpc/public/fastest/1"} {
		b.Run(path[1:], func(b *testing.B) {
			ctx := &fasthttp.RequestCtx{}
			h := &ctx.Request.Header
			h.SetMethod("POST")
			h.Set("User-Agent", "bench/1")
			h.Set("Accept", "*/*")
			h.Set("Accept-Encoding", "gzip")
			h.SetContentType("application/json")
			h.SetContentLength(len(body))
			ctx.Request.SetRequestURI(path)
			b.ReportAllocs()
			for b.Loop() {
				stream.left = body
				ctx.Request.SetBodyStream(stream, len(body))
				ctx.Response.Reset()
				s.serve(ctx)
				if ctx.Response.StatusCode() != 200 {
					b.Fatalf("status %d: %s", ctx.Response.StatusCode(), ctx.Response.Body())
				}
			}
		})
	}
}

type benchStream struct{ left []byte }

func (s *benchStream) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// FuzzTarget checks that no path makes the resolver panic or find something
// that is not configured.
func FuzzTarget(f *testing.F) {
	for _, p := range []string{"", "/", "/1", "/fastest/1", "/profile/public/1", "/profile/public/provider/a/1", "/public/1/a", "/%31", "/%2f/%", "//", "/a/b/c/d/e/f"} {
		f.Add(p)
	}
	chain := &lasso.Chain{ID: 1, Key: "ethereum", Aliases: []string{"ethereum"}, Providers: []*lasso.Provider{{ID: "a"}}}
	profile := &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{chain}}
	catalog := lasso.NewCatalog([]*lasso.Profile{profile}, "", time.Time{})
	f.Fuzz(func(t *testing.T, rest string) {
		got, bad := parseTarget(catalog, rest)
		switch {
		case bad != nil && (bad.status < 400 || bad.status > 404 || bad.code == 0 || bad.message == ""):
			t.Errorf("parseTarget(%q) refuses with %+v", rest, bad)
		case bad == nil && (got.profile != profile || got.chain != chain || got.provider != "" && got.provider != "a"):
			t.Errorf("parseTarget(%q) = %+v", rest, got)
		}
		if bad != nil && !json.Valid(bad.body()) {
			t.Errorf("parseTarget(%q): body %s is not JSON", rest, bad.body())
		}
	})
}
