package dashboard_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// bigOverview is the largest that the design allows for: 50 chains of 20
// providers in three regions, every bad-th link in trouble.
func bigOverview(chains, providers, bad int) dashboard.Overview {
	m := clusteredOverview(0)
	m.Chains, m.Problems = nil, nil
	m.Topology = sampleTopology()
	for i := range chains {
		c := sampleChain(uint64(1000+i), "Chain", providers)
		c.Ref.Name = "Chain " + string(rune('A'+i/26)) + string(rune('a'+i%26))
		c.State.Status, c.Figures.PerSecond = ui.Healthy, float64(1620/(i+1))
		for j := range c.Providers {
			r := &c.Providers[j]
			r.Strip, r.Share, r.State = nil, 1/float64(providers), ui.State{Status: ui.Healthy}
			if (i*providers+j)%bad == 0 {
				r.State = ui.State{Status: ui.Degraded, Reason: "Success 94.2 % over 60 s, limit 97 %", Since: sampleTime(), Next: sampleTime().Add(time.Second)}
				c.State = r.State
			}
		}
		pipped(c.Providers, 3)
		m.Chains = append(m.Chains, c)
		m.Topology.Rates = append(m.Topology.Rates, []float64{c.Figures.PerSecond * .5, c.Figures.PerSecond * .3, c.Figures.PerSecond * .2})
	}
	return m
}

func sampleTopology() dashboard.Topology {
	var t dashboard.Topology
	for _, r := range sampleRegions() {
		t.Regions = append(t.Regions, dashboard.TopologyRegion{Name: r})
	}
	return t
}

// drawnOverview has regions, and every status once.
func drawnOverview() dashboard.Overview {
	m := clusteredOverview(3)
	m.Topology = sampleTopology()
	m.Topology.Rates = [][]float64{{600, 400, 284}, {600, 400, 284}}
	return m
}

func inClass(root *html.Node, class string) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), class) {
			out = append(out, n)
		}
	}
	return out
}

func svgText(n *html.Node) string {
	var parts []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" {
			parts = append(parts, strings.TrimSpace(d.Data))
		}
	}
	return strings.Join(parts, " ")
}

func TestDrawingNames(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]dashboard.Overview{"normal": drawnOverview(), "dense": bigOverview(20, 5, 7)} {
		root := parse(t, render(t, m.Page()))
		nodes := inClass(root, "tl")
		if len(nodes) < 20 {
			t.Fatalf("%s: %d nodes, want at least 20", name, len(nodes))
		}
		for _, a := range nodes {
			if a.Data != "a" || attr(a, "href") == "" {
				t.Errorf("%s: a node is <%s href=%q>, want a link", name, a.Data, attr(a, "href"))
			}
			if seen := svgText(a); !strings.HasPrefix(attr(a, "aria-label"), seen) && !strings.HasPrefix(attr(a, "aria-label"), strings.ReplaceAll(seen, "/s", "/s:")) {
				t.Errorf("%s: the name %q does not begin with what is seen, %q", name, attr(a, "aria-label"), seen)
			}
			if got, want := attr(a, "tabindex") == "-1", name == "dense" && attr(a, "data-k") != ""; got != want {
				t.Errorf("%s: %q is taken out of the order: %v, want %v", name, attr(a, "aria-label"), got, want)
			}
		}
	}
}

func TestDrawingStatuses(t *testing.T) {
	t.Parallel()
	root := parse(t, render(t, drawnOverview().Page()))
	for i, st := range ui.Statuses() {
		for _, a := range inClass(root, "tl") {
			if attr(a, "data-k") != "1-provider-"+string(rune('0'+i)) {
				continue
			}
			got := ""
			for n := range a.Descendants() {
				if n.Type == html.ElementNode && n.Data == "use" {
					got = attr(n, "href")
				}
			}
			if got != "#s-"+string(st) {
				t.Errorf("%s is drawn as %q", st, got)
			}
			if !slices.Contains(strings.Fields(attr(a, "class")), "st-"+string(st)) {
				t.Errorf("%s has the class %q", st, attr(a, "class"))
			}
			if !strings.Contains(attr(a, "aria-label"), strings.ToLower(st.Word())) {
				t.Errorf("%s is called %q", st, attr(a, "aria-label"))
			}
		}
	}
	keys := 0
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "data-n") != "" {
			keys++
			if want := "/dashboard/production?status=" + attr(n, "data-n"); attr(n, "href") != want {
				t.Errorf("the count leads to %q, want %q", attr(n, "href"), want)
			}
		}
	}
	if want := len(ui.Statuses()); keys != want {
		t.Errorf("%d counts, want one for each of %d statuses", keys, want)
	}
}

func TestDrawingOfALostRegion(t *testing.T) {
	t.Parallel()
	m := drawnOverview()
	m.Topology.Regions[1].Lost = true
	root := parse(t, render(t, m.Page()))
	if got := len(inClass(root, "cut")); got != 2 {
		t.Errorf("%d ribbons are cut, want one for each of 2 chains", got)
	}
	node := inClass(root, "rg")[1]
	if got, want := svgText(node), "eu-west-1 Unreachable"; got != want {
		t.Errorf("the node says %q, want %q", got, want)
	}
	if got, want := attr(node, "href"), "/dashboard/production/cluster"; got != want {
		t.Errorf("it leads to %q, want %q", got, want)
	}
	if got := attr(node, "class"); !strings.Contains(got, "st-open") {
		t.Errorf("its class is %q, want st-open", got)
	}
}

func TestDrawingOfOneRegion(t *testing.T) {
	t.Parallel()
	m := drawnOverview()
	m.Region = "eu-west-1"
	root := parse(t, render(t, m.Page()))
	for i, a := range inClass(root, "rg") {
		want := "/dashboard/production?region=" + sampleRegions()[i]
		if i == 1 {
			want = "/dashboard/production"
		}
		if got := attr(a, "href"); got != want {
			t.Errorf("%s leads to %q, want %q", svgText(a), got, want)
		}
		if off := strings.Contains(attr(a, "class"), " off"); off != (i != 1) {
			t.Errorf("%s is dimmed: %v", svgText(a), off)
		}
	}
}

// delta is what the drawing's script reads.
type delta struct {
	C, L, P, R map[string][]any
	B, W       string
}

func readDelta(t *testing.T, m dashboard.Overview) delta {
	t.Helper()
	c, ok := m.Fragment(dashboard.FragmentTopologyDelta)
	if !ok {
		t.Fatal("the overview has no delta")
	}
	if _, ok := c.(dashboard.Data); !ok {
		t.Error("the delta is not marked as data")
	}
	var d delta
	if err := json.Unmarshal(render(t, c), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDeltaFitsTheDrawing checks that everything drawn is found in the delta.
func TestDeltaFitsTheDrawing(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]dashboard.Overview{"normal": drawnOverview(), "dense": bigOverview(20, 5, 7), "others": bigOverview(60, 25, 7)} {
		d := readDelta(t, m)
		root := parse(t, render(t, m.Page()))
		found := map[string]int{}
		for _, a := range inClass(root, "tl") {
			for _, in := range []struct {
				what, key string
				of        map[string][]any
			}{{"link", attr(a, "data-k"), d.L}, {"chain", attr(a, "data-id"), d.C}, {"region", attr(a, "data-g"), d.R}} {
				if _, ok := in.of[in.key]; in.key != "" && !ok {
					t.Errorf("%s: the delta has no %s %q", name, in.what, in.key)
				} else if ok {
					found[in.what]++
				}
			}
			if of := attr(a, "data-of"); of != "" {
				for key := range strings.SplitSeq(of, "\n") {
					if d.L[key] == nil && d.P[key] == nil {
						t.Errorf("%s: the delta has nothing of %q", name, key)
					}
				}
			}
		}
		if found["link"] == 0 || found["chain"] == 0 {
			t.Errorf("%s: found %v, want links and chains", name, found)
		}
	}
}

func TestDelta(t *testing.T) {
	t.Parallel()
	m := drawnOverview()
	m.Chains[0].Figures.PerSecond, m.Chains[1].Figures.PerSecond, m.Chains[1].Usable = 100, 25, 0
	m.Topology.Rates = [][]float64{{50, 50, 0}, {25, 0, 0}}
	m.Topology.Regions[2].Lost = true
	m.Coverage = dashboard.Coverage{Responding: 2, Total: 3}
	d := readDelta(t, m)
	for what, pair := range map[string][2]any{
		"busiest": {d.B, "100 /s"}, "coverage": {d.W, "2 of 3 nodes"}, "ratio": {d.C["8453"][6], .25}, "down": {d.C["8453"][1], 1.},
		"down in words": {d.C["8453"][4], "Down"}, "head": {d.C["1"][4], "23,871,204"}, "lost": {d.R["ap-southeast-1"][0], 1.}, "region": {d.R["us-east-1"][1], "75"},
		"share": {d.L["1-provider-0"][1], 460.}, "status": {d.L["1-provider-0"][0], "open"}, "p95": {d.L["1-provider-0"][2], 1310.},
		"reason": {d.L["1-provider-0"][4], "reason of open"}, "next": {d.L["1-provider-0"][6], float64(sampleTime().Unix() + 12)},
		"provider": {d.P["provider-0"][2], 2.},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %v, want %v", what, pair[0], pair[1])
		}
	}
	healthy := 0
	for key, got := range d.L {
		if got[0] != "ok" {
			continue
		}
		healthy++
		if len(got) != 3 {
			t.Errorf("the healthy link %s has %d figures, want 3", key, len(got))
		}
	}
	if healthy == 0 {
		t.Error("no link is healthy")
	}
}

func TestHostileDelta(t *testing.T) {
	t.Parallel()
	for _, name := range []string{hostile, "\"\\\n\x00", "\xff", "ключ"} {
		m, ok := hostilePages(name)["overview"].(dashboard.Overview)
		if !ok {
			t.Fatal("no overview")
		}
		m.Topology.Regions = []dashboard.TopologyRegion{{Name: name}, {Name: "b"}}
		d := readDelta(t, m)
		if len(d.L) != 1 || len(d.R) != 2 || len(d.P) != 1 {
			t.Errorf("%q: %d links, %d regions, %d providers, want 1, 2, 1", name, len(d.L), len(d.R), len(d.P))
		}
	}
}

func TestFilteredDrawing(t *testing.T) {
	t.Parallel()
	m := bigOverview(20, 5, 7)
	m.Topology.Query = "chain aa"
	root := parse(t, render(t, m.Page()))
	if got := len(inClass(root, "ch")); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
	m.Topology.Query, m.Topology.Status = "", ui.Degraded
	root = parse(t, render(t, m.Page()))
	for _, a := range inClass(root, "tl") {
		if k := attr(a, "data-k"); k != "" {
			if off, bad := strings.Contains(attr(a, "class"), " off"), strings.Contains(attr(a, "class"), "st-degr"); off == bad {
				t.Errorf("%s: dimmed %v, degraded %v", k, off, bad)
			}
		}
	}
	m.Topology.Query = "nothing"
	if page := render(t, m.Page()); !bytes.Contains(page, []byte("No chain matches the filter.")) || bytes.Contains(page, []byte("data-loom")) {
		t.Error("a filter that leaves nothing does not say so")
	}
}

// The drawing of 50 chains with 20 providers each, whole and as its delta.
func BenchmarkTopology(b *testing.B) {
	m := bigOverview(50, 20, 20)
	page := func(m dashboard.Overview) []byte { return render(b, m.Page()) }
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n = len(page(m))
		}
		b.ReportMetric(float64(n)/1024, "KiB")
	})
	b.Run("delta", func(b *testing.B) {
		b.ReportAllocs()
		c, _ := m.Fragment(dashboard.FragmentTopologyDelta)
		var buf bytes.Buffer
		for b.Loop() {
			buf.Reset()
			if err := c.Render(b.Context(), &buf); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(buf.Len())/1024, "KiB")
	})
}
