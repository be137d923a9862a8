package dashboard_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func links(root *html.Node) []string {
	var out []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			out = append(out, attr(n, "href"))
		}
	}
	return out
}

func labelled(root *html.Node, label string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "aria-label") == label {
			return n
		}
	}
	return nil
}

// TestAloneNothingIsAdded checks that a node by itself shows none of what is
// about other nodes, but for the way to the page that says how to have some.
func TestAloneNothingIsAdded(t *testing.T) {
	t.Parallel()
	m := overview()
	m.Coverage = dashboard.Coverage{Responding: 1, Total: 1}
	page := render(t, m.Page())
	for _, no := range []string{"/regions", "region=", `id="coverage`, `class="lack`, `class="cov`, "All regions", "five"} {
		if bytes.Contains(page, []byte(no)) {
			t.Errorf("the page of a node alone holds %q", no)
		}
	}
}

func TestHeaderOfACluster(t *testing.T) {
	t.Parallel()
	m := clusteredOverview(3)
	root := parse(t, render(t, m.Page()))
	if got, want := words(labelled(root, "Main")), "Overview Chains Providers , 3 need attention Regions Methods Requests Cluster Playground More Methods Playground Events System Configuration"; got != want {
		t.Errorf("header = %q, want %q", got, want)
	}
	if got, want := words(labelled(root, "Pages")), "Overview Chains Requests Cluster More Providers Regions Methods Playground Events System Configuration Jump to"; got != want {
		t.Errorf("bar = %q, want %q", got, want)
	}
	badge := byID(root, "coverage")
	if words(badge) != "3 of 3 nodes" || attr(badge, "href") != "/dashboard/production/cluster" || attr(badge, "class") != "cov" {
		t.Errorf("badge = %q to %q, class %q", words(badge), attr(badge, "href"), attr(badge, "class"))
	}

	m.Coverage = dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-west-1"}}
	root = parse(t, render(t, m.Page()))
	if got, want := words(labelled(root, "Pages")), "Overview Chains Requests Cluster, 2 of 3 nodes More Providers Regions Methods Playground Events System Configuration Jump to"; got != want {
		t.Errorf("bar in a partition = %q, want %q", got, want)
	}
	facts := fragment(t, m, dashboard.FragmentFacts)
	for id, class := range map[string]string{"coverage": "cov bad", "coverage-tab": "bad"} {
		n := byID(facts, id)
		if n == nil || attr(n, "class") != class || attr(n, "hx-swap-oob") != "morph" || !strings.HasSuffix(words(n), "2 of 3 nodes") {
			t.Errorf("#%s does not travel with the facts as it should: %+v", id, n)
		}
	}
}

// TestPartialCoverageIsMarked checks that each panel with figures of all nodes
// says when some are missing, and none does otherwise.
func TestPartialCoverageIsMarked(t *testing.T) {
	t.Parallel()
	without := []string{"Actions", "Endpoint", "Shared by", "Not found", "Nodes", "Events", "Setup", "Nodes in short"}
	for name, view := range map[string]dashboard.View{
		"overview": clusteredOverview(3), "chain": clusterPages()["chain by region"], "provider": providerByRegion(), "regions": regionsPage(),
		"chains": dashboard.ChainsPage{Shell: clusterShell(dashboard.NavChains, ""), Chains: overview().Chains},
	} {
		if got := all(parse(t, render(t, view.Page())), "lack"); len(got) != 0 {
			t.Errorf("%s: %d marks although all nodes answer", name, len(got))
		}
		root := parse(t, render(t, incomplete(view).Page()))
		for _, panel := range all(root, "panel") {
			label := attr(panel, "aria-label")
			isColumn := slices.Contains(strings.Fields(attr(panel.Parent, "class")), "sides")
			if marked := len(all(panel, "lack")) > 0; marked == (slices.Contains(without, label) || isColumn) {
				t.Errorf("%s: panel %q is marked: %v", name, label, marked)
			}
		}
	}
}

func incomplete(v dashboard.View) dashboard.View {
	c := dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-west-1"}}
	switch m := v.(type) {
	case dashboard.Overview:
		m.Coverage = c
		return m
	case dashboard.ChainPage:
		m.Coverage = c
		return m
	case dashboard.ProviderPage:
		m.Coverage = c
		return m
	case dashboard.RegionsPage:
		m.Coverage = c
		return m
	case dashboard.ChainsPage:
		m.Coverage = c
		return m
	}
	return v
}

func TestRegionControl(t *testing.T) {
	t.Parallel()
	m := clusteredOverview(3)
	m.Region, m.Range = "eu-west-1", "5m"
	root := parse(t, render(t, m.Page()))
	control := labelled(root, "Region")
	want := []string{
		"/dashboard/production?range=5m", "/dashboard/production?range=5m&region=us-east-1",
		"/dashboard/production?range=5m&region=eu-west-1", "/dashboard/production?range=5m&region=ap-southeast-1",
	}
	if got := links(control); !slices.Equal(got, want) {
		t.Errorf("choices = %q, want %q", got, want)
	}
	for n := range control.ChildNodes() {
		if is := attr(n, "aria-current") == "true"; is != (words(n) == "eu-west-1") {
			t.Errorf("%s is current: %v", words(n), is)
		}
	}
	m.Topology.Table = true
	table := parse(t, render(t, m.Page()))
	if got, want := attr(byID(table, dashboard.FragmentChains), "hx-get"), "/dashboard/production?range=5m&region=eu-west-1&topo=table&fragment=chains"; got != want {
		t.Errorf("the chains poll %q, want %q", got, want)
	}
	if want := "/dashboard/production/chains/chain-1/providers/provider-0?range=5m&region=eu-west-1"; !slices.Contains(links(root), want) {
		t.Errorf("no link to %s", want)
	}

	for n, kind := range map[int]string{0: "", 1: "", 2: "seg", 3: "seg", 6: "menu", 7: "menu", 9: "menu"} {
		m := clusteredOverview(0)
		m.Regions = nodesOf(n).Regions
		got := ""
		if c := labelled(parse(t, render(t, m.Page())), "Region"); c != nil {
			got = attr(c, "class")
		}
		if got != kind {
			t.Errorf("%d regions: the control is %q, want %q", n, got, kind)
		}
	}
}

func TestRegionPips(t *testing.T) {
	t.Parallel()
	pips := func(regions int) *html.Node {
		c := fragment(t, clusteredOverview(regions), dashboard.FragmentAttention)
		found := all(c, "pips")
		if len(found) == 0 {
			return nil
		}
		return found[0]
	}
	if got := pips(1); got != nil {
		t.Error("a single region has pips")
	}
	three := pips(3)
	if got, want := attr(three, "aria-label"), "region-0 healthy, region-1 circuit open, region-2 healthy"; got != want {
		t.Errorf("label = %q, want %q", got, want)
	}
	var icons []string
	for n := range three.Descendants() {
		if n.Data == "use" {
			icons = append(icons, attr(n, "href"))
		}
	}
	if !slices.Equal(icons, []string{"#s-ok", "#s-open", "#s-ok"}) {
		t.Errorf("icons = %q", icons)
	}
	if got := words(pips(9)); got != "1 of 9" {
		t.Errorf("of nine regions the pips say %q", got)
	}
}

func TestHeatSteps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		metric, steps string
		set           func(*dashboard.RegionCell, float64)
		values        []float64
		text          []string
	}{
		{"", "0 1 2 3 4 4", func(c *dashboard.RegionCell, v float64) { c.P95 = v }, []float64{99, 100, 299, 300, 500, 1016}, []string{"99 ms", "100 ms", "299 ms", "300 ms", "500 ms", "1.02 s"}},
		{"success", "0 1 2 3 4 0", func(c *dashboard.RegionCell, v float64) { c.SuccessRate = v }, []float64{0.999, 0.995, 0.99, 0.97, 0.96, 1}, []string{"99.90 %", "99.50 %", "99.00 %", "97.00 %", "96.00 %", "100.00 %"}},
		{"lag", "0 1 2 3 3 4", func(c *dashboard.RegionCell, v float64) { c.Behind = int64(v) }, []float64{0, 1, 2, 3, 4, 5}, []string{"0", "1", "2", "3", "4", "5"}},
		{"share", "0 0 1 2 3 4", func(c *dashboard.RegionCell, v float64) { c.Share = v }, []float64{0, 0.09, 0.1, 0.25, 0.5, 0.75}, []string{"0 %", "9 %", "10 %", "25 %", "50 %", "75 %"}},
		{"errors", "0 0 1 2 3 4", func(c *dashboard.RegionCell, v float64) { c.PerMinute = v }, []float64{0, 0.5, 1, 5, 20, 50}, []string{"0 /min", "0.50 /min", "1.00 /min", "5.00 /min", "20 /min", "50 /min"}},
	}
	for _, tt := range tests {
		m := regionsPage()
		m.Metric = tt.metric
		p := dashboard.RegionProvider{ID: "p"}
		m.Regions = nil
		for i, v := range tt.values {
			c := sampleCell(10, ui.Healthy)
			tt.set(&c, v)
			m.Regions = append(m.Regions, string(rune('a'+i)))
			p.Cells = append(p.Cells, c)
		}
		m.Chains = []dashboard.RegionChain{{Ref: dashboard.ChainRef{ID: 1, Name: "Ethereum"}, Providers: []dashboard.RegionProvider{p}}}
		var steps, shown []string
		for n := range byID(fragment(t, m, dashboard.FragmentMatrix), "mx-1-p").ChildNodes() {
			if class, ok := strings.CutPrefix(attr(n, "class"), "h h"); ok {
				steps = append(steps, class)
				shown = append(shown, words(n))
			}
		}
		if got := strings.Join(steps, " "); got != tt.steps || !slices.Equal(shown, tt.text) {
			t.Errorf("%q: steps %s of %q, want %s of %q", tt.metric, got, shown, tt.steps, tt.text)
		}
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	m := regionsPage()
	root := fragment(t, m, dashboard.FragmentMatrix)
	row := func(root *html.Node, id string) []string {
		var got []string
		for n := range byID(root, id).ChildNodes() {
			got = append(got, words(n))
		}
		return got
	}
	if got, want := row(root, "mx-1-tripped"), []string{"tripped", "182 ms", "no data", "286 ms", "182 ms"}; !slices.Equal(got, want) {
		t.Errorf("row = %q, want %q", got, want)
	}
	if got, want := row(root, "mx-8453-european"), []string{"european", "not configured", "233 ms", "not configured", "–"}; !slices.Equal(got, want) {
		t.Errorf("row = %q, want %q", got, want)
	}
	cell := labelled(root, "no data, tripped on Ethereum in eu-west-1, circuit open")
	if cell == nil || len(all(cell, "gb")) != 1 || attr(cell.Parent, "class") != "h hx" {
		t.Error("the cell of an open breaker has no tile, no hatch or no sentence")
	} else if got, want := attr(cell, "href"), "/dashboard/production/chains/ethereum/providers/tripped?region=eu-west-1"; got != want {
		t.Errorf("the cell leads to %q, want %q", got, want)
	}
	order := func(m dashboard.RegionsPage) string {
		var ids []string
		for n := range byID(fragment(t, m, dashboard.FragmentMatrix), "mx-1").ChildNodes() {
			if id, ok := strings.CutPrefix(attr(n, "id"), "mx-1-"); ok {
				ids = append(ids, id)
			}
		}
		return strings.Join(ids, " ")
	}
	if got := order(m); got != "slow tripped fast" {
		t.Errorf("order by all = %q, want the worst first", got)
	}
	m.Region = "eu-west-1"
	if got := order(m); got != "slow fast tripped" {
		t.Errorf("order by eu-west-1 = %q, want what has no data last", got)
	}
	if got := words(byID(fragment(t, regionsLost(), dashboard.FragmentMatrix), "mx-1-slow")); got != "slow 290 ms no answer 1.02 s 290 ms" {
		t.Errorf("row with a lost region = %q", got)
	}
}

func TestTwoRegions(t *testing.T) {
	t.Parallel()
	m := regionsPage()
	m.Metric, m.Right, m.Range = "p95", "ap-southeast-1", "1h"
	root := fragment(t, m, dashboard.FragmentPair)
	var rows []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" {
			rows = append(rows, words(n))
		}
	}
	want := []string{
		"Provider Chain p95, 0 to 2.00 s us-east-1 ap-southeast-1 Difference", "slow Ethereum 290 ms 1.02 s +726 ms",
		"tripped Ethereum 182 ms 286 ms +104 ms", "fast Ethereum 78 ms 135 ms +57 ms",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("rows = %q, want %q", rows, want)
	}
	for _, want := range []string{
		"/dashboard/production/regions?range=1h&left=eu-west-1&right=ap-southeast-1", "/dashboard/production/regions?range=1h&right=eu-west-1",
	} {
		if !slices.Contains(links(root), want) {
			t.Errorf("no link to %s in %q", want, links(root))
		}
	}
	m.Right = ""
	if got := texts(all(fragment(t, m, dashboard.FragmentPair), "lines")); len(got) != 1 ||
		got[0] != "Difference: eu-west-1 less us-east-1. tripped on Ethereum has no data in eu-west-1: circuit open european on Base is not configured in us-east-1" {
		t.Errorf("what can not be compared = %q", got)
	}
	m.Metric = "success"
	if got := words(fragment(t, m, dashboard.FragmentPair)); !strings.Contains(got, "slow Ethereum 99.28 % 98.85 % −0.43 pt") {
		t.Errorf("differences of success = %q", got)
	}
	if got := words(fragment(t, regionsLost(), dashboard.FragmentPair)); !strings.Contains(got, "No node of eu-west-1 answers") {
		t.Errorf("with a lost region = %q", got)
	}
}

func TestRegionsInShort(t *testing.T) {
	t.Parallel()
	got := words(fragment(t, regionsLost(), dashboard.FragmentShort))
	for _, want := range []string{"unreachable: eu-west-1", "Nodes 1 of 1 0 of 1 1 of 1", "Requests 1,284 /s – 1,284 /s", "Links healthy 3 of 4 – 3 of 4"} {
		if !strings.Contains(got, want) {
			t.Errorf("in short = %q, want %q in it", got, want)
		}
	}
}

func TestProviderSideBySide(t *testing.T) {
	t.Parallel()
	m := providerByRegion()
	m.Regions[2].Lost = sampleTime().Add(-90_000_000_000)
	root := fragment(t, m, dashboard.FragmentStatus)
	columns := all(root, "rcol")
	if len(columns) != 3 {
		t.Fatalf("columns = %d, want 3", len(columns))
	}
	for i, want := range []string{
		"us-east-1 Healthy 21 /s It takes traffic.", "eu-west-1 Circuit open 21 /s reason of open. Since 14:27:40",
		"ap-southeast-1 Unknown No node of the region answers. Unknown since 14:30:38 (1 min 30 s).",
	} {
		if got := words(columns[i]); !strings.HasPrefix(got, want) {
			t.Errorf("column %d = %q, want it to begin with %q", i, got, want)
		}
	}
	if class := attr(columns[2], "class"); !strings.Contains(class, "gone") {
		t.Errorf("the lost column has class %q", class)
	}
	if got := words(columns[2]); strings.Contains(got, "Closed") || strings.Contains(got, "Half-open") {
		t.Errorf("a breaker of a lost region is shown as known: %q", got)
	}
	for _, want := range []string{"p99 460 ms", "Height 23,871,204", "Blocks behind 4", "us-1 Healthy us-2 No answer"} {
		if !strings.Contains(words(columns[0]), want) {
			t.Errorf("column = %q, want %q in it", words(columns[0]), want)
		}
	}
	if got := words(columns[2]); strings.Contains(got, "ap-1") {
		t.Error("the only node of a region is listed")
	}
	facts := fragment(t, m, dashboard.FragmentFacts)
	if got := words(all(facts, "facts")[0]); !strings.HasPrefix(got, "Circuit open 1 of 3 regions in eu-west-1 · reason of open") {
		t.Errorf("facts = %q", got)
	}
	if got := links(facts); !slices.Contains(got, "#region-1") {
		t.Errorf("the badge does not lead to the region: %q", got)
	}
	m.Regions = m.Regions[:1]
	if got := labelled(fragment(t, m, dashboard.FragmentStatus), "Status"); got == nil {
		t.Error("with one region the page is not as before")
	}
}

func TestByRegionKeepsColours(t *testing.T) {
	t.Parallel()
	m := clusterPage()
	m.Requests = m.Requests[1:] // a region less: the others keep theirs
	chart := fragment(t, m, dashboard.FragmentChart)
	var classes []string
	for _, l := range all(chart, "ln") {
		if classes = append(classes, attr(l, "class")); len(classes) == 2 {
			break
		}
	}
	if !slices.Equal(classes, []string{"ln ln-2", "ln ln-3"}) {
		t.Errorf("lines = %q", classes)
	}
}
