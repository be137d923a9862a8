package web_test

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// overSeq is the number of the request that failed over.
const overSeq = 150

// sampleFeed is 200 requests, one of them failed over, two of one batch, and
// one from the playground.
func sampleFeed() []lasso.FeedItem {
	items := []lasso.FeedItem{{Seq: 201, Number: 201, Node: "n1", Region: "eu-west-1", Call: &lasso.Call{
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
		items = append(items, lasso.FeedItem{Seq: i, Number: i, Node: "n1", Region: "eu-west-1", Call: c})
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
}

// TestRequestLinks: ids are not unique, the members of a batch share one and
// clients choose their own. Each link opens one request all the same, and an id
// alone lists all that have it.
func TestRequestLinks(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.feed = sampleFeed()
	// The same id again at the same moment, far down the list.
	twin := *r.figs.feed[len(r.figs.feed)-11].Call
	twin.RequestID, twin.At = "request-150", start.Add(150*time.Second)
	r.figs.feed[len(r.figs.feed)-11].Call = &twin

	link := regexp.MustCompile(`<tr id="rq-(\d+)"[^§]*?href="([^"]*request=[^"]*)"`)
	found := link.FindAllStringSubmatch(r.get("/dashboard/public/requests").body, -1)
	if len(found) != 100 {
		t.Fatalf("%d links, want one for each row", len(found))
	}
	for _, row := range found {
		seq, href := row[1], html.UnescapeString(row[2])
		if seq != "181" && seq != "180" && seq != "150" {
			continue
		}
		open := r.get(href).body
		if !regexp.MustCompile(`<tr id="rq-` + seq + `"[^>]*class="on"`).MatchString(open) {
			t.Errorf("%s does not open request %s", href, seq)
		}
		copied := regexp.MustCompile(`data-copy="(http[^"]*request=[^"]*)"`).FindStringSubmatch(open)
		if copied == nil {
			t.Fatalf("%s has no link to copy", href)
		}
		if open := r.get(strings.TrimPrefix(html.UnescapeString(copied[1]), r.url)).body; !regexp.MustCompile(`<tr id="rq-` + seq + `"[^>]*class="on"`).MatchString(open) {
			t.Errorf("the copied link %s does not open request %s", copied[1], seq)
		}
	}
	for query, want := range map[string]string{"request=batch-id": "2 requests have this id", "request=request-150": "2 requests have this id"} {
		body := r.get("/dashboard/public/requests?" + query).body
		if !strings.Contains(body, want) {
			t.Errorf("%s: no %q", query, want)
		}
	}
	if body := r.get("/dashboard/public/requests?request=batch-").body; !strings.Contains(body, "2 requests have an id that begins so") {
		t.Error("the beginning of an id does not list those that have it")
	}
	if got := strings.Count(r.get("/api/v1/profiles/public/requests?request=batch-id").body, `"request_id":"batch-id"`); got != 2 {
		t.Errorf("the API lists %d requests of a batch, want 2", got)
	}
}

// TestRequestLinkBelowAPath: the link to copy is right also behind a proxy.
func TestRequestLinkBelowAPath(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.PathPrefix = "/ops/lasso" })
	r.figs.feed = sampleFeed()
	body := r.get("/ops/lasso/dashboard/public/requests?request=request-150").body
	if want := r.url + "/ops/lasso/dashboard/public/requests?number=150&amp;on=n1&amp;request=request-150"; !strings.Contains(body, `data-copy="`+want+`"`) {
		t.Errorf("no link %s", want)
	}
}

// TestRequestsOfARegion: a page narrowed to a region stands still beside an open
// request where that region's list does.
func TestRequestsOfARegion(t *testing.T) {
	t.Parallel()
	r := setup(t)
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding)
	c.Nodes[0].Region = "eu-west-1"
	r.nodes.now.Store(&c)
	r.figs.feed = sampleFeed()
	for i := range r.figs.feed {
		if r.figs.feed[i].Seq > 10 {
			r.figs.feed[i].Region = "region-b"
		}
	}
	body := r.get("/dashboard/public/requests?region=eu-west-1&request=request-5").body
	if got := strings.Count(body, `<tr id="rq-`); got != 10 {
		t.Errorf("beside an open request: %d rows, want the 10 of the region", got)
	}
}

// TestRequestsOfOthers: what only other nodes have can be asked for, and is
// offered.
func TestRequestsOfOthers(t *testing.T) {
	t.Parallel()
	r := unlike(t)
	option := func(query, id string) bool {
		return strings.Contains(r.get("/dashboard/public/requests"+query).body, `<option value="`+id+`"`)
	}
	for _, tt := range []struct {
		query, id string
		want      bool
	}{
		{"", "alchemy", true},
		{"", "rented", true},
		{"", "p77", true},
		{"", "secretchain", true},
		{"?chain=ethereum", "alchemy", true},
		{"?chain=1", "rented", true},
		{"?chain=ethereum", "base_drpc", false},
		{"?chain=secretchain", "p77", true},
		{"?chain=secretchain", "alchemy", false},
	} {
		if got := option(tt.query, tt.id); got != tt.want {
			t.Errorf("%q offers %s: %v, want %v", tt.query, tt.id, got, tt.want)
		}
	}
	for _, query := range []string{"chain=secretchain", "chain=ethereum&provider=rented", "provider=p77"} {
		for _, path := range []string{"/dashboard/public/requests?", "/api/v1/profiles/public/requests?"} {
			if res := r.get(path + query); res.status != 200 {
				t.Errorf("GET %s%s: %d %.200s", path, query, res.status, res.body)
			}
		}
	}
}

// TestRequestsRange: the list can be narrowed to a span of time, moves with the
// time, and keeps its rows while it stands still.
func TestRequestsRange(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *web.Config) { c.Now = func() time.Time { return start.Add(200 * time.Second) } })
	r.figs.feed = sampleFeed()
	for _, tt := range []struct {
		query string
		rows  int
		says  string
	}{
		{"", 100, "100 of 200 shown"},
		{"?range=1m", 61, "61 of 61 shown"},
		{"?range=1m&outcome=failed", 0, "in the last minute"},
		{"?range=5m&outcome=failed", 1, "1 of 1 shown"},
		{"?range=1m&held=150", 61, "50 newer, load"},
		{"?range=1m&held=10", 10, "61 newer, load"},
		{"?range=1m&fragment=tail&after=150", 61, "50 newer, load"},
		{"?range=1m&request=request-30", 61, "Tried first"},
	} {
		body := r.get("/dashboard/public/requests" + tt.query).body
		if got := strings.Count(body, `<tr id="rq-`); got != tt.rows || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d rows, want %d and %q", tt.query, got, tt.rows, tt.says)
		}
	}
	body := r.get("/dashboard/public/requests?range=1m").body
	for _, want := range []string{`href="/dashboard/public/requests?range=5m"`, `href="/dashboard/public/requests"`, `fragment=tail`, `requests?range=1m&amp;`, `name="range" value="1m"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if got := strings.Count(r.get("/api/v1/profiles/public/requests?window=1m&limit=500").body, `"seq":`); got != 61 {
		t.Errorf("the API lists %d of the last minute, want 61", got)
	}
}

// TestRequestsAfter: who follows the list by its numbers misses nothing, however
// many came.
func TestRequestsAfter(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.feed = sampleFeed()
	const path = "/api/v1/profiles/public/requests?limit=60&after="
	seen, after := 0, 1
	for range 10 {
		body := r.get(path + strconv.Itoa(after)).body
		found := regexp.MustCompile(`"seq":(\d+)`).FindAllStringSubmatch(body, -1)
		if len(found) == 0 {
			break
		}
		seen += len(found)
		after, _ = strconv.Atoi(found[0][1])
	}
	if seen != 199 || after != 200 {
		t.Errorf("saw %d requests up to %d, want 199 up to 200", seen, after)
	}
}

func TestRequestsBadQueries(t *testing.T) {
	t.Parallel()
	r := setup(t)
	long := strings.Repeat("a", 129)
	for query, says := range map[string]string{
		"chain=solana": "ethereum, base, optimism", "provider=nobody": "alchemy, base_drpc", "outcome=good": "ok, failed, failover",
		"origin=me": "system", "min_ms=-1": "milliseconds", "min_ms=1e3": "milliseconds", "min_ms=99999999999": "milliseconds", "held=x": "no number of a request", "after=-1": "no number of a request", "number=x": "no number of a request",
		"q=" + long: "128 bytes", "method=" + long: "128 bytes", "request=" + long: "128 bytes", "on=" + long + long + long: "256 bytes", "node=mars": "n1", "region=mars": "eu-west-1", "sort=time": "sort", "format=xml": "csv, json",
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
		"/api/v1/profiles/public/requests?request=request-150&on=n1":      `"start_ms":601`,
		"/api/v1/profiles/public/requests?request=request-150&on=n2":      `"data":[]`,
		"/api/v1/profiles/public/requests?outcome=trouble&format=csv":     "request-150,ok,,1,ethereum,eth_call,alchemy,eu-west-1,n1,2,1200",
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
