package dashboard_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func render(tb testing.TB, c templ.Component) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := c.Render(tb.Context(), &b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func parse(tb testing.TB, page []byte) *html.Node {
	tb.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func byID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// checkPolicy fails on whatever the content security policy forbids: inline
// scripts, styles and handlers, and addresses of other origins.
func checkPolicy(t *testing.T, root *html.Node) {
	t.Helper()
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("inline <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
				t.Errorf("<%s> has the inline attribute %s=%q", n.Data, a.Key, a.Val)
			case slices.Contains([]string{"href", "src", "hx-get", "action"}, a.Key):
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "" || u.Host != "" {
					t.Errorf("<%s> leaves the origin: %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func checkIDs(t *testing.T, root *html.Node) {
	t.Helper()
	seen := map[string]bool{}
	for n := range root.Descendants() {
		id := attr(n, "id")
		if n.Type != html.ElementNode || id == "" {
			continue
		}
		if seen[id] {
			t.Errorf("id %q is not unique", id)
		}
		seen[id] = true
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "use" && !seen[strings.TrimPrefix(attr(n, "href"), "#")] {
			t.Errorf("an icon refers to %q, which is not on the page", attr(n, "href"))
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	for name, view := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, render(t, view.Page()))
			checkPolicy(t, root)
			checkIDs(t, root)
			headings := 0
			for n := range root.Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				if n.Data == "h1" {
					headings++
				}
				if (n.Data == "button" || n.Data == "a") && text(n) == "" && attr(n, "aria-label") == "" {
					t.Errorf("<%s class=%q> has no name", n.Data, attr(n, "class"))
				}
				if n.Data == "section" && attr(n, "aria-label") == "" {
					t.Errorf("<section class=%q> has no label", attr(n, "class"))
				}
			}
			if headings != 1 {
				t.Errorf("h1 elements = %d, want 1", headings)
			}
		})
	}
}

// TestFragments checks that what an element polls is that element again, byte
// for byte, and that each page answers exactly for the fragments it holds.
func TestFragments(t *testing.T) {
	t.Parallel()
	for name, view := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := render(t, view.Page())
			root := parse(t, page)
			for _, id := range fragments() {
				element := byID(root, id)
				polled := element != nil && attr(element, "data-poll") != ""
				c, ok := view.Fragment(id)
				if ok != polled {
					if ok && name == "empty overview" && id == dashboard.FragmentAttention {
						continue
					}
					t.Errorf("Fragment(%q) = %v, but the page polls it: %v", id, ok, polled)
					continue
				}
				if !ok {
					continue
				}
				u, err := url.Parse(attr(element, "hx-get"))
				if err != nil || u.Query().Get("fragment") != id {
					t.Errorf("%s polls %q", id, attr(element, "hx-get"))
				}
				if attr(element, "hx-swap") != "morph:outerHTML" || !strings.HasPrefix(attr(element, "hx-trigger"), "every ") {
					t.Errorf("%s: trigger %q, swap %q", id, attr(element, "hx-trigger"), attr(element, "hx-swap"))
				}
				part := render(t, c)
				first := parse(t, part).FirstChild.LastChild.FirstChild
				if got := attr(first, "id"); got != id {
					t.Errorf("the root of fragment %q has id %q", id, got)
				}
				if id != dashboard.FragmentFacts && !bytes.Contains(page, part) {
					t.Errorf("fragment %q is not the page's element", id)
				}
			}
			if c, ok := view.Fragment("none"); ok || c != nil {
				t.Error(`Fragment("none") = a component, want none`)
			}
		})
	}
}

func TestFactsCarryTheBannerAndTheCount(t *testing.T) {
	t.Parallel()
	c, _ := overview().Fragment(dashboard.FragmentFacts)
	root := parse(t, render(t, c))
	for id, want := range map[string]string{"attention-count": ", 3 need attention", "banner": "The last reload was refused: 1 mistake. The old configuration serves. 1 min 00 s agoproduction.yml:3:4: unknown key"} {
		n := byID(root, id)
		if n == nil {
			t.Fatalf("no #%s in the fragment", id)
		}
		if got := text(n); got != want {
			t.Errorf("#%s = %q, want %q", id, got, want)
		}
		if got := attr(n, "hx-swap-oob"); got != "morph" {
			t.Errorf("#%s: hx-swap-oob = %q, want morph", id, got)
		}
	}
	if page := render(t, overview().Page()); bytes.Contains(page, []byte("hx-swap-oob")) {
		t.Error("the whole page holds an out of band swap")
	}
}

// TestStatuses checks that a status is never colour alone: its own shape and
// its word stand together, in tables and in badges.
func TestStatuses(t *testing.T) {
	t.Parallel()
	shapes := map[string]bool{}
	for _, s := range ui.Statuses() {
		for kind, c := range map[string]templ.Component{"word": ui.Word(s), "badge": ui.Badge(s, "1 of 7")} {
			root := parse(t, render(t, c))
			shape := ""
			for n := range root.Descendants() {
				if n.Type == html.ElementNode && n.Data == "use" {
					shape = attr(n, "href")
				}
			}
			if shape != "#s-"+string(s) {
				t.Errorf("%s of %q has shape %q", kind, s, shape)
			}
			if !strings.Contains(text(root), s.Word()) {
				t.Errorf("%s of %q reads %q, want %q in it", kind, s, text(root), s.Word())
			}
			shapes[shape] = true
		}
	}
	if want := len(ui.Statuses()); len(shapes) != want {
		t.Errorf("shapes = %d, want one for each of %d statuses", len(shapes), want)
	}
}

func TestAttentionOrder(t *testing.T) {
	t.Parallel()
	c, _ := overview().Fragment(dashboard.FragmentAttention)
	got := make([]string, 0, 7)
	for n := range parse(t, render(t, c)).Descendants() {
		if n.Type == html.ElementNode && n.Data == "td" && attr(n, "class") == "a-st" {
			got = append(got, text(n))
		}
	}
	want := []string{"Circuit open", "Rate limited", "Testing recovery", "Recovering", "Degraded", "Lagging", "Unknown", "Drained"}
	if !slices.Equal(got, want) {
		t.Errorf("statuses = %v, want %v", got, want)
	}
}

func TestProviderTableFigures(t *testing.T) {
	t.Parallel()
	m := dashboard.ProvidersPage{Shell: sampleShell(dashboard.NavProviders, "/p")}
	busy := sampleRow(dashboard.ChainRef{ID: 1, Name: "Ethereum"}, "busy", ui.Healthy)
	silent := dashboard.ProviderRow{Chain: busy.Chain, ID: "silent", State: ui.State{Status: ui.Unknown}, MaxLag: -1}
	rare := sampleRow(busy.Chain, "rare", ui.Healthy)
	rare.Calls, rare.SuccessRate, rare.PerSecond, rare.Behind = 7, 6.0/7, 7.0/60, 0
	m.Rows = []dashboard.ProviderRow{busy, silent, rare}
	c, _ := m.Fragment(dashboard.FragmentProviders)
	root := parse(t, render(t, c))
	tests := []struct {
		id   string
		want []string
	}{
		{"pr-1-busy", []string{"Healthy", "busy", "Ethereum", "4 min 28 s", "−4", "46 %", "21", "38 ms", "1.31 s", "99.99 %", ""}},
		{"pr-1-silent", []string{"Unknown", "silent", "Ethereum", "–", "–", "0 %", "0", "–", "–", "–", ""}},
		{"pr-1-rare", []string{"Healthy", "rare", "Ethereum", "4 min 28 s", "0", "46 %", "0.12", "38 ms", "1.31 s", "85.71 % of 7", ""}},
	}
	for _, tt := range tests {
		row := byID(root, tt.id)
		if row == nil {
			t.Errorf("no row %q", tt.id)
			continue
		}
		var got []string
		for cell := range row.ChildNodes() {
			got = append(got, text(cell))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s = %q, want %q", tt.id, got, tt.want)
		}
	}
}

func TestSorting(t *testing.T) {
	t.Parallel()
	ref := dashboard.ChainRef{ID: 1}
	rows := []dashboard.ProviderRow{
		{ID: "b", Chain: ref, State: ui.State{Status: ui.Healthy}, P95: 10, Calls: 5, SuccessRate: 0.9},
		{ID: "a", Chain: ref, State: ui.State{Status: ui.Unknown}, P95: 30},
		{ID: "c", Chain: ref, State: ui.State{Status: ui.CircuitOpen}, P95: 20, Calls: 5, SuccessRate: 0.5},
	}
	tests := []struct{ sort, want, active, order string }{
		{"", "cab", "Status", "ascending"},
		{"provider", "abc", "Provider", "ascending"},
		{"-p95", "acb", "p95", "descending"},
		{"p95", "bca", "p95", "ascending"},
		{"success", "cba", "Success of attempts", "ascending"},
		{"nonsense", "cab", "", ""},
	}
	for _, tt := range tests {
		m := dashboard.ProvidersPage{Shell: sampleShell(dashboard.NavProviders, "/p"), Rows: rows}
		m.Sort = tt.sort
		c, _ := m.Fragment(dashboard.FragmentProviders)
		var ids []string
		active, order := "", ""
		for n := range parse(t, render(t, c)).Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "tr" && attr(n, "id") != "" {
				ids = append(ids, strings.TrimPrefix(attr(n, "id"), "pr-1-"))
			}
			if o := attr(n, "aria-sort"); o != "" {
				active, order = text(n), o
			}
		}
		if got := strings.Join(ids, ""); got != tt.want || active != tt.active || order != tt.order {
			t.Errorf("sort %q: rows %q by %q %s, want %q by %q %s", tt.sort, got, active, order, tt.want, tt.active, tt.order)
		}
	}
	if rows[0].ID != "b" {
		t.Error("sorting changed the model")
	}
}

func TestLinksKeepTheRange(t *testing.T) {
	t.Parallel()
	m := chainPage()
	m.Range, m.Sort = "15m", "-p95"
	root := parse(t, render(t, m.Page()))
	if got, want := attr(byID(root, dashboard.FragmentChart), "hx-get"), "/dashboard/production/chains/chain-1?range=15m&sort=-p95&fragment=chart"; got != want {
		t.Errorf("the chart polls %q, want %q", got, want)
	}
	if got, want := attr(byID(root, dashboard.FragmentChart), "hx-trigger"), "every 15s"; got != want {
		t.Errorf("the chart's trigger = %q, want %q", got, want)
	}
	want := map[string]bool{
		"/dashboard/production/chains/chain-1/providers/provider-0?range=15m": false,
		"/dashboard/production/chains/chain-1?range=1h&sort=-p95":             false,
		"/dashboard/production/chains/chain-1?sort=-p95":                      false, // 1m is the default
		"/dashboard/staging?range=15m":                                        false,
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			if _, ok := want[attr(n, "href")]; ok {
				want[attr(n, "href")] = true
			}
		}
	}
	for href, found := range want {
		if !found {
			t.Errorf("no link to %s", href)
		}
	}
}

// TestSameModelSameBytes guards the ETag: nothing reads a clock or walks a map.
func TestSameModelSameBytes(t *testing.T) {
	t.Parallel()
	for name, view := range pages() {
		if !bytes.Equal(render(t, view.Page()), render(t, view.Page())) {
			t.Errorf("%s: two renderings differ", name)
		}
	}
}

func TestNoDataIsNeverZero(t *testing.T) {
	t.Parallel()
	m := dashboard.Overview{Shell: sampleShell(dashboard.NavOverview, "/dashboard/production"), Chains: []dashboard.ChainRow{{Ref: dashboard.ChainRef{ID: 1}}}, KPIs: dashboard.KPIs{Chains: 1}}
	c, _ := m.Fragment(dashboard.FragmentFigures)
	var got []string
	for n := range parse(t, render(t, c)).Descendants() {
		if n.Type == html.ElementNode && attr(n, "class") == "kpi-v" {
			got = append(got, text(n))
		}
	}
	want := []string{"0 /s", "–", "–", "0 /min", "–", "0 of 0", "0 of 1 served"}
	if !slices.Equal(got, want) {
		t.Errorf("figures = %q, want %q", got, want)
	}
}

// TestNothingAnsweredIsNeverZero: with calls and no answer there is no success
// rate unless one failed, and no latency.
func TestNothingAnsweredIsNeverZero(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		minute dashboard.Figures
		want   []string
		never  []string
	}{
		"all callers left": {dashboard.Figures{Calls: 30}, []string{"all callers left", "no request was answered"}, []string{" 0.00", " 0.0 ms"}},
		"all failed":       {dashboard.Figures{Calls: 30, Failed: 30}, []string{" 0.00", "30 failed", "no request was answered"}, []string{"all callers left"}},
	} {
		m := overview()
		m.KPIs.Minute, m.KPIs.Five = tt.minute, dashboard.Figures{}
		c, _ := m.Fragment(dashboard.FragmentFigures)
		said := text(parse(t, render(t, c)))
		for _, w := range tt.want {
			if !strings.Contains(said, w) {
				t.Errorf("%s: no %q in %q", name, w, said)
			}
		}
		for _, w := range tt.never {
			if strings.Contains(said, w) {
				t.Errorf("%s: %q in %q", name, w, said)
			}
		}
	}
}

// TestRowsOfCallersWhoLeft: rows whose callers all left have no success rate;
// rows where one attempt failed have one, also when it is zero.
func TestRowsOfCallersWhoLeft(t *testing.T) {
	t.Parallel()
	row := func(id string, failed uint64) dashboard.ProviderRow {
		r := sampleRow(dashboard.ChainRef{ID: 1}, id, ui.Healthy)
		r.Calls, r.Failed, r.SuccessRate = 30, failed, 0
		return r
	}
	rows := []dashboard.ProviderRow{row("left", 0), row("failed", 30)}
	chain := dashboard.ChainRow{Ref: rows[0].Chain, Figures: dashboard.Figures{Calls: 30}, Providers: rows}
	methods := []dashboard.MethodRow{{Method: "left", Calls: 30}, {Method: "failed", Calls: 30, Errors: 30}}
	shell := func() dashboard.Shell { return sampleShell(dashboard.NavChains, "/dashboard/production/chains/1") }
	provider := providerPage()
	provider.Figures = dashboard.Figures{Calls: 30}
	for name, tt := range map[string]struct {
		view     dashboard.View
		fragment string
		zeros    int
	}{
		"chain page":       {dashboard.ChainPage{Shell: shell(), Chain: chain}, dashboard.FragmentProviders, 1},
		"provider list":    {dashboard.ProvidersPage{Shell: shell(), Rows: rows}, dashboard.FragmentProviders, 1},
		"chain list":       {dashboard.ChainsPage{Shell: shell(), Chains: []dashboard.ChainRow{chain}}, dashboard.FragmentChains, 0},
		"overview":         {dashboard.Overview{Shell: shell(), Chains: []dashboard.ChainRow{chain}, Rows: 2, Topology: dashboard.Topology{Table: true}}, dashboard.FragmentChains, 1},
		"methods":          {dashboard.ChainPage{Shell: shell(), Chain: chain, Methods: methods}, dashboard.FragmentMethods, 1},
		"provider figures": {provider, dashboard.FragmentFigures, 0},
	} {
		said := text(fragment(t, tt.view, tt.fragment))
		if got := strings.Count(said, "0.00 %"); got != tt.zeros {
			t.Errorf("%s: 0.00 %% stands there %d times, want %d: %s", name, got, tt.zeros, said)
		}
	}
}
