package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// everywhere is a board whose regions all know what this node knows.
type everywhere struct{ board }

func (b everywhere) ChainStates(p lasso.ProfileID, _ lasso.Place) []lasso.ChainState {
	return b.States.ChainStates(p)
}

// full rig: three regions, one of them lost, findings, events, runs.
func setupWhole(t *testing.T, change ...func(*web.Config)) (r *rig, runs []string) {
	t.Helper()
	r = setupBoard(t, func(b board) web.Board { return everywhere{b} }, append(change, settled, full)...)
	plant(r)
	r.figs.away = []lasso.ProviderFigures{{
		Provider: "alchemy", Calls: 60, Errors: 9, SuccessRate: 0.85, TrafficShare: 1, Quantiles: lasso.Quantiles{P50: 100, P95: 250, P99: 400},
	}}
	r.states.excluded = []lasso.Exclusion{{Provider: "drpc", Transport: lasso.HTTP, Filter: "lag", Reason: "3 blocks behind"}}
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding, lasso.NodeDisconnected)
	c.Nodes[0].Region, c.Nodes[0].ID = "eu-west-1", "n1"
	c.Nodes[1].Version, c.Nodes[2].Since = "0.9", start
	c.Problems = []lasso.Peer{{Address: "=cmd()", Reason: "it has another secret", Since: start, LastAt: start}}
	c.Events = []lasso.TopologyEvent{{Seq: 1, At: start, Kind: lasso.NodeLeft, Node: "c", From: lasso.NodeResponding, To: lasso.NodeDisconnected, Reason: "it said goodbye"}}
	c.Coverage = lasso.Coverage{Responding: 2, Total: 3, Missing: []lasso.NodeID{"c"}}
	r.nodes.now.Store(&c)
	r.router.serve = says(map[lasso.ProviderID]string{"alchemy": `"result":{"number":"0x10"}`, "drpc": `"result":{"number":"0xe"}`, "": `"result":"0x1"`})
	for _, ask := range []string{"every", "routed"} {
		res := r.form(playgroundPath, call("ask", ask))
		if res.status != 303 {
			t.Fatalf("run %s: %d %s", ask, res.status, res.body)
		}
		runs = append(runs, res.header.Get("Location"))
	}
	return r, append(runs, runs[0]+"&view=difference")
}

// elements are the descendants for which is holds.
func elements(root *html.Node, is func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return slices.Contains(strings.Fields(attribute(n, "class")), class)
}

// within is the nearest section around an element.
func within(n *html.Node) *html.Node {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "section" {
			return p
		}
	}
	return nil
}

// file is one table as it was served in both forms.
type file struct {
	columns []string
	rows    []map[string]string // of the CSV
}

// column are the different values of a column.
func (f file) distinct(columns ...string) int {
	seen := map[string]bool{}
	for _, row := range f.rows {
		var key []string
		for _, c := range columns {
			key = append(key, row[c])
		}
		seen[strings.Join(key, "\x00")] = true
	}
	return len(seen)
}

// fetch reads a table as CSV and as JSON and checks that they are well formed
// and say the same.
func (r *rig) fetch(at string) file {
	r.Helper()
	res := r.get(strings.Replace(at, "format=json", "format=csv", 1))
	if res.status != 200 || !strings.HasPrefix(res.header.Get("Content-Type"), "text/csv") {
		r.Fatalf("GET %s = %d %s: %.200s", at, res.status, res.header.Get("Content-Type"), res.body)
	}
	all, err := csv.NewReader(strings.NewReader(res.body)).ReadAll()
	if err != nil || len(all) == 0 {
		r.Fatalf("GET %s: %v, %d lines", at, err, len(all))
	}
	f := file{columns: all[0]}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[f.columns[i]] = cell
		}
		f.rows = append(f.rows, row)
	}
	var object struct {
		Data     []map[string]any `json:"data"`
		Coverage *lasso.Coverage  `json:"coverage"`
		AgeMS    *int64           `json:"age_ms"`
		Stale    *bool            `json:"stale"`
	}
	res = r.get(strings.Replace(at, "format=csv", "format=json", 1))
	if err := json.Unmarshal([]byte(res.body), &object); err != nil || res.status != 200 {
		r.Fatalf("GET %s = %d as JSON: %v: %.200s", at, res.status, err, res.body)
	}
	if object.Coverage == nil || object.Coverage.Missing == nil || object.AgeMS == nil || object.Stale == nil {
		r.Errorf("GET %s: the JSON does not say how far to trust it: %.200s", at, res.body)
	}
	if len(object.Data) != len(f.rows) {
		r.Errorf("GET %s: %d rows as JSON, %d as CSV", at, len(object.Data), len(f.rows))
	}
	for i, o := range object.Data {
		if got, want := slices.Sorted(maps.Keys(o)), slices.Sorted(slices.Values(f.columns)); !slices.Equal(got, want) {
			r.Errorf("GET %s: keys %v, columns %v", at, got, want)
		}
		for name, value := range o {
			r.checkCell(at, name, value, f.rows[min(i, len(f.rows)-1)][name])
		}
	}
	return f
}

// times are the columns that hold a time.
func times() []string {
	return []string{"at", "since", "next_check", "last_updated", "started_at", "last_seen", "last_gc", "last_tried"}
}

func (r *rig) checkCell(at, name string, value any, cell string) {
	r.Helper()
	if strings.ContainsAny(cell, "\u2009\u202f\u00a0\u2212") {
		r.Errorf("GET %s: %s = %q is written for the eye", at, name, cell)
	}
	switch v := value.(type) {
	case nil:
		if cell != "" {
			r.Errorf("GET %s: %s is null as JSON and %q as CSV", at, name, cell)
		}
	case float64:
		if fmt.Sprint(v) != fmt.Sprint(number(cell)) {
			r.Errorf("GET %s: %s = %v as JSON, %q as CSV", at, name, v, cell)
		}
	case string:
		if strings.TrimPrefix(cell, "'") != v && cell != v {
			r.Errorf("GET %s: %s = %q as JSON, %q as CSV", at, name, v, cell)
		}
		if strings.ContainsAny(cell[:1], "=+-@") {
			r.Errorf("GET %s: %s = %q is a formula", at, name, cell)
		}
		if slices.Contains(times(), name) {
			if when, err := time.Parse(time.RFC3339Nano, v); err != nil || when.Location() != time.UTC {
				r.Errorf("GET %s: %s = %q is no time in UTC", at, name, v)
			}
		}
	}
}

func number(cell string) float64 {
	var v float64
	_ = json.Unmarshal([]byte(cell), &v)
	return v
}

// counts says, for the tables whose rows are not those of the file, how many
// rows the file has them in. A window shows the first or latest rows only.
func counts() map[string]func(f file) int {
	by := func(columns ...string) func(file) int {
		return func(f file) int { return f.distinct(columns...) }
	}
	return map[string]func(f file) int{
		"/regions matrix":     by("chain_id", "provider_id"),
		"/regions short":      func(file) int { return -1 }, // one column a region
		"/methods matrix":     by("method"),
		"/methods strategies": by("provider_id"),
		"places":              func(file) int { return -1 }, // one column a region
		"/system buffers":     by("node_id"),
		"by-region":           by("at"),
		"/cluster chart":      by("at"),
		"chart":               func(file) int { return -1 }, // leaves out idle steps
	}
}

// TestEveryTableIsAFile walks all pages: each table and list has itself as CSV
// and JSON beside it, at the same address, with as many rows.
func TestEveryTableIsAFile(t *testing.T) {
	t.Parallel()
	r, runs := setupWhole(t)
	const root = "/dashboard/public"
	todo := append([]string{
		root, root + "?topo=table", root + "?topo=table&q=base", root + "/methods?chain=ethereum", root + "/providers?sort=-p95", root + "/chains/ethereum?region=region-b",
	}, runs...)
	seen, tables, kinds := map[string]bool{}, 0, map[string]bool{}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		res := r.get(at, "Accept", "text/html")
		if res.status != 200 {
			t.Errorf("GET %s = %d", at, res.status)
			continue
		}
		page, err := html.Parse(strings.NewReader(res.body))
		if err != nil {
			t.Fatal(err)
		}
		here, _, _ := strings.Cut(at, "?")
		for _, a := range elements(page, func(n *html.Node) bool { return n.Data == "a" }) {
			if to, err := url.Parse(attribute(a, "href")); err == nil && (to.Path == root || strings.HasPrefix(to.Path, root+"/")) {
				todo = append(todo, to.Path)
			}
		}
		for _, n := range elements(page, func(n *html.Node) bool {
			return n.Data == "table" || hasClass(n, "feed") || hasClass(n, "pasts") || hasClass(n, "lags") || hasClass(n, "diffs") || hasClass(n, "kpis")
		}) {
			tables++
			what := fmt.Sprintf("%s: <%s class=%q>", at, n.Data, attribute(n, "class"))
			panel := within(n)
			if hasClass(n, "kpis") {
				panel = page
			}
			if panel == nil {
				t.Errorf("%s is in no panel", what)
				continue
			}
			links := map[string]*url.URL{}
			for _, a := range elements(panel, func(n *html.Node) bool { return n.Data == "a" && hasClass(n.Parent, "files") }) {
				to, err := url.Parse(attribute(a, "href"))
				if err != nil || hasClass(n, "kpis") && to.Query().Get("fragment") != "figures" {
					continue
				}
				links[to.Query().Get("format")] = to
			}
			if links["csv"] == nil || links["json"] == nil || links["csv"].Path != here || links["json"].Path != here {
				t.Errorf("%s in %q: links %v, want CSV and JSON at %s", what, attribute(panel, "aria-label"), links, here)
				continue
			}
			fragment := links["csv"].Query().Get("fragment")
			kinds[path.Base(here)+" "+fragment] = true
			f := r.fetch(links["csv"].String())
			if n.Data != "table" {
				continue
			}
			want := 0
			for _, tr := range elements(n, func(n *html.Node) bool {
				return n.Data == "tr" && n.Parent.Data == "tbody" && !hasClass(n, "grp") && !hasClass(n, "sum")
			}) {
				if tr.FirstChild != nil {
					want++
				}
			}
			got := len(f.rows)
			for _, key := range []string{strings.TrimPrefix(here, root) + " " + fragment, fragment} {
				if count, ok := counts()[key]; ok {
					got = count(f)
					break
				}
			}
			if got >= 0 && got != want {
				t.Errorf("%s shows %d rows, %s has %d", what, want, links["csv"], got)
			}
		}
	}
	for _, pattern := range r.server.Pages() {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(at string) bool {
			here, _, _ := strings.Cut(at, "?")
			ok, _ := path.Match(strings.NewReplacer(":profile", "*", ":chain", "*", ":provider", "*").Replace(pattern), here)
			return ok
		}) && path.Base(pattern) != "palette" {
			t.Errorf("no page of %s was opened", pattern)
		}
	}
	t.Logf("%d tables on %d pages: %v", tables, len(seen), slices.Sorted(maps.Keys(kinds)))
}

// TestFilesHaveTheOrderOfThePage: what a click on a heading does to a table it
// does to the file.
func TestFilesHaveTheOrderOfThePage(t *testing.T) {
	t.Parallel()
	r, runs := setupWhole(t)
	r.figs.board = append(r.figs.board, lasso.ProviderFigures{Provider: "drpc", Name: "dRPC", Calls: 7, SuccessRate: 1, Quantiles: lasso.Quantiles{P50: 1, P95: 2}})
	const root = "/dashboard/public"
	for _, tt := range []struct {
		path, fragment, key, column string
		orders                      []string
		cell                        string // class of the element with the name
	}{
		{root + "/providers", "providers", "sort", "name", []string{"", "provider", "-provider", "chain", "-p95", "success", "lag"}, "pn"},
		{root + "/chains", "chains", "sort", "chain_name", []string{"", "chain", "-chain", "-rate", "usable"}, "pn"},
		{root + "/chains/ethereum", "providers", "sort", "name", []string{"", "-provider", "-p95", "p95"}, "pn"},
		{root + "/chains/ethereum", "methods", "msort", "method", []string{"", "method", "-method", "p50"}, "c-method"},
		{root + "/chains/ethereum/providers/alchemy", "methods", "msort", "method", []string{"", "-method", "p50"}, "c-method"},
		{root + "/methods?chain=ethereum", "methods", "msort", "method", []string{"", "method", "-method", "p50"}, "c-method"},
		{root + "/chains/ethereum", "ranking", "sort", "name", []string{"", "-rank", "-p95"}, "pn"},
		{root, "attention", "sort", "name", []string{"", "provider", "-provider", "share", "-p95"}, "pn"},
		{root + "/cluster", "node-table", "sort", "node_id", []string{"", "node", "-node", "rtt", "-rtt"}, "pn"},
		{root + "/system", "runtime", "sort", "node_id", []string{"", "node", "-node", "memory"}, "pn"},
		{runs[0], "answers", "sort", "name", []string{"", "provider", "-provider"}, "pn"},
	} {
		for _, order := range tt.orders {
			at := tt.path
			if strings.Contains(at, "?") {
				at += "&"
			} else {
				at += "?"
			}
			at += tt.key + "=" + order
			page, err := html.Parse(strings.NewReader(r.get(at).body))
			if err != nil {
				t.Fatal(err)
			}
			drawn := []string{}
			for _, a := range elements(page, func(n *html.Node) bool {
				return n.Data == "a" && strings.Contains(attribute(n, "href"), "fragment="+tt.fragment+"&format=csv")
			}) {
				for _, n := range elements(within(a), func(n *html.Node) bool {
					return hasClass(n, tt.cell) && n.Parent.Data != "th" && n.Parent.Parent.Data != "thead"
				}) {
					if n.Data != "a" || tt.cell == "pn" {
						drawn = append(drawn, strings.TrimSpace(words(n)))
					}
				}
			}
			served := []string{}
			for _, row := range r.fetch(at + "&fragment=" + tt.fragment + "&format=csv").rows {
				served = append(served, row[tt.column])
			}
			if !slices.Equal(drawn, served) || len(drawn) < 2 {
				t.Errorf("GET %s draws %q, the file of %s has %q", at, drawn, tt.fragment, served)
			}
		}
	}
}

// words are all text of an element.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestAccept asks for pages without ?format=.
func TestAccept(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const (
		page, csvForm, jsonForm = "text/html; charset=utf-8", "text/csv; charset=utf-8", "application/json"
		browser                 = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	)
	for _, tt := range []struct{ path, accept, want string }{
		{"/dashboard/public/providers", "", page},
		{"/dashboard/public/providers", "*/*", page},
		{"/dashboard/public/providers", browser, page},
		{"/dashboard/public/providers", "application/json, text/html;q=0.1", page},
		{"/dashboard/public/providers", "text/csv", csvForm},
		{"/dashboard/public/providers", "text/csv;q=0.5, application/json", jsonForm},
		{"/dashboard/public/providers", "application/json", jsonForm},
		{"/dashboard/public/providers", "application/json;q=0, text/csv", csvForm},
		{"/dashboard/public/providers", "image/png", page},
		{"/dashboard/public/providers?format=csv", "application/json", csvForm},
		{"/dashboard/public/providers?format=json", browser, jsonForm},
		{"/dashboard/public?fragment=chains", "text/csv", csvForm},
		{"/dashboard/public?fragment=facts", "text/csv", page},
		{"/dashboard/public?fragment=topology-delta", "application/json", "application/json; charset=utf-8"},
		{"/dashboard/public/playground", "application/json", jsonForm},
		{"/dashboard/public/playground", browser, page},
	} {
		res := r.get(tt.path, "Accept", tt.accept)
		if got := res.header.Get("Content-Type"); res.status != 200 || got != tt.want {
			t.Errorf("GET %s, Accept %q = %d %s, want %s", tt.path, tt.accept, res.status, got, tt.want)
		}
		if vary := strings.Join(res.header.Values("Vary"), ", "); !strings.Contains(vary, "Accept") || !slices.Contains(strings.Split(strings.ReplaceAll(vary, " ", ""), ","), "Accept") {
			t.Errorf("GET %s: Vary %q, want Accept in it", tt.path, vary)
		}
	}
}

// TestChartFilesHaveEvents: the file of a chart says in which step what
// happened, that of regions only where it did.
func TestChartFilesHaveEvents(t *testing.T) {
	t.Parallel()
	r, _ := setupWhole(t)
	r.figs.feed = []lasso.FeedItem{{Seq: 1, Node: "n1", Region: "eu-west-1", Event: &lasso.Event{
		At: start.Add(time.Millisecond), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "drpc", Transport: lasso.HTTP, Status: lasso.CircuitOpen,
	}}}
	for at, want := range map[string]string{
		"/chains/ethereum?fragment=chart":                    " opened (HTTP, eu-west-1)\",calls\n",
		"/chains/ethereum?fragment=chart&region=region-b":    "Z,1,0,0,5,9,,calls\n",
		"/chains/ethereum?fragment=by-region":                " opened (HTTP, eu-west-1)\",calls\n",
		"/chains/ethereum/providers/drpc?fragment=chart":     "Z,1,0,0,5,9,12:00:00 eu-west-1 opened (HTTP),attempts\n",
		"/chains/ethereum/providers/drpc?fragment=by-region": "Z,1,0,0,5,9,12:00:00 eu-west-1 opened (HTTP),attempts\n",
		"/chains/ethereum/providers/alchemy?fragment=chart":  "Z,1,0,0,5,9,,attempts\n",
		"?fragment=chart": "Z,1,0,0,5,9,12:00:00 c lost,calls\n",
	} {
		if got := r.get("/dashboard/public" + at + "&format=csv").body; !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want it to end in %q", at, got, want)
		}
	}
}
