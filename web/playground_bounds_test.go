package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// bulky answers with a text of each provider, and notes how much memory is in
// use while it does.
type bulky struct {
	mu   sync.Mutex
	most uint64
	text func(lasso.ProviderID) string
}

func (b *bulky) Serve(_ context.Context, req *lasso.Request) lasso.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.most = max(b.most, m.HeapAlloc)
	return lasso.Response{Body: []byte(`{"result":"` + b.text(req.Provider) + `"}`)}
}

// wide is a form that asks n providers of a chain.
func wide(n int) *pgForm {
	ch := &lasso.Chain{ID: 1, Key: "x"}
	for i := range n {
		ch.Providers = append(ch.Providers, &lasso.Provider{ID: lasso.ProviderID(fmt.Sprintf("p%d", i)), Name: fmt.Sprintf("P%d", i)})
	}
	p := lasso.NewCatalog([]*lasso.Profile{{Slug: "p", Chains: []*lasso.Chain{ch}}}, "", time.Time{}).Profiles[0]
	return &pgForm{profile: p, chain: ch, method: "eth_getLogs", params: "[]", ask: dashboard.AskEvery}
}

func runner(router Router) *Server {
	return &Server{
		cfg: Config{Now: time.Now}, deps: Deps{Router: router, States: nowhere{}}, playground: newPlayground(),
		log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)),
	}
}

// TestRunMemory: what a run holds does not grow with the number of providers.
func TestRunMemory(t *testing.T) { //nolint:paralleltest // the whole heap is measured
	for name, text := range map[string]func(lasso.ProviderID) string{
		"too large to compare": func(id lasso.ProviderID) string { return string(id) + strings.Repeat("x", 3<<20) },
		"all different":        func(id lasso.ProviderID) string { return string(id) + strings.Repeat("x", 3<<19) },
		"all the same":         func(lasso.ProviderID) string { return strings.Repeat("x", 3<<19) },
	} {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		b := &bulky{text: text}
		runner(b).runForm(t.Context(), wide(maxAsked))
		if grown := int64(b.most) - int64(before.HeapAlloc); grown > 60<<20 {
			t.Errorf("%s: %d MiB are in use in the end", name, grown>>20)
		}
	}
}
