package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestAPIShapes compares whole answers with golden files, so that no field
// changes its name or its type unseen.
func TestAPIShapes(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct{ name, path string }{
		{"health", "/api/health"},
		{"ready", "/api/ready"},
		{"chains", "/api/chains"},
		{"metrics", "/api/metrics/ethereum?window=5m"},
		{"metrics_no_calls", "/api/metrics/optimism"},
		{"profiles", "/api/v1/profiles"},
		{"profile_chains", "/api/v1/profiles/public/chains"},
		{"leaderboard", "/api/v1/profiles/public/chains/1/leaderboard?window=15m"},
		{"methods", "/api/v1/profiles/default/chains/eth/methods?provider=alchemy"},
		{"totals", "/api/v1/profiles/public/totals?window=24h"},
		{"totals_no_calls", "/api/v1/profiles/public/chains/10/totals"},
		{"provider", "/api/v1/profiles/public/chains/1/providers/drpc"},
		{"explain", "/api/v1/profiles/public/chains/1/explain?method=eth_call&params=%5B%7B%7D%2C%22latest%22%5D&strategy=fastest&provider=alchemy&transport=http"},
		{"cluster", "/api/v1/cluster"},
		{"leaderboard_region", "/api/v1/profiles/public/chains/1/leaderboard?region=eu-west-1"},
		{"requests", "/api/v1/profiles/public/requests?chain=eth&method=eth_call&region=eu-west-1&limit=5"},
		{"events", "/api/v1/profiles/public/events?chain=eth&provider=drpc&kind=opened&region=eu-west-1&window=1h&limit=5"},
		{"unknown_region", "/api/v1/profiles/public/totals?region=mars"},
		{"unknown_profile", "/api/v1/profiles/nobody/chains"},
		{"unknown_chain", "/api/metrics/solana"},
	}
	for _, tt := range tests {
		res := r.get(tt.path)
		if res.header.Get("Content-Type") != "application/json" || res.header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: Content-Type %q, Cache-Control %q", tt.path, res.header.Get("Content-Type"), res.header.Get("Cache-Control"))
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(res.body), &v); err != nil {
			t.Errorf("GET %s: %s: %v", tt.path, res.body, err)
			continue
		}
		if system, ok := v["system_metrics"].(map[string]any); ok {
			if mem, _ := system["memory_mb"].(float64); mem <= 0 {
				t.Errorf("GET %s: memory_mb = %v, want what the process uses", tt.path, system["memory_mb"])
			}
			if cpu, ok := system["cpu_percent"].(float64); !ok || cpu < 0 {
				t.Errorf("GET %s: cpu_percent = %v, want a figure", tt.path, system["cpu_percent"])
			}
			v["system_metrics"] = "varies"
		}
		compareGolden(t, tt.name, v)
	}
}

func compareGolden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if res := r.get("/api/ready"); res.status != 200 || !strings.Contains(res.body, `"ready":true`) {
		t.Errorf("ready: %d %s", res.status, res.body)
	}
	r.states.down = true
	if res := r.get("/api/ready"); res.status != 503 || !strings.Contains(res.body, "no provider of any chain is usable") {
		t.Errorf("not ready: %d %s", res.status, res.body)
	}
	if res := r.get("/api/health"); res.status != 200 {
		t.Errorf("health of a node that is not ready: %d, want 200", res.status)
	}
}

func TestBadQuestions(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const board = "/api/v1/profiles/public/chains/1"
	tests := []struct {
		path   string
		status int
		says   string
	}{
		{board + "/leaderboard?window=2m", 400, `"allowed":["1m","5m","15m","1h","24h"]`},
		{board + "/leaderboard?format=xml", 400, `"allowed":["csv","json"]`},
		{board + "/methods?provider=nobody", 404, `"available":["alchemy","drpc"]`},
		{board + "/providers/nobody", 404, `"available":["alchemy","drpc"]`},
		{board + "/explain", 400, "method"},
		{board + "/explain?method=eth_call&params=%7B", 400, "JSON array or object"},
		{board + "/explain?method=eth_call&params=%5B%5D%5B%5D", 400, "JSON array or object"},
		{board + "/explain?method=eth_call&params=null", 400, "JSON array or object"},
		{board + "/explain?method=eth_call&params=%20", 400, "JSON array or object"},
		{board + "/explain?method=eth_call&strategy=best", 400, `"load-balanced"`},
		{board + "/explain?method=eth_call&transport=udp", 400, `"allowed":["http","ws"]`},
		{board + "/explain?method=eth_call&provider=nobody", 404, "nobody"},
		{"/api/v1/profiles/public/chains/solana/leaderboard", 404, `"available_chains":["ethereum","base","optimism"]`},
		{"/api/v1/profiles/nobody/totals", 404, `"available":["base","public"]`},
		{"/api/chains?profile=nobody", 404, `"available":["base","public"]`},
		{"/api/metrics/ethereum?profile=nobody", 404, "nobody"},
		{"/api/metrics/ethereum?window=1y", 400, `"allowed"`},
		{"/api/nothing", 404, `"error"`},
		{"/api", 404, `"error"`},
		{"/nothing", 404, `"error"`},
		{"/static/nothing.css", 404, `"error"`},
	}
	for _, tt := range tests {
		res := r.get(tt.path)
		if res.status != tt.status || !strings.Contains(res.body, tt.says) || res.header.Get("Content-Type") != "application/json" {
			t.Errorf("GET %s = %d %s, want %d that says %s", tt.path, res.status, res.body, tt.status, tt.says)
		}
	}
	res := r.do(http.MethodDelete, "/api/health", "")
	if res.status != 405 || !strings.Contains(res.header.Get("Allow"), "GET") {
		t.Errorf("DELETE /api/health = %d, Allow %q, want 405 and GET", res.status, res.header.Get("Allow"))
	}
}

// TestExplainTakesParametersByName: JSON-RPC 2.0 allows an object, and so does
// the router.
func TestExplainTakesParametersByName(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, params := range []string{`{"to":"0x1"}`, `{}`, ` [1]`} {
		res := r.get("/api/v1/profiles/public/chains/1/explain?method=eth_call&params=" + url.QueryEscape(params))
		var got struct{ Data lasso.Explanation }
		if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.status != 200 || got.Data.Note != params {
			t.Errorf("params %s: %d %s, want them passed on", params, res.status, res.body)
		}
	}
}

func TestTablesAsCSV(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.cats.catalog.Profiles[1].Chains[0].Providers[1].Name = "=1+1"
	const board = "/api/v1/profiles/public/chains/1"
	res := r.get(board + "/leaderboard?format=csv")
	lines := strings.Split(strings.TrimSpace(res.body), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], "alchemy,Alchemy,Healthy,,40,1,0.975,12,10,20,25,40,") {
		t.Errorf("leaderboard:\n%s", res.body)
	}
	if !strings.HasPrefix(lines[2], "drpc,'=1+1,Circuit open,") || !strings.Contains(lines[2], ",0,0,,,,,,,") {
		t.Errorf("leaderboard: row %q, want a tamed name and empty figures", lines[2])
	}
	if got := res.header.Get("Content-Disposition"); got != `attachment; filename="leaderboard.csv"` {
		t.Errorf("Content-Disposition = %q", got)
	}
	if res := r.get(board + "/methods?format=csv"); !strings.HasPrefix(res.body, "method,total_calls,") || !strings.Contains(res.body, "\neth_blockNumber,10,0,1,") {
		t.Errorf("methods:\n%s", res.body)
	}
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.cats.reload.Failures, r.cats.reload.Problems = 3, []string{"x"}
	r.post("/rpc/solana", "{}")
	res := r.get("/metrics")
	for _, want := range []string{
		`lasso_edge_refused_total{reason="chain"} 1`, `lasso_edge_refused_total{reason="budget"} 0`, "lasso_edge_inflight_bytes 0",
		"lasso_edge_inflight_calls 0", "lasso_config_reload_failures_total 3", "lasso_config_last_reload_success 0",
	} {
		if !strings.Contains(res.body, want+"\n") {
			t.Errorf("/metrics has no %q", want)
		}
	}
	if res.status != 200 || !strings.HasPrefix(res.header.Get("Content-Type"), "text/plain") {
		t.Errorf("/metrics = %d %s", res.status, res.header.Get("Content-Type"))
	}
}
