package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
	"github.com/lasso-rpc/lasso/web"
)

// TestEffective checks what is said of every setting: the value that took
// effect, where it comes from, and of a secret nothing.
func TestEffective(t *testing.T) {
	t.Setenv("LASSO_MAX_BATCH", "7")
	t.Setenv("LASSO_REGION", "eu")
	t.Setenv("CLUSTER_SECRET", "planted-secret-XYZZY")
	t.Setenv("CLUSTER_NATS_URL", "nats://user:planted-secret-XYZZY@host:4222")
	t.Setenv("CLUSTER_POLL_INTERVAL", "9s")
	t.Setenv("SECRET_KEY_BASE", "")
	var c cli
	given := variables{}
	parser, err := newParser(&c, given, t.Output(), t.Output(), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse([]string{"serve", "--region", "us", "--listen=127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]web.Setting{}
	for _, s := range effective(parsed, given) {
		if strings.Contains(s.Value, "planted") {
			t.Errorf("%s holds the secret: %q", s.Name, s.Value)
		}
		got[s.Name] = s
	}
	for name, want := range map[string][2]string{
		"--listen": {"127.0.0.1:0", "flag"}, "--region": {"us", "flag"}, "--max-batch": {"7", "environment"}, "--log-level": {"info", "default"},
		"CLUSTER_SECRET": {"set", "environment"}, "SECRET_KEY_BASE": {"not set", "default"}, "CLUSTER_NATS_URL": {"set", "environment"},
		"CLUSTER_POLL_INTERVAL": {"9s", "environment"}, "CLUSTER_HEALTH_INTERVAL": {"15s", "default"}, "CLUSTER_PORT": {"4369", "default"},
	} {
		if s := got[name]; s.Value != want[0] || s.Source != want[1] {
			t.Errorf("%s = %q from %q, want %q from %q", name, s.Value, s.Source, want[0], want[1])
		}
	}
}

// TestSettingsAreDocumented: what the page lists is in the guides.
func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	var guides strings.Builder
	for _, name := range []string{"configuration.md", "clustering.md"} {
		data, err := os.ReadFile(filepath.Join("../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		guides.Write(data)
	}
	for _, s := range environment(func(string) string { return "" }) {
		if !strings.Contains(guides.String(), "`"+s.Name+"`") {
			t.Errorf("%s is in no guide", s.Name)
		}
	}
}

// TestNoSecretOnPages starts a node whose environment and profile hold secrets,
// and reads everything that tells of its configuration and process.
func TestNoSecretOnPages(t *testing.T) {
	const secret = "planted-secret-XYZZY"
	node := simnode.New(simnode.NewChain(8453, 2*time.Second, 1000, nil), "one", 1)
	url, err := node.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Kill)
	t.Setenv("CLUSTER_SECRET", secret)
	t.Setenv("SECRET_KEY_BASE", secret)
	t.Setenv("PLANTED_KEY", secret)
	dir := t.TempDir()
	profile := strings.ReplaceAll(profileYAML, `"URL"}`, `"`+url+`/${PLANTED_KEY}?key=${PLANTED_KEY}", api_key: "${PLANTED_KEY}"}`)
	if err := os.WriteFile(filepath.Join(dir, "public.yml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	base, _ := launch(t, "serve", "--listen", "127.0.0.1:0", "--profiles", dir, "--log-level", "error")
	for _, page := range []string{"system", "configuration", "cluster"} {
		for _, query := range []string{"", "?format=csv", "?format=json", "?format=json&fragment=settings", "?format=csv&fragment=chains", "?fragment=settings"} {
			status, body := get(t, base+"/dashboard/public/"+page+query)
			if status != http.StatusOK && query != "" {
				continue // not every page has every table
			}
			if status != http.StatusOK || body == "" {
				t.Errorf("%s%s: status %d", page, query, status)
			}
			for _, word := range []string{secret, strings.TrimPrefix(url, "http://")} {
				if strings.Contains(body, word) {
					t.Errorf("%s%s shows %q", page, query, word)
				}
			}
		}
	}
	if _, body := get(t, base+"/dashboard/public/configuration"); !strings.Contains(body, "CLUSTER_SECRET") || !strings.Contains(body, "--max-batch") || !strings.Contains(body, "(key hidden)") {
		t.Error("the configuration page does not list the settings")
	}
	if _, body := get(t, base+"/dashboard/public/system?format=json"); !strings.Contains(body, `"goroutines":`) || strings.Contains(body, `"rss_bytes":null`) {
		t.Errorf("the system page has no figures: %s", body)
	}
}
