package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// TestNothingMeasuredIsNull asks for figures of calls that nobody answered, and
// of calls whose callers all left: what was not measured is null, never 0.
func TestNothingMeasuredIsNull(t *testing.T) {
	t.Parallel()
	timeouts, left := map[string]uint64{"timeout": 3}, map[string]uint64{"canceled": 3}
	tests := []struct {
		name    string
		errors  map[string]uint64
		failed  uint64 // of a provider or method: those whose caller left not included
		success any
		percent any
	}{
		{"nobody answered", timeouts, 3, 0.0, 100.0},
		{"all callers left", left, 0, nil, nil},
	}
	for _, tt := range tests {
		r := setup(t)
		r.figs.totals = &lasso.CallFigures{Calls: 3, Failed: 3, Errors: tt.errors}
		r.figs.board = []lasso.ProviderFigures{{Provider: "alchemy", Calls: 3, Errors: tt.failed, ByCategory: tt.errors}}
		r.figs.methods = []lasso.MethodFigures{{Method: "eth_call", Provider: "alchemy", Calls: 3, Errors: tt.failed}}
		const v1 = "/api/v1/profiles/public/chains/1"
		for _, want := range []struct {
			path, at string
			value    any
		}{
			{"/api/metrics/1", "chain_performance.success_rate", tt.success},
			{"/api/metrics/1", "chain_performance.error_rate_percent", tt.percent},
			{"/api/metrics/1", "chain_performance.p50_latency", nil},
			{"/api/metrics/1", "chain_performance.p95_latency", nil},
			{"/api/metrics/1", "chain_performance.p99_latency", nil},
			{"/api/metrics/1", "providers.0.success_rate", tt.success},
			{"/api/metrics/1", "providers.0.avg_latency_ms", nil},
			{"/api/metrics/1", "rpc_performance_by_method.0.providers.0.success_rate", tt.success},
			{"/api/metrics/1", "rpc_performance_by_method.0.providers.0.p90_latency_ms", nil},
			{v1 + "/totals", "data.success_rate", tt.success},
			{v1 + "/totals", "data.latency.p50_ms", nil},
			{v1 + "/leaderboard", "data.0.success_rate", tt.success},
			{v1 + "/leaderboard", "data.0.p99_ms", nil},
			{v1 + "/methods", "data.0.success_rate", tt.success},
			{v1 + "/methods", "data.0.max_ms", nil},
			{"/dashboard/public/chains/ethereum?format=json&fragment=methods", "data.0.p50_ms", nil},
			{"/dashboard/public/chains/ethereum?format=json&fragment=methods", "data.0.success_rate", tt.success},
			{"/dashboard/public/chains/ethereum?format=json&fragment=providers", "data.0.p95_ms", nil},
			{"/dashboard/public/chains?format=json", "data.0.p99_ms", nil},
			{"/dashboard/public/chains?format=json", "data.0.success_rate", tt.success},
		} {
			if got := r.value(want.path, want.at); got != want.value {
				t.Errorf("%s: %s of %s = %v, want %v", tt.name, want.at, want.path, got, want.value)
			}
		}
	}
}

// value reads one value of a JSON answer: names and indices with dots between.
func (r *rig) value(path, at string) any {
	r.Helper()
	res := r.get(path)
	var v any
	if err := json.Unmarshal([]byte(res.body), &v); err != nil {
		r.Fatalf("GET %s: %s: %v", path, res.body, err)
	}
	for name := range strings.SplitSeq(at, ".") {
		switch in := v.(type) {
		case []any:
			i := int(name[0] - '0')
			if i >= len(in) {
				r.Fatalf("GET %s: no %s in %s", path, at, res.body)
			}
			v = in[i]
		case map[string]any:
			next, ok := in[name]
			if !ok {
				r.Fatalf("GET %s: no %s in %s", path, at, res.body)
			}
			v = next
		default:
			r.Fatalf("GET %s: no %s in %s", path, at, res.body)
		}
	}
	return v
}

// TestMetricsSayHowFarToTrustThem reads a chain before other nodes were asked.
func TestMetricsSayHowFarToTrustThem(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.loading = true
	for at, want := range map[string]any{"loading": true, "stale": false, "age_ms": 1500.0} {
		if got := r.value("/api/metrics/1", at); got != want {
			t.Errorf("%s = %v, want %v", at, got, want)
		}
	}
}

// TestFormulas downloads names that a spreadsheet would run.
func TestFormulas(t *testing.T) {
	t.Parallel()
	r := setup(t)
	pr := r.cats.catalog.Profiles[1].Chains[0].Providers[1]
	for _, tt := range []struct{ name, want string }{
		{"=1+1", "'=1+1"},
		{"+1+1", "'+1+1"},
		{"-1+1", "'-1+1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1+1", "'\t=1+1"},
		{"  =1+1", "'  =1+1"},
		{"\n=1+1", "\"'\n=1+1\""},
		{"＝1+1", "'＝1+1"},
		{"＠SUM", "'＠SUM"},
		{"x;=1+1", "x;'=1+1"},
		{"x; @SUM", "x; '@SUM"},
		{"a;b=c", "a;b=c"},
		{"-1.5", "-1.5"},
		{"plain = name", "plain = name"},
	} {
		pr.Name = tt.name
		for _, path := range []string{"/api/v1/profiles/public/chains/1/leaderboard?format=csv", "/dashboard/public/providers?format=csv"} {
			if res := r.get(path); !strings.Contains(res.body, ","+tt.want+",") {
				t.Errorf("GET %s with the name %q: %s, want %q in it", path, tt.name, res.body, tt.want)
			}
		}
	}
}

// TestDownloadsAreNotKept checks that figures of now stay out of caches.
func TestDownloadsAreNotKept(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, path := range []string{
		"/dashboard/public?format=csv", "/dashboard/public?format=json", "/dashboard/public/chains/ethereum?format=csv&fragment=methods",
		"/api/v1/profiles/public/chains/1/leaderboard?format=csv", "/metrics",
	} {
		if res := r.get(path); res.status != http.StatusOK || res.header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s = %d, Cache-Control %q, want no-store", path, res.status, res.header.Get("Cache-Control"))
		}
	}
}

// TestUnknownVerb sends a verb that HTTP does not know to pages and the API.
func TestUnknownVerb(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, path := range []string{"/api/health", "/dashboard/public", "/metrics", "/nothing"} {
		res := r.do("BREW", path, "")
		if res.status != http.StatusNotImplemented || !strings.Contains(res.body, `"error":`) || res.header.Get("Content-Type") != "application/json" {
			t.Errorf("BREW %s = %d %s %q, want 501 and an error in JSON", path, res.status, res.header.Get("Content-Type"), res.body)
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "X-Lasso-Request-Id"} {
			if res.header.Get(name) == "" {
				t.Errorf("BREW %s: no %s", path, name)
			}
		}
	}
}

// TestEveryRPCAnswerHasAnID looks for X-Lasso-Request-ID where no call was made.
func TestEveryRPCAnswerHasAnID(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.ReadTimeout = 300 * time.Millisecond })
	r.router.serve = func(context.Context, *lasso.Request) lasso.Response { panic("a defect") }
	const head = "POST /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	seen := map[string]bool{}
	for _, tt := range []struct{ name, request string }{
		{"panic", head + "Content-Length: 2\r\n\r\n{}"},
		{"not HTTP", "hello\r\n\r\n"},
		{"conflicting lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"},
		{"header too large", head + "X-Big: " + strings.Repeat("x", 20_000) + "\r\n\r\n"},
		{"body held", head + "Content-Length: 10\r\n\r\n{}"},
		{"websocket", "GET /ws/rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
		{"preflight", "OPTIONS /rpc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
	} {
		got := r.raw(tt.request, false)
		_, rest, ok := strings.Cut(got, "\r\nX-Lasso-Request-ID: ")
		id, _, _ := strings.Cut(rest, "\r\n")
		if !ok || id == "" || seen[id] {
			t.Errorf("%s: id %q of its own, want one: %q", tt.name, id, got)
		}
		seen[id] = true
	}
	res := r.post("/rpc/1", "{}", "X-Lasso-Request-Id", "mine")
	if got := res.header.Get("X-Lasso-Request-Id"); res.status != http.StatusInternalServerError || got != "mine" {
		t.Errorf("a panic in the call %q = %d, X-Lasso-Request-ID %q", "mine", res.status, got)
	}
	if !strings.Contains(r.logs.String(), "request_id=mine") {
		t.Error("the log does not name the call that panicked")
	}
}

// TestEmptySegments sends paths whose profile or pin was left empty: they are
// not the same as paths without one.
func TestEmptySegments(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, tt := range []struct{ path, message string }{
		{"/rpc//1", "invalid profile: the name is empty"},
		{"/rpc//fastest/1", "invalid profile: the name is empty"},
		{"/rpc/profile//1", "invalid profile: the name is empty"},
		{"/rpc/provider//1", "the path names no provider"},
		{"/rpc/public/provider//1", "the path names no provider"},
		{"/rpc/1//", "the path names no provider"},
		{"/rpc/public/1//", "the path names no provider"},
		{"/rpc/fastest//", "Unknown chain ''"},
	} {
		checkRefused(t, "POST "+tt.path, r.post(tt.path, "{}"), 400, -32602, tt.message)
	}
	if _, _, calls := r.router.seen(); calls != 0 {
		t.Errorf("the router was asked %d times, want 0", calls)
	}
}

// A part speaks for the nodes that its own figures are of, whatever the header
// knows: on the first look at a range only this node has been asked.
func TestPartsSayWhomTheySpeakFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.coverage = lasso.Coverage{Responding: 3, Total: 3}
	r.figs.waiting = &lasso.Coverage{Responding: 1, Total: 3, Missing: []lasso.NodeID{"b", "c"}}
	const path = "/dashboard/public/chains/1"
	for part, want := range map[string]struct {
		mark, poll string
	}{
		"methods":   {"1 of 3 nodes", "every 1s"},
		"providers": {"", "every 5s"},
	} {
		body := r.get(path + "?range=5m&fragment=" + part).body
		if got := strings.Contains(body, `class="lack`); got != (want.mark != "") || !strings.Contains(body, want.mark) || !strings.Contains(body, want.poll) {
			t.Errorf("%s: marked %t, want %q and %q in it:\n%.600s", part, got, want.mark, want.poll, body)
		}
		if want.mark != "" && !strings.Contains(body, "Waiting for b, c") {
			t.Errorf("%s does not say whom it waits for", part)
		}
	}
	page := r.get(path + "?range=5m").body
	if strings.Contains(page, `id="coverage" class="cov bad`) || !strings.Contains(page, "1 of 3 nodes") {
		t.Error("the header takes a part's coverage for that of the cluster")
	}
	var file struct {
		Coverage lasso.Coverage
		Loading  bool
	}
	if err := json.Unmarshal([]byte(r.get(path+"?range=5m&fragment=methods&format=json").body), &file); err != nil || file.Coverage.Responding != 1 || !file.Loading {
		t.Errorf("the file says %+v (%v), want 1 of 3 nodes, loading", file, err)
	}
}
