package web_test

import (
	"bytes"
	"compress/gzip"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/static"
)

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	r := setup(t)
	page := r.get("/dashboard/public").body
	found := regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(found) < 4 {
		t.Fatalf("the page names %d static files, want at least 4", len(found))
	}
	for _, m := range found {
		path := html.UnescapeString(m[1])
		res := r.get(path)
		if res.status != 200 || res.body == "" || res.header.Get("Cache-Control") != static.CacheControl {
			t.Errorf("GET %s = %d, %d bytes, Cache-Control %q", path, res.status, len(res.body), res.header.Get("Cache-Control"))
		}
		if res.header.Get("X-Content-Type-Options") != "nosniff" || strings.HasPrefix(res.header.Get("Content-Type"), "application/octet-stream") {
			t.Errorf("GET %s: Content-Type %q", path, res.header.Get("Content-Type"))
		}
		if again := r.get(path, "If-None-Match", res.header.Get("ETag")); again.status != 304 || again.body != "" {
			t.Errorf("GET %s again = %d, want 304", path, again.status)
		}
		small := r.get(path, "Accept-Encoding", "br;q=0, gzip")
		if small.header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader([]byte(small.body)))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(z); err != nil || string(got) != res.body {
				t.Errorf("GET %s: the compressed file is another one: %v", path, err)
			}
			if small.header.Get("ETag") == res.header.Get("ETag") {
				t.Errorf("GET %s: both codings have the tag %s", path, res.header.Get("ETag"))
			}
		}
	}
	if res := r.get("/static/app.css", "Accept-Encoding", "gzip;q=0"); res.header.Get("Cache-Control") != "no-cache" || res.header.Get("Content-Encoding") != "" {
		t.Errorf("without a hash: Cache-Control %q, Content-Encoding %q", res.header.Get("Cache-Control"), res.header.Get("Content-Encoding"))
	}
	for _, path := range []string{"/static/", "/static/../go.mod", "/static/%2e%2e/go.mod", "/static/static.go", "/static/app.000000000000.css"} {
		if res := r.get(path); res.status != 404 {
			t.Errorf("GET %s = %d, want 404", path, res.status)
		}
	}
}
