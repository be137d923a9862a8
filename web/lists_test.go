package web_test

import (
	"encoding/csv"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// throng is a board of 50 chains with 20 providers each. On the first, p00 is
// open for two minutes and p01 lags for two hours; all others are healthy for
// two hours.
type throng struct{ board }

const throngChains, throngProviders = 50, 20

func (b throng) ChainStates(p lasso.ProfileID, _ lasso.Place) []lasso.ChainState {
	var out []lasso.ChainState
	for i := range throngChains {
		st := lasso.ChainState{Profile: p, Chain: lasso.ChainID(i + 1), Status: lasso.Healthy, Usable: throngProviders}
		for k := range throngProviders {
			c := lasso.Condition{Status: lasso.Healthy, Since: start.Add(-2 * time.Hour)}
			if i == 0 && k < 2 {
				c = []lasso.Condition{
					{Status: lasso.CircuitOpen, Reason: "HTTP 502", Since: start.Add(-time.Minute)},
					{Status: lasso.Lagging, Reason: "9 blocks behind", Since: start.Add(-2 * time.Hour)},
				}[k]
				st.Status = lasso.CircuitOpen
			}
			st.Providers = append(st.Providers, lasso.ProviderState{Chain: st.Chain, Provider: lasso.ProviderID(fmt.Sprintf("p%02d", k)), Condition: c})
		}
		out = append(out, st)
	}
	return out
}

// thronged is a rig with that board. On the first chain, only p02 and p03 have
// requests.
func thronged(t *testing.T) *rig {
	t.Helper()
	r := setupBoard(t, func(b board) web.Board { return throng{b} })
	p := &lasso.Profile{Slug: "public", Name: "Public", Strategy: lasso.Priority}
	for i := range throngChains {
		ch := &lasso.Chain{ID: lasso.ChainID(i + 1), Key: fmt.Sprintf("chain-%02d", i+1), Name: fmt.Sprintf("Chain %02d", i+1), MaxLagBlocks: 2}
		ch.Aliases = []string{ch.Key}
		for k := range throngProviders {
			ch.Providers = append(ch.Providers, &lasso.Provider{ID: lasso.ProviderID(fmt.Sprintf("p%02d", k)), Name: fmt.Sprintf("Provider %02d", k), Priority: k})
		}
		p.Chains = append(p.Chains, ch)
	}
	r.cats.catalog = lasso.NewCatalog([]*lasso.Profile{p}, "", start)
	r.figs.board = []lasso.ProviderFigures{
		{Provider: "p02", Calls: 30, SuccessRate: 1, TrafficShare: .75, Quantiles: lasso.Quantiles{Avg: 40, P50: 30, P95: 70, P99: 90}, Failovers: 4},
		{Provider: "p03", Calls: 10, SuccessRate: 1, TrafficShare: .25, Quantiles: lasso.Quantiles{Avg: 20, P50: 10, P95: 50, P99: 60}},
	}
	return r
}

var rowIDs = regexp.MustCompile(`<tr id="(?:pr|ch)-([^"]+)"`)

// listed are the ids of the rows of a list, in order.
func (a answer) listed() []string {
	var ids []string
	for _, m := range rowIDs.FindAllStringSubmatch(a.body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// TestListFilters: filters combine, with each other and with the order, the
// pages and the files.
func TestListFilters(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	tests := []struct {
		list, query string
		rows        int    // shown
		first       string // row
		says        string
		file        int // rows of the file
	}{
		{"providers", "", 100, "1-p00", "rows 1 to 100 of 1,000", 1000},
		{"providers", "page=2", 100, "", "Rows 101 to 200 of 1,000", 1000},
		{"providers", "page=10", 100, "", "Rows 901 to 1,000 of 1,000", 1000},
		{"providers", "page=99", 100, "", "Rows 901 to 1,000 of 1,000", 1000},
		{"providers", "status=open", 1, "1-p00", "HTTP 502", 1},
		{"providers", "status=lag&failing=1", 1, "1-p01", "9 blocks behind", 1},
		{"providers", "status=ok&failing=1", 0, "", "No provider link matches the filter", 0},
		{"providers", "failing=1", 2, "1-p00", "", 2},
		{"providers", "failing=1&sort=-provider", 2, "1-p01", "", 2},
		{"providers", "changed=15m", 1, "1-p00", "", 1},
		{"providers", "changed=5m&status=lag", 0, "", "Show all 1,000 provider links", 0},
		{"providers", "q=chain-07", 20, "7-p00", "", 20},
		{"providers", "q=CHAIN-07%20provider%2003", 1, "7-p03", "", 1},
		{"providers", "q=provider+p03&page=1&sort=-chain", 50, "50-p03", "", 50},
		{"providers", "q=%3Cscript%3E", 0, "", "&lt;script&gt;", 0},
		{"chains", "", 50, "1", "", 50},
		{"chains", "failing=1", 1, "1", "", 1},
		{"chains", "status=ok", 49, "2", "", 49},
		{"chains", "q=chain-07", 1, "7", "", 1},
		{"chains", "q=p07", 50, "1", "", 50},
		{"chains", "changed=15m", 1, "1", "", 1},
		{"chains", "sort=-chain", 50, "50", "", 50},
		{"chains", "q=none", 0, "", "No chain matches the filter", 0},
	}
	for _, tt := range tests {
		path := "/dashboard/public/" + tt.list + "?" + tt.query
		res := r.get(path)
		got := res.listed()
		if res.status != 200 || len(got) != tt.rows || tt.first != "" && got[0] != tt.first || !strings.Contains(res.body, tt.says) {
			t.Errorf("GET %s = %d, %d rows %.40v; want %d from %q and %q", path, res.status, len(got), got, tt.rows, tt.first, tt.says)
		}
		rows, err := csv.NewReader(strings.NewReader(r.get(path + "&format=csv").body)).ReadAll()
		if err != nil || len(rows) != tt.file+1 {
			t.Errorf("GET %s as a file: %d rows, %v; want %d", path, len(rows)-1, err, tt.file)
		}
		if part := r.get(path + "&fragment=" + tt.list); !slices.Equal(part.listed(), got) {
			t.Errorf("GET %s: the fragment lists %d rows, the page %d", path, len(part.listed()), len(got))
		}
	}
}

// TestListPages: every row is on one page, and the links lead from one to the
// next with what else was chosen.
func TestListPages(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	seen := map[string]int{}
	path, pages := "/dashboard/public/providers?sort=-provider", 0
	for path != "" && pages < 20 {
		res := r.get(path)
		for _, id := range res.listed() {
			seen[id]++
		}
		pages++
		m := next.FindStringSubmatch(res.body)
		if path = ""; m != nil {
			path = html.UnescapeString(m[1])
			if !strings.Contains(path, "sort=-provider") {
				t.Errorf("the link %s forgets the order", path)
			}
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("row %s is on %d pages", id, n)
		}
	}
	if pages != 10 || len(seen) != throngChains*throngProviders {
		t.Errorf("%d rows on %d pages, want 1000 on 10", len(seen), pages)
	}
	if body := r.get("/dashboard/public/providers?page=3&q=chain").body; !strings.Contains(body, "q=chain&amp;page=3&amp;fragment=providers") {
		t.Error("the table of page 3 does not ask for page 3 again")
	} else if strings.Contains(body, "sort=-share&amp;page=3") || strings.Contains(body, "status=open&amp;page=3") {
		t.Error("another order or filter begins on page 3")
	}
}

// TestUnused: what gets no requests while its chain does stands behind the
// others and says why; a problem stays where it is seen first.
func TestUnused(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	for path, want := range map[string][]string{
		"/dashboard/public/chains/chain-01?fragment=providers":                {"1-p00", "1-p01", "1-p02", "1-p03", "unused", "1-p04"},
		"/dashboard/public/providers?q=chain-01&fragment=providers":           {"1-p00", "1-p01", "1-p02", "1-p03", "unused", "1-p04"},
		"/dashboard/public/chains/chain-01?fragment=providers&sort=p95":       {"1-p03", "1-p02", "unused", "1-p00", "1-p01", "1-p04"},
		"/dashboard/public/providers?q=chain-01&sort=-p95":                    {"1-p02", "1-p03", "unused", "1-p00"},
		"/dashboard/public/providers?q=chain-02":                              {"2-p00", "2-p01"}, // the whole chain is quiet
		"/dashboard/public/chains/chain-01?fragment=ranking":                  {"1-p03", "1-p02"},
		"/dashboard/public/chains/chain-01?fragment=ranking&sort=-rank":       {"1-p02", "1-p03"},
		"/dashboard/public/chains/chain-01?fragment=distribution&sort=-share": {"p02", "p03"},
	} {
		body := r.get(path).body
		at := -1
		for _, id := range want {
			i := strings.Index(body, `-`+id+`"`)
			if id == "unused" {
				i = strings.Index(body, `id="unused"`)
			}
			if i <= at {
				t.Errorf("GET %s: %s at %d, behind the one before it at %d; want %v", path, id, i, at, want)
			}
			at = i
		}
		if unused := slices.Contains(want, "unused"); strings.Contains(body, "Not receiving traffic") != unused || unused && !strings.Contains(body, "Standby: priority 4") {
			t.Errorf("GET %s: the group is there: %t, want %t", path, !unused, unused)
		}
	}
	for at, want := range map[string]any{"data.2.unused": nil, "data.4.unused": "Standby: priority 4, others with a lower number come first", "data.2.rank": 2., "data.3.rank": 1., "data.4.rank": nil, "data.2.avg_ms": 40.} {
		if got := r.value("/dashboard/public/providers?q=chain-01&format=json", at); got != want {
			t.Errorf("%s = %v, want %v", at, got, want)
		}
	}
}

// TestListColumns: the columns that are asked for, in the order of the table.
func TestListColumns(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	label := regexp.MustCompile(`data-l="([^"]+)"`)
	for query, want := range map[string]string{
		"":                           "Chain For Lag Share Attempts/s p50 p95 Success of attempts",
		"&cols=p99,mean,rank":        "Chain Rank Mean p99",
		"&cols=p99&cols=rank":        "Chain Rank p99",
		"&cols=failovers,calls,head": "Chain Head Attempts Failovers",
		"&cols=history":              "Chain",
	} {
		body := r.get("/dashboard/public/providers?q=chain-01+p02&fragment=providers" + query).body
		var got []string
		for _, m := range label.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: columns %q, want %q", query, strings.Join(got, " "), want)
		}
		if strings.Contains(query, "cols") != strings.Contains(body, "cols=") {
			t.Errorf("%q: the links of the table forget the columns, or invent them", query)
		}
	}
	if body := r.get("/dashboard/public/providers?q=chain-01+p02&cols=p99,mean,failovers,rank").body; !strings.Contains(body, ">90 ms<") || !strings.Contains(body, ">40 ms<") || !strings.Contains(body, "rank by mean latency in the chain") {
		t.Error("p99, mean or what rank means is missing")
	}
}

// TestListQuery: a value that means nothing is refused, with those that do.
func TestListQuery(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	for query, says := range map[string]string{
		"providers?status=down":                        "open, rate, test, recov, degr, lag, unk, drain, ok",
		"chains?status=down":                           "open, rate, test, recov, degr, lag, unk, drain, ok",
		"providers?failing=yes":                        "is not one of 1",
		"providers?changed=1s":                         "5m, 15m, 1h",
		"chains?changed=1s":                            "5m, 15m, 1h",
		"providers?page=0":                             "a number from 1 to 10000",
		"providers?page=two":                           "a number from 1 to 10000",
		"chains?page=-1":                               "a number from 1 to 10000",
		"chains?page=99999999999999999999":             "a number from 1 to 10000",
		"providers?cols=p99,hat":                       "regions, for, lag",
		"providers?cols=p99&cols=%3Cscript%3Ealert(1)": "regions, for, lag",
		"providers?q=" + strings.Repeat("x", 65):       "at most 64 bytes",
		"providers?sort=usable":                        "status, provider, chain",
		"chains?sort=p99":                              "status, chain, usable",
		"regions?sort=p95":                             "nothing that",
		"chains/chain-01/providers/p00?sort=p95":       "nothing that",
		"../public?sort=lag":                           "status, provider, chain, for, next",
	} {
		path := "/dashboard/public/" + query
		res := r.get(strings.Replace(path, "public/../", "", 1), "Accept", "text/html")
		if res.status != 400 || !strings.Contains(html.UnescapeString(res.body), says) || strings.Contains(res.body, "<script>alert") {
			t.Errorf("GET %s = %d, want 400 that says %q", path, res.status, says)
		}
		if !strings.Contains(res.body, "Open overview") {
			t.Errorf("GET %s: no way on", path)
		}
	}
}

// TestOverviewOrder: ?sort= orders what needs attention and the table.
func TestOverviewOrder(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	first := func(path, id string) string {
		if m := regexp.MustCompile(`id="` + id + `-([^"]+)"`).FindStringSubmatch(r.get(path).body); m != nil {
			return m[1]
		}
		return ""
	}
	for _, tt := range []struct{ query, id, want string }{
		{"?fragment=attention", "att", "1-p00"},
		{"?fragment=attention&sort=-provider", "att", "1-p01"},
		{"?fragment=attention&sort=-for", "att", "1-p01"},
		{"?topo=table&fragment=chains", "ch", "1"},
		{"?topo=table&fragment=chains&sort=-status", "ch", "2"},
		{"?topo=table&fragment=chains&sort=-chain", "ch", "50"},
		{"?topo=table&fragment=chains&sort=provider", "ch", "1"},
	} {
		if got := first("/dashboard/public"+tt.query, tt.id); got != tt.want {
			t.Errorf("%s: first %q, want %q", tt.query, got, tt.want)
		}
	}
}
