package dashboard_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestDrainedIsNoFault: what somebody took out is counted as that, not among
// what is wrong: in the drawing and in the strip of figures.
func TestDrainedIsNoFault(t *testing.T) {
	t.Parallel()
	m := overview()
	m.Chains = []dashboard.ChainRow{sampleChain(1, "One", 0)}
	ref := m.Chains[0].Ref
	m.Chains[0].Providers = []dashboard.ProviderRow{sampleRow(ref, "a", ui.Healthy), sampleRow(ref, "b", ui.Drained), sampleRow(ref, "c", ui.Degraded)}
	m.KPIs = dashboard.KPIs{Providers: 3, Usable: 2, Healthy: 1, Drained: 1, Chains: 1, ChainsUsable: 1}
	root := parse(t, render(t, m.Page()))
	heads := map[string]string{}
	for _, n := range inClass(root, "hd") {
		label := attr(n, "aria-label")
		heads[label[:1]] = label
	}
	for name, want := range map[string]string{"a": "a 1 chain, healthy", "b": "b drained", "c": "1 of 1 need attention, worst degraded"} {
		if got := heads[name]; !strings.Contains(got, want) || name == "b" && strings.Contains(got, "attention") {
			t.Errorf("column of %s is named %q, want %q in it", name, got, want)
		}
	}
	usable := kpi(t, root, "Providers usable")
	if got, want := words(usable), "Providers usable 2 of 3 1 healthy, 1 drained"; got != want {
		t.Errorf("figure = %q, want %q", got, want)
	}
	m.KPIs.Usable = 1
	usable = kpi(t, parse(t, render(t, m.Page())), "Providers usable")
	if got, want := words(usable), "Providers usable 1 of 3 2 not usable now, 1 drained"; got != want {
		t.Errorf("figure = %q, want %q", got, want)
	}
}

// kpi is the cell of the strip with a label.
func kpi(t *testing.T, root *html.Node, label string) *html.Node {
	t.Helper()
	for _, n := range inClass(root, "kpi") {
		if l := inClass(n, "kpi-l"); len(l) == 1 && strings.HasPrefix(words(l[0]), label) {
			return n
		}
	}
	t.Fatalf("no figure %q", label)
	return nil
}

// TestFiguresLead: each figure leads to what it counts.
func TestFiguresLead(t *testing.T) {
	t.Parallel()
	m := clusteredOverview(3)
	m.Region = "eu-1"
	chain := dashboard.ChainPage{Shell: m.Shell, Chain: sampleChain(137, "Polygon", 2)}
	for _, tt := range []struct {
		page        dashboard.View
		label, want string
	}{
		{m, "Success", "/dashboard/production/requests?range=1m&region=eu-1&outcome=failed"},
		{m, "Failovers", "/dashboard/production/requests?range=1m&region=eu-1&outcome=failover"},
		{m, "Providers usable", "/dashboard/production/providers?region=eu-1&failing=1"},
		{m, "Cluster", "/dashboard/production/cluster?region=eu-1"},
		{chain, "Success", "/dashboard/production/requests?range=1m&region=eu-1&outcome=failed&chain=chain-137"},
	} {
		if got := attr(kpi(t, parse(t, render(t, tt.page.Page())), tt.label), "href"); got != tt.want {
			t.Errorf("%s leads to %q, want %q", tt.label, got, tt.want)
		}
	}
}

// TestLowSuccessIsMarked: the one figure under its limit, and no other.
func TestLowSuccessIsMarked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		calls uint64
		ratio float64
		want  []string
	}{
		{200, 0.9699, []string{"96.99 %"}},
		{200, 0.97, nil},
		{19, 0.5, nil}, // too few to say
	} {
		row := sampleRow(dashboard.ChainRef{ID: 1}, "a", ui.Degraded)
		row.Calls, row.Failed, row.SuccessRate, row.Behind = tt.calls, 1, tt.ratio, 0
		m := dashboard.ProvidersPage{Shell: sampleShell(dashboard.NavProviders, "/x"), Rows: []dashboard.ProviderRow{row}}
		c, _ := m.Fragment(dashboard.FragmentProviders)
		if got := texts(inClass(parse(t, render(t, c)), "wrn")); !slices.Equal(got, tt.want) {
			t.Errorf("%d calls with %v: marked %q, want %q", tt.calls, tt.ratio, got, tt.want)
		}
	}
}

// TestConfigBanner: only nodes that answer, and only about the profile shown.
func TestConfigBanner(t *testing.T) {
	t.Parallel()
	m := clusterPage()
	if b := dashboard.ConfigDiffers(m.Shell, m.Nodes); b != nil {
		t.Errorf("banner where all are alike = %q", b.Title)
	}
	m.Nodes[2].Profiles = map[string]string{"production": "aa11", "public": "other"}
	if b := dashboard.ConfigDiffers(m.Shell, m.Nodes); b != nil {
		t.Errorf("banner about another profile = %q", b.Title)
	}
	m.Nodes[2].Profiles = map[string]string{"production": "other", "public": "bb22"}
	b := dashboard.ConfigDiffers(m.Shell, m.Nodes)
	if b == nil || b.Title != "1 node runs another profile production." || !strings.Contains(b.Text, m.Nodes[2].ID+" differs") {
		t.Errorf("banner = %+v", b)
	}
	lose(&m.Nodes[2], ui.NodeDisconnected)
	if b := dashboard.ConfigDiffers(m.Shell, m.Nodes); b != nil {
		t.Errorf("banner about a node that is gone = %q", b.Title)
	}
}

// TestReasonOfOneRegion: the figures of a row are of all regions; a reason that
// holds in one of them says so.
func TestReasonOfOneRegion(t *testing.T) {
	t.Parallel()
	of := func(statuses ...ui.Status) string {
		m := overview()
		row := sampleRow(dashboard.ChainRef{ID: 1, Name: "One"}, "a", ui.Degraded)
		for i, s := range statuses {
			row.Regions = append(row.Regions, dashboard.RegionStatus{Region: []string{"eu", "us", "ap"}[i], Status: s})
		}
		m.Problems = []dashboard.ProviderRow{row}
		c, _ := m.Fragment(dashboard.FragmentAttention)
		return words(inClass(parse(t, render(t, c)), "a-wy")[0])
	}
	for _, tt := range []struct {
		want     string
		statuses []ui.Status
	}{
		{"reason of degr, in us", []ui.Status{ui.Healthy, ui.Degraded, ui.Healthy}},
		{"reason of degr", []ui.Status{ui.Healthy, ui.Degraded, ui.Degraded}},
		{"reason of degr", []ui.Status{ui.Degraded}},
		{"reason of degr", nil},
	} {
		if got := of(tt.statuses...); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.statuses, got, tt.want)
		}
	}
}
