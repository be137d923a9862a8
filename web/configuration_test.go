package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// planted are secrets that no page may show.
const planted = "planted-secret-XYZZY"

func settled(c *web.Config) {
	c.Settings = []web.Setting{
		{Name: "--listen", Variable: "LASSO_LISTEN", Value: "127.0.0.1:4000", Source: "flag"},
		{Name: "--region", Variable: "LASSO_REGION", Value: hostile, Source: "environment"},
		{Name: "CLUSTER_SECRET", Value: planted, Source: "environment", Secret: true}, // a mistake of who made the list
		{Name: "SECRET_KEY_BASE", Value: web.SecretNotSet, Source: "default", Secret: true},
	}
}

// plant puts secrets wherever a profile may hold some.
func plant(r *rig) {
	for _, p := range r.cats.catalog.Profiles {
		p.Source, p.Hash, p.RPSLimit, p.Burst = "profiles/public.yml", "aa11bb22cc", 100, 500
		for _, ch := range p.Chains {
			ch.Timeouts = map[string]time.Duration{"default": 8 * time.Second, "eth_getLogs": 20 * time.Second}
			for _, pr := range ch.Providers {
				pr.URL, pr.WSURL = "https://user:"+planted+"@host.example/"+planted, "wss://host.example/"+planted
				pr.Headers = []lasso.Header{{Name: "Authorization", Value: "Bearer " + planted}}
				pr.Capabilities = lasso.Capabilities{UnsupportedMethods: []string{"eth_accounts"}, MaxBlockRange: 10_000}
			}
		}
	}
}

func TestConfigurationPage(t *testing.T) {
	t.Parallel()
	r := setup(t, settled)
	plant(r)
	r.cats.reload = lasso.ReloadState{Reloads: 3, Failures: 1, Problems: []string{"public.yml:8:5: unknown key " + hostile}, FailedAt: start}
	const path = "/dashboard/public/configuration"
	res := r.get(path)
	checkPage(t, path, res)
	for _, want := range []string{
		"profiles/public.yml", "aa11bb2", "Reload refused", "unknown key", "3 taken over, 1 refused", "Load balanced", "100 /s, burst 500",
		"HTTP, WS", "(key hidden)", "1 header (hidden)", "eth_getLogs over at most 10,000 blocks", "not eth_accounts", "default 8 s, eth_getLogs 20 s",
		"127.0.0.1:4000", "CLUSTER_SECRET", "not set", "(hidden)",
	} {
		if !strings.Contains(res.body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, part := range []string{"", "facts", "loaded", "profile", "differs", "chains", "providers", "settings"} {
		for _, format := range []string{"", "csv", "json"} {
			at := path + "?fragment=" + part + "&format=" + format
			res := r.get(at)
			if format == "" && res.status != 200 {
				t.Errorf("GET %s: status %d", at, res.status)
			}
			for _, secret := range []string{planted, "host.example", "Bearer", "user:"} {
				if strings.Contains(res.body, secret) {
					t.Errorf("GET %s shows %q", at, secret)
				}
			}
			if format == "" && strings.Contains(res.body, "<script>alert") {
				t.Errorf("GET %s: a name is not escaped", at)
			}
		}
	}
	for at, want := range map[string]any{
		"?format=json data.0.provider_id": "alchemy", "?format=json data.0.transports": "http ws", "?format=json data.0.max_block_range": 10_000.0,
		"?format=json data.0.archival": false, "?format=json data.0.headers": 1.0,
		"?format=json&fragment=chains data.0.max_lag_blocks":         2.0,
		"?format=json&fragment=chains data.0.timeouts":               "default=8000 eth_getLogs=20000",
		"?format=json&fragment=settings data.2.value":                "set",
		"?format=json&fragment=settings data.2.secret":               true,
		"?format=json&fragment=settings data.3.value":                "not set",
		"?format=json&fragment=differs data.0.same":                  true,
		"?format=json&fragment=differs data.0.node_id":               "n1",
		"?format=json&fragment=providers data.0.subscribe_new_heads": false,
	} {
		query, field, _ := strings.Cut(at, " ")
		if got := r.value(path+query, field); got != want {
			t.Errorf("%s = %#v, want %#v", at, got, want)
		}
	}
	if res := r.get(path + "?sort=name"); res.status != 400 {
		t.Errorf("an order that the page does not have: status %d, want 400", res.status)
	}
}

// TestConfigurationWithoutEffect: what this version does not use is not shown as
// being in force, and is where it has an effect.
func TestConfigurationWithoutEffect(t *testing.T) {
	t.Parallel()
	const path, idle = "/dashboard/public/configuration", "not used by this version"
	for name, tt := range map[string]struct {
		unused []string
		part   string
		want   string
		column string
	}{
		"rate":      {[]string{"rps_limit"}, "profile", "100 /s, burst 500", ""},
		"ws":        {[]string{"chains.providers.ws_url"}, "providers", "ws_url", "ws_url"},
		"new heads": {[]string{"chains.websocket.subscribe_new_heads", "chains.websocket.failover.backfill_timeout_ms"}, "chains", "subscribe_new_heads, backfill_timeout_ms", "subscribe_new_heads backfill_timeout_ms"},
	} {
		for _, unused := range [][]string{nil, tt.unused} {
			r := setup(t, func(c *web.Config) { c.Unused = unused })
			plant(r)
			for _, ch := range r.cats.catalog.Profiles[1].Chains {
				ch.SubscribeNewHeads = true
			}
			body := r.get(path + "?fragment=" + tt.part).body
			if got := strings.Contains(body, idle); got != (unused != nil) {
				t.Errorf("%s, without effect %q: marked so: %t", name, unused, got)
			}
			if unused != nil && !strings.Contains(body, tt.want) {
				t.Errorf("%s: no %q in the part", name, tt.want)
			}
			if tt.part == "chains" && strings.Contains(body, ">subscribed<") != (unused == nil) {
				t.Errorf("%s, without effect %q: says subscribed: %t", name, unused, unused != nil)
			}
			if tt.column != "" && unused != nil {
				if got := r.value(path+"?format=json&fragment="+tt.part, "data.0.not_used"); got != tt.column {
					t.Errorf("%s: not_used = %#v, want %q", name, got, tt.column)
				}
			}
		}
	}
}

// TestConfigurationOfOthers: which nodes have the profile differently, and in
// what.
func TestConfigurationOfOthers(t *testing.T) {
	t.Parallel()
	r := unlike(t)
	plant(r)
	c := *r.nodes.now.Load()
	own := r.cats.catalog.Profiles[1].Hash
	for i, hash := range []string{own, "ffee00", own} {
		c.Nodes[i].Profiles = map[lasso.ProfileID]string{"public": hash}
	}
	c.Nodes[2].Profiles = map[lasso.ProfileID]string{"base": "1"}
	r.nodes.now.Store(&c)
	const path = "/dashboard/public/configuration"
	body := r.get(path).body
	for _, want := range []string{
		"Nodes differ", "2 nodes", "Another one", "Does not have it", "rented on Ethereum", "only on b (region-b)", "lacks", "chain OP Mainnet",
		"as it was when it last answered", "Rented",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if csv := r.get(path + "?format=csv").body; !strings.Contains(csv, "1,ethereum,rented,Rented,0,") || !strings.Contains(csv, ",b\n") {
		t.Errorf("providers as CSV: %s", csv)
	}
	if csv := r.get(path + "?format=csv&fragment=chains").body; !strings.Contains(csv, "77,secretchain,") {
		t.Errorf("chains as CSV: %s", csv)
	}
	if csv := r.get(path + "?format=csv&fragment=differs").body; !strings.Contains(csv, "b,region-b,,ffee00,false,") {
		t.Errorf("differences as CSV: %s", csv)
	}
}
