package dashboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func sampleProcess(node string) dashboard.NodeRuntime {
	return dashboard.NodeRuntime{
		Node: node, Boot: "b1", Region: node, Known: true, Started: sampleTime().Add(-time.Hour), Version: "1.2", GoVersion: "go1.26", OS: "linux", Arch: "amd64",
		Procs: 2, CPU: 31.2, CPUSpan: 5 * time.Second, RSS: 412 << 20, Goroutines: 1204, HeapInUse: 80 << 20, HeapGoal: 90 << 20, GCs: 4,
		LastPause: 80 * time.Microsecond, PauseP99: 2 * time.Millisecond, Files: 90, FileLimit: 100, Clients: 3, BodyBytes: 4096, BodyLimit: 1 << 20,
		Buffers: []dashboard.Buffer{{Name: "series", Held: 4, Limit: 9, LeftOut: 1}, {Name: "tail_sent", LeftOut: 5}},
	}
}

func systemPage() dashboard.SystemPage {
	m := dashboard.SystemPage{Shell: clusterShell(dashboard.NavSystem, "/system")}
	m.Nodes = []dashboard.NodeRuntime{
		sampleProcess("a"), sampleProcess("b"),
		{Node: "old", Boot: "b1", Older: true, Reason: "question: unknown kind"},
		{Node: "silent", Boot: "b1", Reason: "no answer within 5 s"},
	}
	m.Nodes[0].Self, m.Nodes[1].RSS, m.Nodes[1].CPU = true, 900<<20, 195
	return m
}

func configPage() dashboard.ConfigPage {
	ref := dashboard.ChainRef{ID: 1, Alias: "ethereum", Name: "Ethereum"}
	only := []dashboard.Holder{{Node: "b", Region: "eu"}}
	return dashboard.ConfigPage{
		Shell: clusterShell(dashboard.NavConfig, "/configuration"), Source: "p.yml", LoadedAt: sampleTime(), Hash: "aaaaaaaaaa", Own: "11", Problems: []string{"p.yml:3:1: no"},
		Chains: []dashboard.ConfigChain{{Ref: ref, MaxLag: -1, Timeouts: []dashboard.Timeout{{Method: "default", Limit: 8 * time.Second}}, Providers: []dashboard.ConfigProvider{
			{ID: "own", Transports: []string{"HTTP"}, Archival: true, Rules: 2, Categories: []string{"debug"}},
		}}},
		Foreign: []dashboard.ChainRow{
			{Ref: ref, Providers: []dashboard.ProviderRow{{Chain: ref, ID: "theirs", OnlyOn: only}}},
			{Ref: dashboard.ChainRef{ID: 77}, OnlyOn: only},
		},
		Nodes:    []dashboard.ConfigNode{{Node: "a", Self: true, Known: true, Hash: "11"}, {Node: "b", Known: true, Hash: "22", Has: []string{"theirs on Ethereum"}}, {Node: "c"}},
		Settings: []dashboard.Setting{{Name: "--listen", Value: "127.0.0.1:1", Source: "flag"}, {Name: "CLUSTER_SECRET", Value: "set", Source: "environment", Secret: true}},
	}
}

func systemPages() map[string]dashboard.View {
	return map[string]dashboard.View{
		"system": systemPage(), "empty system": dashboard.SystemPage{Shell: clusterShell(dashboard.NavSystem, "/system")},
		"configuration":       configPage(),
		"empty configuration": dashboard.ConfigPage{Shell: clusterShell(dashboard.NavConfig, "/configuration")},
	}
}

func hostileSystem(s dashboard.Shell, name string) dashboard.SystemPage {
	n := sampleProcess(name)
	n.Boot, n.Region, n.Version, n.Revision, n.GoVersion, n.OS, n.Arch = name, name, name, name, name, name, name
	n.Buffers = []dashboard.Buffer{{Name: name, Limit: 1}}
	return dashboard.SystemPage{Shell: s, Nodes: []dashboard.NodeRuntime{n, {Node: name + "2", Reason: name}}}
}

func hostileConfig(s dashboard.Shell, name string) dashboard.ConfigPage {
	ref := dashboard.ChainRef{ID: 1, Alias: name, Name: name}
	list := []string{name}
	only := []dashboard.Holder{{Node: name, Region: name + "x"}}
	return dashboard.ConfigPage{
		Shell: s, Source: name, Hash: name, Common: name, Own: name, Problems: list, Strategy: name,
		Chains: []dashboard.ConfigChain{{Ref: ref, Aliases: list, Timeouts: []dashboard.Timeout{{Method: name}}, Providers: []dashboard.ConfigProvider{
			{ID: name, Name: name, Transports: list, Categories: list, Methods: list, AgeMethods: list, MaxAge: 1, SharedBy: []string{name, name}},
		}}},
		Foreign:  []dashboard.ChainRow{{Ref: dashboard.ChainRef{ID: 2, Name: name}, OnlyOn: only, Providers: []dashboard.ProviderRow{{Chain: dashboard.ChainRef{ID: 2}, ID: name, OnlyOn: only}}}},
		Nodes:    []dashboard.ConfigNode{{Node: name, Region: name + "2", Hash: name, Known: true, Has: list, Lacks: list}},
		Settings: []dashboard.Setting{{Name: name, Variable: name, Value: name, Source: name}},
	}
}

func nodesInOrder(t *testing.T, root *html.Node) []string {
	t.Helper()
	var got []string
	for n := range root.Descendants() {
		if id := attr(n, "id"); n.Type == html.ElementNode && strings.HasPrefix(id, "run-") {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(id, "run-"), "-b1"))
		}
	}
	return got
}

// TestSystemOrder: a column orders the nodes, and those that said nothing stay
// last in both directions.
func TestSystemOrder(t *testing.T) {
	t.Parallel()
	for sort, want := range map[string][]string{
		"": {"a", "b", "old", "silent"}, "-node": {"b", "a", "silent", "old"}, "memory": {"a", "b", "old", "silent"}, "-memory": {"b", "a", "old", "silent"}, "-cpu": {"b", "a", "old", "silent"},
	} {
		m := systemPage()
		m.Sort = sort
		if got := nodesInOrder(t, fragment(t, m, dashboard.FragmentRuntime)); !slices.Equal(got, want) {
			t.Errorf("sort %q: got %v, want %v", sort, got, want)
		}
	}
}

// TestSystemSilence: who says nothing is told apart from who can not, and near
// a limit a figure is marked.
func TestSystemSilence(t *testing.T) {
	t.Parallel()
	root := fragment(t, systemPage(), dashboard.FragmentRuntime)
	for id, want := range map[string]string{"run-old-b1": "old Version does not tell", "run-silent-b1": "silent No answer"} {
		if got := text(byID(root, id)); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
	if got := len(all(byID(root, "run-b-b1"), "wrn")); got != 2 { // CPU of 2 processors, files
		t.Errorf("%d figures of b are marked, want CPU and files", got)
	}
}

func TestOnlyOnWords(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]dashboard.Holder{
		"only on node-b (eu-west-1)":            {{Node: "node-b", Region: "eu-west-1"}},
		"only on eu-west-1 and c (us)":          {{Node: "eu-west-1", Region: "eu-west-1"}, {Node: "c", Region: "us", Lost: sampleTime()}},
		"only on node-b (eu-west-1), no answer": {{Node: "node-b", Region: "eu-west-1", Lost: sampleTime()}},
	} {
		m := dashboard.ChainsPage{Shell: sampleShell(dashboard.NavChains, "/dashboard/p/chains"), Chains: []dashboard.ChainRow{{Ref: dashboard.ChainRef{ID: 7}, State: ui.State{Status: ui.Healthy}, OnlyOn: list}}}
		if got := text(parse(t, render(t, m.Page()))); !strings.Contains(got, want) {
			t.Errorf("no %q on the page", want)
		}
	}
}
