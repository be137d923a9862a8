package web_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestBadges(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, tt := range []struct{ path, want string }{
		{"badge.svg", "Public: 2 of 3 chains usable"},
		{"chains/1/badge.svg", "Ethereum: 1 of 2 usable"},
		{"chains/eth/providers/alchemy/badge.svg", "Alchemy on Ethereum: Healthy"},
		{"chains/eth/providers/drpc/badge.svg", hostile + " on Ethereum: Circuit open"},
		{"chains/optimism/providers/idle/badge.svg?metric=p95", "Idle on OP Mainnet p95: –"},
		{"chains/1/badge.svg?metric=success&window=1h", "Ethereum success: 97.50 %"},
	} {
		res := r.get("/api/v1/profiles/public/" + tt.path)
		if got := res.header.Get("Content-Type"); res.status != 200 || got != "image/svg+xml; charset=utf-8" {
			t.Errorf("%s = %d %s", tt.path, res.status, got)
			continue
		}
		if a, b := res.header.Get("Cross-Origin-Resource-Policy"), res.header.Get("Cache-Control"); a != "cross-origin" || b != "public, max-age=30" {
			t.Errorf("%s: Cross-Origin-Resource-Policy %q, Cache-Control %q", tt.path, a, b)
		}
		var doc struct {
			XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
			Title   string   `xml:"title"`
		}
		d := xml.NewDecoder(strings.NewReader(res.body))
		if err := d.Decode(&doc); err != nil {
			t.Errorf("%s is no picture: %v\n%s", tt.path, err, res.body)
			continue
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: more than a picture: %v", tt.path, err)
		}
		if want := tt.want; doc.Title != want {
			t.Errorf("%s says %q, want %q", tt.path, doc.Title, want)
		}
		if strings.Contains(res.body, "KEY123") || strings.Contains(res.body, "<script") {
			t.Errorf("%s leaks or runs something:\n%s", tt.path, res.body)
		}
	}
	for path, status := range map[string]int{
		"public/badge.svg?metric=mood": 400, "nobody/badge.svg": 404, "public/chains/1/providers/none/badge.svg": 404, "public/badge.svg?window=9h": 400,
	} {
		if res := r.get("/api/v1/profiles/" + path); res.status != status || !strings.HasPrefix(res.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s = %d %s, want %d as JSON", path, res.status, res.header.Get("Content-Type"), status)
		}
	}
}
