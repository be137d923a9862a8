package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// bulky answers with a text of each provider, and notes how much memory is in
// use while it does.
type bulky struct {
	mu    sync.Mutex
	calls int
	most  uint64
	text  func(lasso.ProviderID) string
}

func (b *bulky) Serve(_ context.Context, req *lasso.Request) lasso.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.calls%8 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.most = max(b.most, m.HeapAlloc)
	}
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
		runner(b).runForm(t.Context(), wide(40))
		if grown := int64(b.most) - int64(before.HeapAlloc); grown > 45<<20 {
			t.Errorf("%s: %d MiB are in use in the end", name, grown>>20)
		}
	}
}

// TestKeptBytes: what is kept of a run is bounded, also where all its answers
// are different and dense, and what is not kept is said in the rows.
func TestKeptBytes(t *testing.T) { //nolint:paralleltest // the whole heap is measured
	dense := make([]string, 0, maxAsked)
	for i := range maxAsked {
		dense = append(dense, fmt.Sprintf("[%d%s,%q]", i, strings.Repeat(",0", 13_000), strings.Repeat("x", 50_000)))
	}
	p := newPlayground()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := runOf("x", dense...)
	r.profile = "p"
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); r.bytes > runBytes+(runBytes>>4) || grown > 2*runBytes {
		t.Errorf("one run: counted %d KiB, in use %d KiB; want at most about %d", r.bytes>>10, grown>>10, runBytes>>10)
	}
	whole, cut, none := 0, 0, 0
	for _, a := range r.shown.Answers {
		switch {
		case a.Cut == "":
			whole++
		case strings.HasPrefix(a.Cut, "the first 64 KiB of"):
			cut++
		case strings.HasPrefix(a.Cut, "not kept: "):
			none++
		}
	}
	if whole != 0 || cut < 4 || none < 4 || r.shown.Cut != maxAsked || !strings.HasSuffix(r.shown.Summary(), "64 cut") {
		t.Errorf("%d answers whole, %d cut, %d not kept; %q", whole, cut, none, r.shown.Summary())
	}
	if first, last := r.shown.Groups[0], r.shown.Groups[maxAsked-1]; first.Dropped != "" || last.Dropped == "" || last.Note == "" || len(last.Names) != 1 {
		t.Errorf("the first: %q, the last: %q, %q, %v", first.Dropped, last.Dropped, last.Note, last.Names)
	}
	for _, view := range answerViewWords() {
		shown, err := runView(&lasso.Profile{}, r, view, letter(maxAsked-1))
		if err != nil {
			t.Fatal(err)
		}
		if err := (dashboard.PlaygroundPage{Run: shown}).Page().Render(t.Context(), io.Discard); err != nil {
			t.Error(err)
		}
	}
	for range keptRuns {
		p.keep(r)
	}
	if n := len(p.of("p")); n < 3 || n > keptBytes/runBytes {
		t.Errorf("%d runs are kept", n)
	}
	if len(p.of("other")) != 0 {
		t.Error("a run of another profile is listed")
	}
}

// TestLookAtRun: whoever looks at a run that is kept reads no answer again.
func TestLookAtRun(t *testing.T) { //nolint:paralleltest // allocations are counted
	r := runOf("x", "["+strings.Repeat("1,", 50_000)+"1]", "["+strings.Repeat("1,", 50_000)+"2]")
	p := lasso.NewCatalog([]*lasso.Profile{{Slug: "p"}}, "", time.Time{}).Profiles[0]
	if n := testing.AllocsPerRun(10, func() {
		if _, err := runView(p, r, dashboard.ViewDifference, "B"); err != nil {
			t.Error(err)
		}
	}); n > 10 {
		t.Errorf("%v allocations, want a few", n)
	}
}

// hanging answers when its context ends.
type hanging struct{}

func (hanging) Serve(ctx context.Context, _ *lasso.Request) lasso.Response {
	<-ctx.Done()
	return lasso.Response{Body: []byte(`{"result":"` + strings.Repeat("x", 1000) + `"}`)}
}

// TestRunsAtOnce: so many and no more are in flight, and nothing is left of
// them when they have ended, by their time or because the node stops.
func TestRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := runner(hanging{})
		node, stop := context.WithCancel(t.Context())
		defer stop()
		for round, limit := range []time.Duration{runLimit, time.Hour} {
			ctx, cancel := context.WithTimeout(node, limit)
			runs := make(chan *pgRun, runsAtOnce)
			for range runsAtOnce {
				go func() {
					r, _ := s.runForm(ctx, wide(maxAsked))
					runs <- r
				}()
			}
			synctest.Wait()
			if _, ok := s.runForm(ctx, wide(1)); ok {
				t.Error("one run more than may be was made")
			}
			if round == 1 {
				stop()
			}
			for range runsAtOnce {
				if r := <-runs; r == nil || r.shown.Silent != maxAsked || len(r.shown.Groups) != 0 {
					t.Errorf("a run whose time is over: %+v", r)
				}
			}
			synctest.Wait()
			if n := len(s.playground.turns); n != 0 {
				t.Errorf("%d runs are in flight in the end", n)
			}
			cancel()
		}
	}) // fails while a goroutine is left
}

// confused panics where it explains.
type confused struct{ nowhere }

func (confused) Explain(*lasso.Request, string, []byte) lasso.Explanation { panic("confused") }

// TestPanicKeepsNoTurn: a defect of ours must not use the runs up.
func TestPanicKeepsNoTurn(t *testing.T) {
	t.Parallel()
	s := runner(fixedRouter{lasso.Response{Body: []byte(`{"error":{"code":1}}`)}})
	s.deps.States = confused{}
	f := wide(2)
	if r, ok := s.runForm(t.Context(), f); !ok || r.shown.Silent != 2 || !strings.HasPrefix(r.shown.Answers[0].Against, "something failed here") {
		t.Errorf("while judging: %+v", r.shown.Answers)
	}
	f.ask = dashboard.AskRouted
	func() {
		defer func() { _ = recover() }()
		s.runForm(t.Context(), f)
	}()
	deadline, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for range runsAtOnce {
		select {
		case s.playground.turns <- struct{}{}:
		case <-deadline.Done():
			t.Fatal("a turn was kept")
		}
	}
}

// TestShared: many look at one run at once, and at different things of it.
func TestShared(t *testing.T) {
	t.Parallel()
	r := runOf("eth_getBlockByNumber", `{"number":"0x1","a":[1,2]}`, `{"number":"0x2","a":[1]}`, `"x"`, "")
	p := lasso.NewCatalog([]*lasso.Profile{{Slug: "p"}}, "", time.Time{}).Profiles[0]
	var first string
	var all sync.WaitGroup
	for i := range 12 {
		shown, err := runView(p, r, answerViewWords()[i%3], letter(1+i%2))
		if err != nil {
			t.Fatal(err)
		}
		page := dashboard.PlaygroundPage{Shell: dashboard.Shell{Sort: []string{"-took", "provider", ""}[i%3]}, Run: shown}
		if i == 0 {
			var b strings.Builder
			if err := page.Page().Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			first = b.String()
		}
		all.Go(func() {
			var b strings.Builder
			if err := page.Page().Render(t.Context(), &b); err != nil || i == 0 && b.String() != first {
				t.Errorf("page %d: %v, or not as before", i, err)
			}
		})
	}
	all.Wait()
}
