package lasso_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

func TestParsePublicURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		"https://lasso.example.com":          "https://lasso.example.com",
		"HTTPS://Lasso.Example.com/":         "https://lasso.example.com",
		"http://10.0.0.1:4000":               "http://10.0.0.1:4000",
		"http://localhost:4000/":             "http://localhost:4000",
		"http://[2001:db8::1]:4000":          "http://[2001:db8::1]:4000",
		"https://example.com/lasso":          "https://example.com/lasso",
		"https://example.com/a/lasso-2//":    "https://example.com/a/lasso-2",
		"https://xn--bcher-kva.example":      "https://xn--bcher-kva.example",
		"https://example.com./x":             "https://example.com./x",
		"https://" + strings.Repeat("a", 60): "https://" + strings.Repeat("a", 60),
	} {
		if got, err := lasso.ParsePublicURL(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range hostileURLs() {
		if got, err := lasso.ParsePublicURL(in); err == nil || got != "" {
			t.Errorf("%q: got %q, want an error", in, got)
		} else if len(in) > 12 && strings.Contains(err.Error(), in) {
			t.Errorf("%q: the error repeats it: %v", in, err)
		}
	}
}

func hostileURLs() []string {
	return []string{
		"javascript:alert(1)", "JavaScript://example.com/%0aalert(1)", "javascript://example.com/\nalert(1)", "\x01javascript:alert(1)",
		" https://example.com", "https://example.com ", "https://exa mple.com", "https://example.com\t", "https://example.com\n", "java\tscript:alert(1)",
		"data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "ftp://example.com", "ws://example.com", "blob:https://example.com/1",
		"//example.com", "/dashboard", "example.com", "example.com:4000", "https:", "https://", "https:///path", "https:/example.com", "https:example.com", "http:\\\\example.com",
		"https://user@example.com", "https://user:password@example.com", "https://@example.com", "https://example.com@evil.example", "https://example.com\\@evil.example",
		"https://example.com?x=1", "https://example.com?", "https://example.com#x", "https://example.com#", "https://example.com/a?b", "https://example.com/a#b",
		"https://example.com/../x", "https://example.com/./x", "https://example.com/a/../b", "https://example.com/%2e%2e/x", "https://example.com/a%00b", "https://example.com/a//b",
		"https://example.com:0", "https://example.com:65536", "https://example.com:", "https://example.com:port", "https://example.com:80:80", "https://:4000",
		"https://exa%6dple.com", "https://exämple.com", "https://example。com", "https://example.com/ä", "https://exam\u202eple.com", "https://example.com\x00",
		"https://[::1", "https://[::1%25eth0]", "https://::1", "https://[10.0.0.1]", "https://[not]:80", "https://-a.example", "https://a..b", "https://.", "https://a_b.example",
		`https://example.com/"onmouseover="alert(1)`, "https://example.com/'x", "https://example.com/<script>", "https://example.com/;x", "https://example.com/x,y", "https://exa<mple.com",
		"https://" + strings.Repeat("a", lasso.MaxPublicURL), "https://example.com/" + strings.Repeat("a", lasso.MaxPublicURL),
	}
}

// FuzzParsePublicURL: what is taken is what a browser goes to.
func FuzzParsePublicURL(f *testing.F) {
	f.Add("https://example.com/lasso")
	f.Add("http://[::1]:4000/")
	for _, u := range hostileURLs() {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := lasso.ParsePublicURL(in)
		if err != nil || got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.RawPath != "" {
			t.Errorf("%q gives %q: %+v, %v", in, got, u, err)
		}
		if again, err := lasso.ParsePublicURL(got); err != nil || again != got {
			t.Errorf("%q gives %q, which gives %q, %v", in, got, again, err)
		}
	})
}
