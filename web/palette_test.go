package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

type paletteLine struct {
	Group, Name, Detail, Icon, Href, Region string
}

func (r *rig) palette(path string) []paletteLine {
	r.Helper()
	res := r.get(path)
	var out struct{ Items []paletteLine }
	if err := json.Unmarshal([]byte(res.body), &out); err != nil || res.status != 200 {
		r.Fatalf("GET %s = %d %.200s: %v", path, res.status, res.body, err)
	}
	if got := res.header.Get("Cache-Control"); got != "no-store" {
		r.Errorf("GET %s: Cache-Control = %q, want no-store", path, got)
	}
	if strings.Contains(res.body, "KEY123") || strings.Contains(res.body, "secret.example") {
		r.Errorf("GET %s: a provider's URL or key is in it", path)
	}
	return out.Items
}

func TestPalette(t *testing.T) {
	t.Parallel()
	r := setup(t)
	items := r.palette("/dashboard/public/palette")
	want := []paletteLine{
		{"links", "Ethereum", "chain · 1 of 2 healthy", "s-open", "/dashboard/public/chains/ethereum", ""},
		{"links", hostile + " on Ethereum", "provider · circuit open", "s-open", "/dashboard/public/chains/ethereum/providers/drpc", ""},
		{"links", "OP Mainnet", "chain · 0 of 1 healthy", "s-unk", "/dashboard/public/chains/optimism", ""},
		{"links", "Idle on OP Mainnet", "provider · unknown", "s-unk", "/dashboard/public/chains/optimism/providers/idle", ""},
		{"links", "Alchemy on Ethereum", "provider · healthy", "s-ok", "/dashboard/public/chains/ethereum/providers/alchemy", ""},
		{"links", "Base", "chain · 1 of 1 healthy", "s-ok", "/dashboard/public/chains/base", ""},
		{"links", "dRPC on Base", "provider · healthy", "s-ok", "/dashboard/public/chains/base/providers/base_drpc", ""},
		{"pages", "Overview", "page", "i-grid", "/dashboard/public", ""},
	}
	if len(items) < len(want) {
		t.Fatalf("%d lines, want at least %d", len(items), len(want))
	}
	for i, w := range want {
		if items[i] != w {
			t.Errorf("line %d = %+v, want %+v", i, items[i], w)
		}
	}
	last := items[len(items)-1]
	if w := (paletteLine{"pages", "Base team", "profile", "i-inbox", "/dashboard/base", ""}); last != w {
		t.Errorf("last line = %+v, want the other profile %+v", last, w)
	}
	if res := r.get("/dashboard/nobody/palette"); res.status != 404 {
		t.Errorf("palette of an unknown profile = %d, want 404", res.status)
	}
}

// TestLargePalette lists fifty chains of twenty providers.
func TestLargePalette(t *testing.T) {
	t.Parallel()
	r := setup(t)
	p := &lasso.Profile{Slug: "large", Name: "Large"}
	for c := range 50 {
		ch := &lasso.Chain{ID: lasso.ChainID(1000 + c), Key: fmt.Sprintf("c%d", c), Name: fmt.Sprintf("Chain %d", c)}
		for i := range 20 {
			ch.Providers = append(ch.Providers, &lasso.Provider{ID: lasso.ProviderID(fmt.Sprintf("p%d", i)), Name: fmt.Sprintf("Provider %d", i)})
		}
		p.Chains = append(p.Chains, ch)
	}
	r.cats.catalog = lasso.NewCatalog([]*lasso.Profile{p}, "beef", start)
	links := 0
	for _, i := range r.palette("/dashboard/large/palette") {
		if i.Group == "links" {
			links++
		}
	}
	if links != 50*21 {
		t.Errorf("links = %d, want %d", links, 50*21)
	}
}

func TestBuildIsNamed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	page := r.get("/dashboard/public")
	build := page.header.Get("X-Lasso-Build")
	if !strings.HasPrefix(build, "1.2.3 ") || !strings.Contains(page.body, `<meta name="lasso-build" content="`+build+`">`) {
		t.Errorf("X-Lasso-Build = %q, want the version and the hash that the page names", build)
	}
	part := r.get("/dashboard/public?fragment=facts")
	if got := part.header.Get("X-Lasso-Build"); got != build {
		t.Errorf("X-Lasso-Build of a fragment = %q, want %q", got, build)
	}
	same := r.get("/dashboard/public?fragment=facts", "If-None-Match", part.header.Get("ETag"))
	if got := same.header.Get("X-Lasso-Build"); same.status != 304 || got != build {
		t.Errorf("unchanged: %d with X-Lasso-Build %q, want 304 with %q", same.status, got, build)
	}
}

func TestKioskAndDensity(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct {
		path, cookie string
		status       int
		want         string
	}{
		{"/dashboard/public", "", 200, `data-density="normal" data-root`},
		{"/dashboard/public", "density=compact", 200, `data-density="compact" data-root`},
		{"/dashboard/public", `density="><script>`, 200, `data-density="normal" data-root`},
		{"/dashboard/public?kiosk=1", "", 200, `class="kiosk">`},
		{"/dashboard/public?kiosk=yes", "", 400, "kiosk"},
		{"/dashboard/nobody", "density=comfortable", 404, `data-density="comfortable" data-root`},
	}
	for _, tt := range tests {
		res := r.get(tt.path, "Cookie", tt.cookie, "Accept", "text/html")
		if res.status != tt.status || !strings.Contains(res.body, tt.want) {
			t.Errorf("GET %s with %q = %d, want %d with %s", tt.path, tt.cookie, res.status, tt.status, tt.want)
		}
	}
	if a, b := r.get("/dashboard/public?fragment=facts"), r.get("/dashboard/public?fragment=facts&kiosk=1"); a.status != 200 || b.status != 200 {
		t.Errorf("fragments = %d and %d, want 200", a.status, b.status)
	}
}

func TestGalleryOnlyInDevelopment(t *testing.T) {
	t.Parallel()
	released := setup(t)
	if res := released.get("/dashboard/_gallery"); res.status != 404 {
		t.Errorf("released: %d, want 404", res.status)
	}
	r := setup(t, func(c *web.Config) { c.Development = true })
	res := r.get("/dashboard/_gallery")
	if res.status != 200 || !strings.Contains(res.body, "<h1>Components</h1>") {
		t.Errorf("in development: %d %.100s, want the page", res.status, res.body)
	}
	checkPage(t, "/dashboard/_gallery", res)
	if res := r.get("/dashboard/_gallery?fragment=status"); res.status != 200 || !strings.HasPrefix(res.body, "<section") {
		t.Errorf("a section = %d %.100s", res.status, res.body)
	}
	if res := r.get("/dashboard/_gallery?fragment=none"); res.status != 400 {
		t.Errorf("an unknown section = %d, want 400", res.status)
	}
}
