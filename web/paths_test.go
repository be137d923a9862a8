package web_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/web"
)

func TestValidPathPrefix(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]bool{
		"": true, "/lasso": true, "/a/b-c/d_1.2": true, "/rpcs": true,
		"lasso": false, "/": false, "/lasso/": false, "//x": false, "/..": false, "/a/../b": false, "/a b": false, "/a?b": false, "/<x>": false, "/rpc": false, "/api/x": false, "/dashboard": false,
		"/" + strings.Repeat("x", 300): false,
	} {
		if got := web.ValidPathPrefix(prefix); got != want {
			t.Errorf("ValidPathPrefix(%q) = %t, want %t", prefix, got, want)
		}
	}
}

var rooted = regexp.MustCompile(`(?:href|src|action|hx-get|hx-post|formaction|data-palette|data-uplot|data-root)="(/[^"]*)"`)

// Below a prefix everything works as it does without: requests with it and
// without are served, and nothing on a page leads out of it.
func TestPathPrefix(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.PathPrefix = "/ops/lasso" })
	const p = "/ops/lasso"
	for _, path := range []string{
		"", "/chains", "/providers", "/regions", "/methods", "/requests", "/events", "/cluster", "/playground", "/system", "/configuration", "/chains/1", "/chains/1/providers/alchemy", "/nothing", "?range=9h",
	} {
		plain, below := r.get("/dashboard/public"+path), r.get(p+"/dashboard/public"+path)
		if plain.status != below.status || len(plain.body) != len(below.body) {
			t.Errorf("%s: %d with %d bytes, below the prefix %d with %d", path, plain.status, len(plain.body), below.status, len(below.body))
		}
		links := rooted.FindAllStringSubmatch(below.body, -1)
		if len(links) < 15 {
			t.Errorf("%s: %d links, want more", path, len(links))
		}
		for _, l := range links {
			if !strings.HasPrefix(l[1], p+"/") {
				t.Errorf("%s: %s leads out of the prefix", path, l[0])
			}
		}
		if strings.Contains(below.body, `://`+r.addr+`/rpc/`) {
			t.Errorf("%s: an address of RPC is outside the prefix", path)
		}
	}
	for path, want := range map[string]string{p: p + "/dashboard", p + "/": p + "/dashboard", "/": p + "/dashboard", p + "?x=1": p + "/dashboard", p + "/dashboard": p + "/dashboard/public"} {
		if res := r.get(path); res.status != 302 || res.header.Get("Location") != want {
			t.Errorf("GET %s = %d to %s, want 302 to %s", path, res.status, res.header.Get("Location"), want)
		}
	}
	if res := r.get(p + "/dashboard/public?theme=dark"); !strings.Contains(res.header.Get("Set-Cookie"), "path="+p+"/dashboard") {
		t.Errorf("the theme is kept as %q", res.header.Get("Set-Cookie"))
	}
	if res := r.post(p+"/rpc/public/ethereum", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`); res.status != 200 || !strings.Contains(res.body, "result") {
		t.Errorf("POST below the prefix = %d %s", res.status, res.body)
	}
	for _, path := range []string{p + "x/api/health", "/lasso/api/health", p + p + "/api/health"} {
		if res := r.get(path); res.status != 404 {
			t.Errorf("GET %s = %d, want 404", path, res.status)
		}
	}
	for _, path := range []string{p + "/api/health", "/api/health", p + "/metrics"} {
		if res := r.get(path); res.status != 200 {
			t.Errorf("GET %s = %d, want 200", path, res.status)
		}
	}
	var items string
	if res := r.get(p + "/dashboard/public/palette"); res.status == 200 {
		items = res.body
	}
	if n := strings.Count(items, `"href":"`); n == 0 || n != strings.Count(items, `"href":"`+p+`/`) {
		t.Errorf("links of the palette leave the prefix: %.400s", items)
	}
}
