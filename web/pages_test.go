package web_test

import (
	"bytes"
	"compress/gzip"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

func pagePaths() []string {
	return []string{
		"/dashboard/public", "/dashboard/public/chains", "/dashboard/public/providers",
		"/dashboard/public/chains/ethereum", "/dashboard/public/chains/1", "/dashboard/public/chains/optimism",
		"/dashboard/public/chains/ethereum/providers/alchemy", "/dashboard/public/chains/ethereum/providers/drpc",
		"/dashboard/public/chains/optimism/providers/idle", "/dashboard/base", "/dashboard/default",
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.cats.reload = lasso.ReloadState{LoadedAt: start, Failures: 1, Problems: []string{hostile}, FailedAt: start}
	for _, path := range pagePaths() {
		res := r.get(path)
		if res.status != 200 || res.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(res.body, "</html>") {
			t.Errorf("GET %s = %d %s, want a whole page", path, res.status, res.header.Get("Content-Type"))
		}
		checkPage(t, path, res)
		if path != "/dashboard/base" && !strings.Contains(res.body, html.EscapeString(hostile)) && !strings.Contains(res.body, "&lt;script&gt;") {
			t.Errorf("GET %s: the hostile name is not on the page", path)
		}
	}
}

// checkPage checks what holds for every page: nothing of ours leaks, no markup
// of others gets in, and nothing inline that the content policy would refuse.
func checkPage(t *testing.T, path string, res answer) {
	t.Helper()
	if strings.Contains(res.body, "<script>alert") {
		t.Errorf("GET %s: a name is on the page unescaped", path)
	}
	if strings.Contains(res.body, "KEY123") || strings.Contains(res.body, "secret.example") {
		t.Errorf("GET %s: a provider's URL or key is on the page", path)
	}
	csp := res.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("GET %s: Content-Security-Policy %q has no %q", path, csp, want)
		}
	}
	if inline := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|\sstyle="|\son[a-z]+="|<style`).FindString(res.body); inline != "" && !strings.Contains(res.body, "src="+inline) {
		t.Errorf("GET %s: inline script or style %q", path, inline)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Server": ""} {
		if got := res.header.Get(name); got != want {
			t.Errorf("GET %s: %s = %q, want %q", path, name, got, want)
		}
	}
}

// TestLinksWork follows every link of every page: none leads nowhere, whatever
// order, range or theme it asks for.
func TestLinksWork(t *testing.T) {
	t.Parallel()
	r := setup(t)
	link := regexp.MustCompile(`(?:href|hx-get)="(/[^"#]*)`)
	todo, seen := []string{"/dashboard/public"}, map[string]bool{}
	fragments := 0
	for len(todo) > 0 && len(seen) < 600 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || strings.HasPrefix(path, "/static/") {
			continue
		}
		seen[path] = true
		res := r.get(path)
		if res.status != 200 {
			t.Errorf("GET %s = %d %.200s", path, res.status, res.body)
			continue
		}
		if strings.Contains(path, "fragment=") {
			fragments++
			if strings.Contains(res.body, "<html") {
				t.Errorf("GET %s is a whole page, want a fragment", path)
			}
		}
		// Only plain pages are followed: orders and ranges multiply.
		if strings.Contains(path, "?") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(res.body, -1) {
			todo = append(todo, html.UnescapeString(m[1]))
		}
	}
	if len(seen) < 30 || fragments < 10 {
		t.Errorf("followed %d links, %d of them fragments: too few to mean anything", len(seen), fragments)
	}
}

func TestNoSuchPage(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct {
		path   string
		status int
		says   string
	}{
		{"/dashboard/nobody", 404, "nobody"},
		{"/dashboard/public/chains/nowhere", 404, "nowhere"},
		{"/dashboard/public/chains/ethereum/providers/nobody", 404, "nobody"},
		{"/dashboard/public/chains/" + strings.ReplaceAll(hostile, "/", "%2F"), 404, "alert"},
		{"/dashboard/public/nothing", 404, ""},
		{"/dashboard/public?range=7y", 400, "7y"},
		{"/dashboard/public?sort=hat", 400, "hat"},
		{"/dashboard/public?theme=pink", 400, "pink"},
		{"/dashboard/public?format=xml", 400, "xml"},
		{"/dashboard/public?fragment=hat", 400, "hat"},
		{"/dashboard/public?fragment=facts&format=csv", 400, "facts"},
		{"/dashboard/public/chains/1?msort=hat", 400, "hat"},
	}
	for _, tt := range tests {
		path := strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", "&", "%26").Replace(tt.path)
		if strings.Contains(tt.path, "?") {
			path = tt.path
		}
		res := r.get(path, "Accept", "text/html")
		if res.status != tt.status || !strings.Contains(res.body, tt.says) {
			t.Errorf("GET %s = %d %.200s, want %d that says %q", path, res.status, res.body, tt.status, tt.says)
		}
		checkPage(t, path, res)
		if res.header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: Cache-Control = %q, want no-store", path, res.header.Get("Cache-Control"))
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for path, want := range map[string]string{"/": "/dashboard", "/dashboard": "/dashboard/public", "/dashboard/": "/dashboard/public"} {
		if res := r.get(path); res.status != 302 || res.header.Get("Location") != want {
			t.Errorf("GET %s = %d to %q, want 302 to %q", path, res.status, res.header.Get("Location"), want)
		}
	}
	r.cats.catalog = lasso.NewCatalog(nil, "", start)
	if res := r.get("/dashboard"); res.status != 503 || !strings.Contains(res.body, "No profile is configured") {
		t.Errorf("without a profile: %d %.100s, want 503", res.status, res.body)
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	now := start.Add(time.Minute)
	ticks := make(chan time.Duration, 1)
	r := setup(t, func(c *web.Config) {
		c.Now = func() time.Time {
			select {
			case d := <-ticks:
				now = now.Add(d)
			default:
			}
			return now
		}
	})
	for _, path := range []string{"/dashboard/public", "/dashboard/public?fragment=attention", "/dashboard/public/chains/1?fragment=providers"} {
		first := r.get(path)
		tag := first.header.Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) || first.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("GET %s: ETag %q, Cache-Control %q", path, tag, first.header.Get("Cache-Control"))
		}
		if vary := strings.Join(first.header.Values("Vary"), ", "); !strings.Contains(vary, "Cookie") {
			t.Errorf("GET %s: Vary = %q, want Cookie in it", path, vary)
		}
		for _, header := range []string{tag, "*", `"other", ` + tag, strings.TrimPrefix(tag, "W/")} {
			if res := r.get(path, "If-None-Match", header); res.status != 304 || res.body != "" {
				t.Errorf("GET %s with If-None-Match %s = %d, %d bytes, want 304", path, header, res.status, len(res.body))
			}
		}
		ticks <- 2 * time.Second
		if res := r.get(path, "If-None-Match", tag); res.status != 304 {
			t.Errorf("GET %s two seconds later = %d, want 304: only ages changed", path, res.status)
		}
		ticks <- 8 * time.Second
		r.figs.board[0].Calls++
		if res := r.get(path, "If-None-Match", tag); res.status != 200 || res.header.Get("ETag") == tag {
			t.Errorf("GET %s with other figures = %d, want 200 with another tag", path, res.status)
		}
	}
	if a, b := r.get("/dashboard/public").header.Get("ETag"), r.get("/dashboard/public?theme=dark").header.Get("ETag"); a == b {
		t.Error("two themes have one tag")
	}
}

func TestThemeIsRemembered(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if body := r.get("/dashboard/public").body; !strings.Contains(body, `data-theme="auto"`) {
		t.Error("without a choice: want data-theme=auto")
	}
	res := r.get("/dashboard/public?theme=light")
	cookie := res.header.Get("Set-Cookie")
	if !strings.Contains(res.body, `data-theme="light"`) || !strings.HasPrefix(cookie, "theme=light;") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("?theme=light: Set-Cookie %q", cookie)
	}
	if body := r.get("/dashboard/public", "Cookie", "theme=light").body; !strings.Contains(body, `data-theme="light"`) {
		t.Error("with the cookie: want data-theme=light")
	}
	if body := r.get("/dashboard/public", "Cookie", `theme="><script>`).body; !strings.Contains(body, `data-theme="auto"`) {
		t.Error("with a bad cookie: want data-theme=auto")
	}
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct{ path, first, row string }{
		{"/dashboard/public?format=csv", "chain_id,chain,provider_id,name,status,", "1,ethereum,drpc,"},
		{"/dashboard/public?fragment=chains&format=csv", "chain_id,chain,chain_name,", "8453,base,Base,Healthy"},
		{"/dashboard/public/chains?format=csv", "chain_id,chain,chain_name,", "1,ethereum,Ethereum,Circuit open,"},
		{"/dashboard/public/providers?format=csv", "chain_id,chain,provider_id,", "1,ethereum,alchemy,Alchemy,Healthy,"},
		{"/dashboard/public/chains/1?format=csv", "chain_id,chain,provider_id,", "1,ethereum,alchemy,Alchemy,Healthy,"},
		{"/dashboard/public/chains/1?fragment=methods&format=csv", "method,total_calls,", "eth_call,30,1,"},
		{"/dashboard/public/chains/1/providers/drpc?format=csv", "method,total_calls,", "eth_call,30,1,"},
	}
	for _, tt := range tests {
		res := r.get(tt.path)
		if res.status != 200 || res.header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("GET %s = %d %s", tt.path, res.status, res.header.Get("Content-Type"))
		}
		lines := strings.Split(res.body, "\n")
		if !strings.HasPrefix(lines[0], tt.first) || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, tt.row) }) {
			t.Errorf("GET %s:\n%s\nwant the heading %q… and a row %q…", tt.path, res.body, tt.first, tt.row)
		}
	}
	res := r.get("/dashboard/public/providers?format=json")
	if res.header.Get("Content-Type") != "application/json" || !strings.Contains(res.body, `"height":100`) || !strings.Contains(res.body, `"chain":"ethereum"`) {
		t.Errorf("as JSON: %s %s", res.header.Get("Content-Type"), res.body)
	}
	if strings.Contains(res.body, `"p50_ms":0`) {
		t.Error("as JSON: a provider without calls has a latency of 0, want null")
	}
}

func TestCompressed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	plain := r.get("/dashboard/public")
	res := r.get("/dashboard/public", "Accept-Encoding", "gzip")
	if res.header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(res.header.Values("Vary"), ","), "Accept-Encoding") {
		t.Fatalf("Content-Encoding = %q, Vary = %q", res.header.Get("Content-Encoding"), res.header.Values("Vary"))
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(res.body)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || string(got) != plain.body {
		t.Errorf("the compressed page is another one: %v", err)
	}
	if res := r.get("/dashboard/public", "Accept-Encoding", "gzip", "If-None-Match", plain.header.Get("ETag")); res.status != 304 || res.body != "" {
		t.Errorf("with If-None-Match: %d, %d bytes, want 304", res.status, len(res.body))
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tests := []struct {
		name   string
		header []string
		status int
	}{
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sibling", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another origin", []string{"Origin", "https://evil.example"}, 403},
		{"no origin", []string{"Origin", "null"}, 403},
		{"a lie about the origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", r.url}, 403},
		{"this site", []string{"Sec-Fetch-Site", "same-origin", "Origin", r.url}, 405},
		{"this origin", []string{"Origin", r.url}, 405},
		{"not a browser", nil, 405},
	}
	for _, tt := range tests {
		if res := r.post("/dashboard/public", "", tt.header...); res.status != tt.status {
			t.Errorf("POST from %s = %d, want %d", tt.name, res.status, tt.status)
		}
	}
	if res := r.post("/rpc/1", "{}", "Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"); res.status != 200 {
		t.Errorf("POST /rpc from another site = %d, want 200", res.status)
	}
}

func TestPanicInPage(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.states.panics = "the secret reason"
	res := r.get("/dashboard/public")
	if res.status != 500 || !strings.Contains(res.body, "</html>") || strings.Contains(res.body, "secret") {
		t.Errorf("got %d %.200s, want a page with 500 and without the cause", res.status, res.body)
	}
	if id := res.header.Get("X-Lasso-Request-Id"); id == "" || !strings.Contains(res.body, id) || !strings.Contains(r.logs.String(), id) {
		t.Errorf("request id %q is not on the page and in the log", id)
	}
	if !strings.Contains(r.logs.String(), "the secret reason") || !strings.Contains(r.logs.String(), "fakes_test.go") {
		t.Error("the panic is not in the log with its stack")
	}
	if res := r.get("/api/v1/profiles/public/chains"); res.status != 500 || strings.Contains(res.body, "secret") || !strings.HasPrefix(res.body, `{"error":`) {
		t.Errorf("the API: got %d %s, want 500 as JSON", res.status, res.body)
	}
}

// TestErrorsKeepTheProfile: whatever is wrong with an address, the page that
// says so is one of the profile that the address names.
func TestErrorsKeepTheProfile(t *testing.T) {
	t.Parallel()
	r := setup(t, full)
	for path, want := range map[string]int{
		"?range=9h": 400, "?topo=map": 400, "?q=" + strings.Repeat("x", 200): 400, "/providers?cols=hat": 400, "/chains?page=0": 400,
		"/regions?metric=hat": 400, "/methods?chain=nothing": 400, "/methods?method=a-b": 400, "/requests?outcome=hat": 400, "/requests?min_ms=x": 400,
		"/playground?view=hat": 400, "/playground?chain=nothing": 400, "/playground?strategy=hat": 400, "/playground?method=a-b": 400,
		"/chains/ethereum?pin=nobody": 400, "/chains/ethereum?snippet=hat": 400, "/chains/nothing": 404, "/chains/ethereum/providers/nobody": 404,
		"/chains/ethereum/providers/alchemy?act=drain": 403,
	} {
		res := r.get("/dashboard/public"+path, "Accept", "text/html")
		if res.status != want || !strings.Contains(res.body, `href="/dashboard/public/providers"`) {
			t.Errorf("GET /dashboard/public%s = %d, want %d in the frame of the profile", path, res.status, want)
		}
	}
}
