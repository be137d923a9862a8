package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

// TestPaths pins the order in which a path is resolved.
func TestPaths(t *testing.T) {
	t.Parallel()
	r := setup(t)
	type want struct {
		profile  lasso.ProfileID
		chain    lasso.ChainID
		provider lasso.ProviderID
		strategy lasso.Strategy
	}
	eth := want{"public", 1, "", lasso.LoadBalanced}
	tests := []struct {
		path string
		want want
	}{
		{"/rpc/ethereum", eth},
		{"/rpc/eth", eth},
		{"/rpc/1", eth},
		{"/rpc/1/", eth},
		{"/rpc/a%20b", eth},
		{"/rpc/fastest", eth}, // one segment is always a chain
		{"/rpc/fastest/ethereum", want{"public", 1, "", lasso.Fastest}},
		{"/rpc/round-robin/1", want{"public", 1, "", lasso.RoundRobin}},
		{"/rpc/load-balanced/1", eth},
		{"/rpc/latency-weighted/1", want{"public", 1, "", lasso.LatencyWeighted}},
		{"/rpc/priority/1", want{"public", 1, "", lasso.Priority}},
		{"/rpc/public/ethereum", eth},
		{"/rpc/default/ethereum", eth},
		{"/rpc/base/8453", want{"base", 8453, "", lasso.Fastest}}, // a profile before a chain of that name
		{"/rpc/ethereum/alchemy", want{"public", 1, "alchemy", lasso.LoadBalanced}},
		{"/rpc/provider/alchemy/ethereum", want{"public", 1, "alchemy", lasso.LoadBalanced}},
		{"/rpc/public/fastest/ethereum", want{"public", 1, "", lasso.Fastest}},
		{"/rpc/public/ethereum/drpc", want{"public", 1, "drpc", lasso.LoadBalanced}},
		{"/rpc/profile/base/base", want{"base", 8453, "", lasso.Fastest}},
		{"/rpc/profile/base/load-balanced/base", want{"base", 8453, "", lasso.LoadBalanced}},
		{"/rpc/profile/public/1/drpc", want{"public", 1, "drpc", lasso.LoadBalanced}},
		{"/rpc/public/provider/drpc/1", want{"public", 1, "drpc", lasso.LoadBalanced}},
		{"/rpc/profile/public/provider/drpc/1", want{"public", 1, "drpc", lasso.LoadBalanced}},
	}
	for _, tt := range tests {
		res := r.post(tt.path, `{}`)
		if res.status != 200 {
			t.Errorf("POST %s = %d %s, want 200", tt.path, res.status, res.body)
			continue
		}
		req, _, _ := r.router.seen()
		got := want{req.Profile.Slug, req.Chain.ID, req.Provider, req.Strategy}
		if got != tt.want {
			t.Errorf("POST %s reached %+v, want %+v", tt.path, got, tt.want)
		}
		if plain, _, _ := strings.Cut(tt.path, "?"); req.Path != plain {
			t.Errorf("POST %s has Path %q", tt.path, req.Path)
		}
	}
}

func TestBadPaths(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct {
		path    string
		status  int
		code    int
		message string
	}{
		{"/rpc", 404, -32600, "no chain in the path"},
		{"/rpc/", 404, -32600, "no chain in the path"},
		{"/rpc/solana", 400, -32602, "Unsupported chain: Unknown chain 'solana' in profile 'public'"},
		{"/rpc/ETHEREUM", 400, -32602, "Unsupported chain: Unknown chain 'ETHEREUM' in profile 'public'"},
		{"/rpc/base/ethereum", 400, -32602, "Unsupported chain: Unknown chain 'ethereum' in profile 'base'"},
		{"/rpc/fastest/solana", 400, -32602, "Unsupported chain: Unknown chain 'solana' in profile 'public'"},
		{"/rpc/nobody/ethereum", 404, -32000, "Profile 'nobody' not found"},
		{"/rpc/profile/nobody/ethereum", 404, -32000, "Profile 'nobody' not found"},
		{"/rpc/nobody/fastest/ethereum", 404, -32000, "Profile 'nobody' not found"},
		{"/rpc/fastest/public/ethereum", 404, -32000, "Profile 'fastest' not found"},
		{"/rpc/profile//ethereum", 400, -32602, "invalid profile"},
		{"/rpc/profile/public", 400, -32602, "names no chain"},
		{"/rpc/profile", 400, -32602, "Unknown chain 'profile'"},
		{"/rpc/provider/alchemy", 400, -32602, "names no chain"},
		{"/rpc/ethereum/nobody", 400, -32602, "Unsupported chain: Provider 'nobody' is not configured for this chain"},
		{"/rpc/provider/nobody/ethereum", 400, -32602, "Unsupported chain: Provider 'nobody' is not configured for this chain"},
		{"/rpc/provider/alchemy/base", 400, -32602, "Provider 'alchemy' is not configured"},
		{"/rpc/ethereum?provider_id=nobody", 400, -32602, "Provider 'nobody' is not configured"},
		{"/rpc/public/a/b/c", 404, -32600, "no such path"},
		{"/rpc/a/b/c/d/e/f", 404, -32600, "too many segments"},
		{"/rpc/%zz", 400, -32602, "bad escape"},
		{"/rpc/ethereum?transport=udp", 400, -32602, "transport must be http or ws"},
		{"/rpc/ethereum?include_meta=yes", 400, -32602, "include_meta must be headers, body or none"},
		{"/rpc/" + strings.Repeat("x", 3000), 400, -32602, "xxx…'"},
	}
	for _, tt := range tests {
		if tt.path == "/rpc/%zz" {
			continue // not a URL for net/http: see TestRawRequests
		}
		res := r.post(tt.path, `{"id":7}`)
		checkRefused(t, "POST "+tt.path, res, tt.status, tt.code, tt.message)
	}
	if _, _, calls := r.router.seen(); calls != 0 {
		t.Errorf("the router was asked %d times, want 0", calls)
	}
	res := r.post("/rpc/nobody/ethereum", `{}`)
	if !strings.Contains(res.body, `"data":{"error_type":"profile_not_found"}`) {
		t.Errorf("unknown profile: body %s, want data.error_type", res.body)
	}
}

// checkRefused checks a JSON-RPC error of the edge, and that a page of another
// origin may read it.
func checkRefused(t *testing.T, what string, res answer, status, code int, message string) {
	t.Helper()
	var body struct {
		JSONRPC string `json:"jsonrpc"`
		ID      any    `json:"id"`
		Error   struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(res.body), &body); err != nil {
		t.Errorf("%s: body %q: %v", what, res.body, err)
		return
	}
	if res.status != status || body.Error.Code != code || !strings.Contains(body.Error.Message, message) {
		t.Errorf("%s = %d %d %q, want %d %d …%q…", what, res.status, body.Error.Code, body.Error.Message, status, code, message)
	}
	if body.JSONRPC != "2.0" || body.ID != nil || !strings.Contains(res.body, `"id":null`) {
		t.Errorf("%s: body %s, want jsonrpc 2.0 and a null id", what, res.body)
	}
	if got := res.header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("%s: Access-Control-Allow-Origin = %q, want *", what, got)
	}
	if got := res.header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "X-Lasso-Request-ID") {
		t.Errorf("%s: Access-Control-Expose-Headers = %q", what, got)
	}
	if got := res.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: Content-Type = %q", what, got)
	}
	if res.header.Get("Server") != "" {
		t.Errorf("%s: has a Server header", what)
	}
}
