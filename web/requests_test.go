package web_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// overSeq is the number of the request that failed over.
const overSeq = 150

// sampleFeed is 200 requests, one of them failed over, two of one batch, and
// one from the playground.
func sampleFeed() []lasso.FeedItem {
	items := []lasso.FeedItem{{Seq: 201, Node: "n1", Region: "eu-west-1", Call: &lasso.Call{
		At: start.Add(201 * time.Second), Profile: "public", Chain: 1, Method: "eth_call", RequestID: "request-own", Provider: "alchemy", Attempts: 1, Origin: lasso.System,
	}}}
	for i := uint64(200); i > 0; i-- {
		c := &lasso.Call{
			At: start.Add(time.Duration(i) * time.Second), Profile: "public", Chain: 1, Method: "eth_call", RequestID: fmt.Sprintf("request-%d", i),
			Duration: 12 * time.Millisecond, Upstream: 11 * time.Millisecond, Provider: "alchemy", Transport: lasso.HTTP, Attempts: 1, Why: "drawn at random",
		}
		switch i {
		case overSeq:
			c.Failovers, c.Attempts, c.Detail, c.Duration = 1, 2, "drpc: HTTP 502", 1200*time.Millisecond
			c.Trace = &lasso.Trace{
				Tries: []lasso.Try{
					{Provider: "drpc", Transport: lasso.HTTP, Category: lasso.ServerError, Took: 600 * time.Millisecond, Message: "HTTP 502 " + hostile, Why: "priority 1"},
					{Provider: "alchemy", Transport: lasso.HTTP, Start: 601 * time.Millisecond, Took: 590 * time.Millisecond},
				},
				Others: []lasso.Other{{Provider: "gone", Transport: lasso.WS, LeftOut: true, Why: "circuit open"}},
			}
		case 120:
			c.Method, c.Provider, c.Category, c.Attempts, c.Duration = "eth_getLogs", "", lasso.NoProvider, 0, 2*time.Second
			c.Trace = &lasso.Trace{}
		case 180, 181:
			c.RequestID = "batch-id"
		}
		items = append(items, lasso.FeedItem{Seq: i, Node: "n1", Region: "eu-west-1", Call: c})
	}
	return items
}

func TestRequestsPageFilters(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.feed = sampleFeed()
	const page = "/dashboard/public/requests"
	rows := regexp.MustCompile(`<tr id="rq-(\d+)"`)
	for _, tt := range []struct {
		query string
		rows  int
		first string
		says  string
	}{
		{"", 100, "200", "100 of 200 shown"},
		{"?outcome=failover", 1, "150", "1 of 1 shown"},
		{"?outcome=failed", 1, "120", "nobody"},
		{"?origin=client", 100, "200", "100 of 200 shown"},
		{"?origin=system", 1, "201", "playground</span>"},
		{"?origin=any", 100, "201", "100 of 201 shown"},
		{"?request=request-own", 100, "200", "request-own"},
		{"?outcome=local", 0, "", "No request that is kept matches."},
		{"?min_ms=1000", 2, "150", `Over 1 s <b class="num">2</b>`},
		{"?method=eth_getLogs", 1, "120", `Errors <b class="num">1</b>`},
		{"?chain=base", 0, "", "No request that is kept matches."},
		{"?provider=drpc", 1, "150", "1 of 1 shown"},
		{"?q=request-77", 1, "77", "1 of 1 shown"},
		{"?q=502", 1, "150", "1 of 1 shown"},
		{"?held=30", 30, "30", "170 newer, load"},
		{"?fragment=tail&after=30", 30, "30", "170 newer, load"},
		{"?fragment=newer&after=198", 0, "", "2 newer, load"},
		{"?request=request-190", 100, "200", "Tried first: drawn at random"},
		{"?request=request-50", 50, "50", "150 newer, load"},
		{"?request=request-999", 100, "200", "This request is no longer kept."},
		{"?request=request-120", 100, "200", "No provider could be tried."},
	} {
		res := r.get(page + tt.query)
		found := rows.FindAllStringSubmatch(res.body, -1)
		if res.status != 200 || len(found) != tt.rows || tt.rows > 0 && found[0][1] != tt.first || !strings.Contains(res.body, tt.says) {
			t.Errorf("%s: %d, %d rows from %.1v, want %d from %s and %q", tt.query, res.status, len(found), found, tt.rows, tt.first, tt.says)
		}
	}
}

func TestRequestDrawer(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.feed = sampleFeed()
	body := r.get("/dashboard/public/requests?outcome=failover&request=request-150").body
	last := -1
	for _, want := range []string{"after 1 failover", "server error", "HTTP 502 &lt;script&gt;", "Tried first: priority 1", "Tried second", "No candidate: circuit open", "curl -X POST"} {
		at := strings.Index(body, want)
		if at < last || at < 0 {
			t.Errorf("%q is at %d, after %d: want it, and in this order", want, at, last)
		}
		last = at
	}
	if strings.Contains(body, "secret.example") || strings.Contains(body, "KEY123") {
		t.Error("the page names an upstream's address")
	}

	// The members of a batch have one id: their time tells them apart.
	link := regexp.MustCompile(`href="([^"]*request=batch-id[^"]*)"`)
	list := r.get("/dashboard/public/requests").body
	found := link.FindAllStringSubmatch(list, -1)
	if len(found) != 2 || found[0][1] == found[1][1] {
		t.Fatalf("links of a batch: %v, want two that differ", found)
	}
	for i, seq := range []string{"181", "180"} {
		open := r.get(html.UnescapeString(found[i][1])).body
		if !regexp.MustCompile(`<tr id="rq-` + seq + `"[^>]*class="on"`).MatchString(open) {
			t.Errorf("link %d does not open request %s", i, seq)
		}
	}
}

func TestRequestsBadQueries(t *testing.T) {
	t.Parallel()
	r := setup(t)
	long := strings.Repeat("a", 129)
	for query, says := range map[string]string{
		"chain=solana": "ethereum, base, optimism", "provider=nobody": "alchemy, base_drpc", "outcome=good": "ok, failed, failover",
		"origin=me": "system", "min_ms=-1": "milliseconds", "min_ms=1e3": "milliseconds", "min_ms=99999999999": "milliseconds", "held=x": "no number of a request", "after=-1": "no number of a request", "at=x": "nanoseconds",
		"q=" + long: "128 bytes", "method=" + long: "128 bytes", "request=" + long: "128 bytes", "region=mars": "eu-west-1", "sort=time": "sort", "format=xml": "csv, json",
	} {
		for _, path := range []string{"/dashboard/public/requests?", "/api/v1/profiles/public/requests?"} {
			if strings.HasPrefix(path, "/api") && strings.HasPrefix(query, "sort") {
				continue
			}
			res := r.get(path + query)
			if res.status != 400 || !strings.Contains(html.UnescapeString(res.body), says) {
				t.Errorf("GET %s%.40s = %d, want 400 that says %q", path, query, res.status, says)
			}
		}
	}
	if res := r.get("/api/v1/profiles/public/requests?limit=501"); res.status != 400 || !strings.Contains(res.body, "1 and 500") {
		t.Errorf("limit 501: %d %s", res.status, res.body)
	}
	if res := r.get("/dashboard/nobody/requests"); res.status != 404 {
		t.Errorf("no such profile: %d", res.status)
	}
}

func TestRequestsDownload(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.feed = sampleFeed()
	for path, want := range map[string]string{
		"/dashboard/public/requests?outcome=failover&format=csv":          "request-150,ok,,1,ethereum,eth_call,alchemy,eu-west-1,n1,2,1200",
		"/dashboard/public/requests?outcome=failover&format=json":         `"duration_ms":1200`,
		"/api/v1/profiles/public/requests?outcome=failover&format=csv":    "request-150,ok,,1,ethereum,eth_call,alchemy,eu-west-1,n1,2,1200",
		"/api/v1/profiles/public/requests?origin=system&format=csv":       "request-own,ok,,1,ethereum,eth_call,alchemy,eu-west-1,n1,1,0,system",
		"/api/v1/profiles/public/requests?request=request-150":            `"start_ms":601`,
		"/api/v1/profiles/public/requests?q=request-150&after=149":        `"left_out":true`,
		"/api/v1/profiles/public/requests?q=request-150&after=150":        `"data":[]`,
		"/api/v1/profiles/public/requests?outcome=failed&provider=drpc":   `"data":[]`,
		"/api/v1/profiles/public/requests?min_ms=1500&method=eth_getLogs": `"category":"no_provider"`,
	} {
		if res := r.get(path); res.status != 200 || !strings.Contains(res.body, want) {
			t.Errorf("GET %s = %d %.300s, want %s", path, res.status, res.body, want)
		}
	}
}
