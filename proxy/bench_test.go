package proxy

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// BenchmarkServe is one call through the whole path to an upstream in the same
// process that answers at once. Run with -benchmem; the upstream is fasthttp
// and allocates nothing for a request.
func BenchmarkServe(b *testing.B) {
	var lc net.ListenConfig
	l, err := lc.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":"0x0000000000000000000000000000000000000000000000000000000000000001"}`)
	server := &fasthttp.Server{
		NoDefaultServerHeader: true, NoDefaultDate: true,
		Handler: func(c *fasthttp.RequestCtx) { c.SetBody(answer) },
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()

	p := New(Config{}, deaf{}, slog.New(slog.DiscardHandler))
	chain := &lasso.Chain{ID: 1, Key: "ethereum", MaxLagBlocks: -1, ArchivalThreshold: 128, ProbeInterval: time.Second}
	for _, id := range []string{"a", "b", "c"} {
		chain.Providers = append(chain.Providers, &lasso.Provider{
			ID: lasso.ProviderID(id), URL: "http://" + l.Addr().String() + "/" + id, Instance: lasso.InstanceID(id),
		})
	}
	profile := &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{chain}}
	if err := p.Load(lasso.NewCatalog([]*lasso.Profile{profile}, "", time.Now())); err != nil {
		b.Fatal(err)
	}
	for name, id := range map[string]string{"same id": `1`, "other id": `"0f8fad5b-d9cb-469f-a165-70867728950e"`} {
		body := []byte(`{"jsonrpc":"2.0","id":` + id + `,"method":"eth_call","params":[{"to":"0x0000000000000000000000000000000000000001","data":"0x"},"latest"]}`)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := context.Background()
			for b.Loop() {
				req := lasso.Request{Profile: profile, Chain: chain, Body: body, At: time.Now()}
				if res := p.Serve(ctx, &req); len(res.Body) < len(answer) || res.Body[len(res.Body)-3] != '1' {
					b.Fatalf("answer %s", res.Body)
				}
			}
		})
	}
	for _, in := range p.plan.Load().instances {
		in.up.Load().fresh()
	}
	_ = server.Shutdown()
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// BenchmarkChoose orders 13 routes.
func BenchmarkChoose(b *testing.B) {
	for _, strategy := range lasso.Strategies() {
		b.Run(strategy.String(), func(b *testing.B) {
			names := strings.Fields("a b c d e f g h i j k l m")
			l := newLab(b, strings.Join(names, " "), func(c *Config, _ *lasso.Chain) { c.Exploration = 0.02 })
			for i, id := range names {
				l.measured(id, "eth_call", 5, float64(10+i))
				l.route(id).in.observeHeight(uint64(1000-i%3), epoch)
			}
			l.updateHead(l.plan.Load(), 1, epoch)
			req := &lasso.Request{Profile: l.profile, Chain: l.chain, Strategy: strategy}
			name, params := []byte("eth_call"), []byte(`[{"to":"0x0000000000000000000000000000000000000001"},"latest"]`)
			m := methods.Lookup(name)
			var out selection
			b.ReportAllocs()
			for b.Loop() {
				s := newSubject(l.cp, req, m, name, params, epoch)
				l.Proxy.choose(&out, l.cp, &s)
			}
		})
	}
}
