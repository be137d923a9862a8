package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

// countedFakes count how often they are read.
type countedFakes struct {
	bigFakes
	reads    int
	revision uint64
}

func (f *countedFakes) Totals(s lasso.Scope) lasso.Answer[lasso.CallFigures] {
	f.reads++
	return f.bigFakes.Totals(s)
}

func (f *countedFakes) Mesh() lasso.Answer[lasso.Mesh] { return lasso.Answer[lasso.Mesh]{} }

func (f *countedFakes) Views(lasso.ProfileID) []lasso.NodeView { return nil }

func (f *countedFakes) Revision() uint64 { return f.revision }

// A fragment is gathered once a second for all who look, and not at all while
// nothing is recorded.
func TestDrawn(t *testing.T) {
	t.Parallel()
	const path = "/dashboard/public?fragment=topology-delta"
	fakes := &countedFakes{}
	fakes.states = []lasso.ChainState{{Profile: "public", Chain: 1, Status: lasso.Healthy}}
	p := &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{{ID: 1, Key: "ethereum", Name: "Ethereum"}}}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	proxy := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")} // where requests of tests come from
	s := newServer(t, Config{Region: "r0", Now: func() time.Time { return now }, TrustedProxies: proxy}, Deps{
		Router: fixedRouter{}, Catalogs: fixedCatalog{lasso.NewCatalog([]*lasso.Profile{p}, "", time.Time{})}, Figures: fakes, Board: fakes, Cluster: fakes, Changes: fakes,
	})
	get := func(path string, header ...string) (status int, tag, body string) {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		for i := 0; i+1 < len(header); i += 2 {
			if header[i] == "Host" {
				req.Host = header[i+1]
			}
			req.Header.Set(header[i], header[i+1])
		}
		res, err := s.app.Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") != "application/json; charset=utf-8" && res.Header.Get("Content-Type") != "application/json" {
			t.Errorf("Content-Type = %q", res.Header.Get("Content-Type"))
		}
		return res.StatusCode, res.Header.Get("ETag"), string(b)
	}
	_, tag, first := get(path)
	if first == "" || tag == "" || fakes.reads == 0 {
		t.Fatalf("first: %q, tag %q, %d reads", first, tag, fakes.reads)
	}
	for _, step := range []struct {
		name   string
		after  time.Duration
		record bool
		path   string
		header []string
		status int
		drawn  bool
	}{
		{"again in the same second", 0, true, path, nil, 200, false},
		{"which the browser has", 0, true, path, []string{"If-None-Match", tag}, 304, false},
		{"for another theme", 0, false, path, []string{"Cookie", "theme=dark"}, 200, true},
		{"under another name", 0, false, path, []string{"Host", "lasso.example"}, 200, true},
		{"under another name, said to be the first", 0, false, path, []string{"Host", "evil.example", "X-Forwarded-Host", "example.com"}, 200, true},
		{"over TLS, as the proxy says", 0, false, path, []string{"X-Forwarded-Proto", "https"}, 200, true},
		{"with a cookie that is none of ours", 0, false, path, []string{"Cookie", "other=1"}, 200, false},
		{"of a chain alone", 0, false, path + "&chains=1", nil, 200, true},
		{"another second, something recorded", time.Second, true, path, []string{"If-None-Match", tag}, 304, true},
		{"and who has nothing", 0, false, path, nil, 200, true}, // a 304 was drawn: nothing to give
		{"another second, nothing recorded", time.Second, false, path, nil, 200, false},
		{"three seconds later", 3 * time.Second, false, path, []string{"If-None-Match", tag}, 304, false},
		{"five seconds later", time.Second, false, path, nil, 200, true},
		{"a clock that went back", -time.Second, false, path, nil, 200, true},
	} {
		now = now.Add(step.after)
		if step.record {
			fakes.revision++
		}
		before := fakes.reads
		status, _, body := get(step.path, step.header...)
		if drawn := fakes.reads > before; status != step.status || drawn != step.drawn {
			t.Errorf("%s: status %d, drawn %t, want %d, %t", step.name, status, drawn, step.status, step.drawn)
		}
		if status == http.StatusOK && step.path == path && body != first {
			t.Errorf("%s: %q, want %q", step.name, body, first)
		}
	}
}

// What is kept is bounded, whatever addresses strangers invent.
func TestDrawnIsBounded(t *testing.T) {
	t.Parallel()
	whole, empty := &fasthttp.Response{}, &fasthttp.Response{}
	whole.SetBody(make([]byte, maxDrawing-2000))
	empty.SetStatusCode(fasthttp.StatusNotModified)
	for name, tt := range map[string]struct {
		res   *fasthttp.Response
		key   int // bytes
		tries int
	}{
		"bodies": {whole, 8, 100},
		"keys of parts that strangers have already": {empty, maxPartKey, maxParts + 100},
		"many small ones": {empty, 8, maxParts + 100},
	} {
		d := newDrawn(&countedFakes{}, cache.NoExpiration)
		for i := range tt.tries {
			d.keep(fmt.Sprintf("%0*d", tt.key, i), &drawing{}, tt.res)
		}
		kept := int64(0)
		for key, item := range d.cache.Items() {
			f, ok := item.Object.(*drawing)
			if !ok {
				t.Fatalf("%s: a %T is kept", name, item.Object)
			}
			kept += int64(len(key) + len(f.body))
		}
		if got := d.size.Load(); got != kept || got > maxDrawn || d.cache.ItemCount() > maxParts {
			t.Errorf("%s: %d bytes of %d fragments are kept and %d counted, want at most %d and %d", name, kept, d.cache.ItemCount(), got, maxDrawn, maxParts)
		}
		if kept < maxDrawn/2 && d.cache.ItemCount() < maxParts {
			t.Errorf("%s: only %d bytes of %d fragments are kept", name, kept, d.cache.ItemCount())
		}
		d.cache.Flush()
		whole.SetBody(make([]byte, maxDrawing))
		d.keep("large", &drawing{}, whole)
		if d.cache.ItemCount() != 0 {
			t.Errorf("%s: a fragment above the limit is kept", name)
		}
		whole.SetBody(make([]byte, maxDrawing-2000))
	}
}
