package dashboard_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// all finds elements by a class.
func all(root *html.Node, class string) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), class) {
			out = append(out, n)
		}
	}
	return out
}

// words are the texts of an element, one space between each.
func words(n *html.Node) string {
	var parts []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			parts = append(parts, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(parts, " ")
}

func texts(nodes []*html.Node) []string {
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, words(n))
	}
	return out
}

func fragment(tb testing.TB, v dashboard.View, id string) *html.Node {
	tb.Helper()
	c, ok := v.Fragment(id)
	if !ok {
		tb.Fatalf("no fragment %q", id)
	}
	return parse(tb, render(tb, c))
}

// TestNodeStates checks that a state is never colour alone, and that the five
// differ in shape and in word.
func TestNodeStates(t *testing.T) {
	t.Parallel()
	want := map[ui.NodeState]string{
		ui.NodeDiscovering: "#s-unk Discovering", ui.NodeConnected: "#s-recov Connected", ui.NodeResponding: "#s-ok Responding",
		ui.NodeUnresponsive: "#s-degr Unresponsive", ui.NodeDisconnected: "#s-open Disconnected",
	}
	for _, state := range ui.NodeStates() {
		root := parse(t, render(t, ui.NodeWord(state)))
		got := ""
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "use" {
				got = attr(n, "href")
			}
		}
		if got += " " + words(root); got != want[state] {
			t.Errorf("%s is drawn as %q, want %q", state, got, want[state])
		}
	}
}

func TestClusterBadge(t *testing.T) {
	t.Parallel()
	state := func(s ui.NodeState) dashboard.ClusterPage {
		m := clusterPage()
		lose(&m.Nodes[1], s)
		return m
	}
	smaller := clusterPage()
	smaller.Expected = 4
	duplicate := clusterPage()
	duplicate.Nodes[1].Duplicate = true
	tests := []struct {
		name string
		page dashboard.ClusterPage
		want string
	}{
		{"whole", clusterPage(), "Healthy 3 of 3 nodes"},
		{"disconnected", state(ui.NodeDisconnected), "Partitioned 1 of 3 nodes lost"},
		{"unresponsive", state(ui.NodeUnresponsive), "Degraded 1 of 3 nodes unresponsive"},
		{"discovering", state(ui.NodeDiscovering), "Joining 1 of 3 nodes joining"},
		{"fewer", smaller, "Incomplete 1 fewer than expected"},
		{"duplicate", duplicate, "Duplicate id eu-west-1"},
	}
	for _, tt := range tests {
		if got := texts(all(fragment(t, tt.page, dashboard.FragmentFacts), "badge")); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: badge = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPartitionBanner(t *testing.T) {
	t.Parallel()
	if b := dashboard.Partition(clusterPage().Shell, clusterPage().Nodes); b != nil {
		t.Errorf("banner of a whole cluster = %q, want none", b.Title)
	}
	root := parse(t, render(t, partitioned().Page()))
	got := words(byID(root, "banner"))
	want := "2 of 3 known nodes, eu-west-1 unreachable since 14:28:39 (3 min 29 s). Figures leave it out. " +
		"Requests in us-east-1 and ap-southeast-1 are not affected. Show events"
	if got != want {
		t.Errorf("banner = %q, want %q", got, want)
	}
	section := byID(root, "banner").FirstChild
	if attr(section, "role") != "alert" || attr(section, "class") != "banner b-open" {
		t.Errorf("the banner has role %q and class %q", attr(section, "role"), attr(section, "class"))
	}
	for n := range section.Descendants() { // a ticking age must not be announced every second
		if n.Data == "time" && attr(n, "class") == "num" && attr(n, "aria-hidden") != "true" {
			t.Error("the age inside the alert is announced")
		}
		if n.Data == "a" && attr(n, "href") != "/dashboard/production/cluster#events" {
			t.Errorf("the action leads to %q", attr(n, "href"))
		}
	}

	nodes := clusterPage().Nodes
	nodes = append(nodes, sampleNode(3, "eu-2", "eu-west-1"), sampleNode(4, "us-2", "us-east-1"))
	lose(&nodes[1], ui.NodeUnresponsive) // its region has another node
	b := dashboard.Partition(clusterPage().Shell, nodes)
	if b == nil || b.Title != "4 of 5 known nodes, eu-west-1 unresponsive since 14:28:39" || b.Status != ui.Degraded {
		t.Errorf("banner of one silent node = %+v", b)
	}
	nodes[1].ID = "eu-1"
	lose(&nodes[4], ui.NodeDisconnected)
	if b := dashboard.Partition(clusterPage().Shell, nodes); b == nil || !strings.HasPrefix(b.Title, "3 of 5 known nodes, eu-1 and us-2 unreachable") {
		t.Errorf("banner of two nodes = %+v", b)
	}
}

func TestNodeTable(t *testing.T) {
	t.Parallel()
	m := partitioned()
	cells := func(root *html.Node, id string) []string {
		var got []string
		for cell := range byID(root, id).ChildNodes() {
			got = append(got, words(cell))
		}
		return got
	}
	root := fragment(t, m, dashboard.FragmentNodeTable)
	tests := map[string][]string{
		"node-us-east-1-boot-0": {"Responding", "us-east-1 this node", "us-east-1", "10.0.1.12:4369", "0.9.2", "c41f9e2", "6 d 4 h", "this node", "–", "31 %", "412 MiB", "0", "this node"},
		"node-eu-west-1-boot-1": {
			"Disconnected", "eu-west-1 The connection to it was lost. Since 14:28:39.", "eu-west-1", "10.0.2.12:4369", "0.9.2", "c41f9e2",
			"–", "–", "–", "–", "–", "3", "3 min 29 s ago",
		},
		"node-ap-southeast-1-boot-2": {"Responding", "ap-southeast-1", "ap-southeast-1", "10.0.3.12:4369", "0.9.2", "c41f9e2", "6 d 4 h", "74 ms", "−3 ms", "31 %", "412 MiB", "0", "0.9 s ago"},
	}
	for id, want := range tests {
		if got := cells(root, id); !slices.Equal(got, want) {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
	if got := attr(all(byID(root, "node-us-east-1-boot-0"), "pn")[0], "title"); got != "us-east-1, boot boot-0" {
		t.Errorf("title of a node = %q", got)
	}
	order := func(by string) string {
		m.Sort = by
		var ids []string
		for _, r := range all(fragment(t, m, dashboard.FragmentNodeTable), "row") {
			ids = append(ids, attr(r, "id")[len("node-"):][:2])
		}
		return strings.Join(ids, " ")
	}
	for by, want := range map[string]string{"": "eu us ap", "node": "ap eu us", "-node": "us eu ap", "-failed": "eu us ap", "nonsense": "eu us ap"} {
		if got := order(by); got != want {
			t.Errorf("sort %q: %q, want %q", by, got, want)
		}
	}
}

func TestDuplicateNodes(t *testing.T) {
	t.Parallel()
	m := troubled()
	m.Nodes[3].Boot = m.Nodes[1].Boot // even then rows have ids of their own
	for _, id := range []string{dashboard.FragmentNodeTable, dashboard.FragmentNodes} {
		root := fragment(t, m, id)
		checkIDsOf(t, root)
		if got := strings.Count(words(root), "Two processes use this id: give each its own LASSO_NODE_ID."); got != 2 {
			t.Errorf("%s says so %d times, want 2", id, got)
		}
	}
}

func checkIDsOf(t *testing.T, root *html.Node) {
	t.Helper()
	seen := map[string]bool{}
	for n := range root.Descendants() {
		if id := attr(n, "id"); id != "" {
			if seen[id] {
				t.Errorf("id %q is not unique", id)
			}
			seen[id] = true
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	quiet, _ := clusterPage().Fragment(dashboard.FragmentFindings)
	if page := render(t, quiet); !bytes.HasSuffix(page, []byte("></div>")) {
		t.Errorf("without findings the fragment is not empty: %s", page)
	}
	root := fragment(t, troubled(), dashboard.FragmentFindings)
	var got []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "li" {
			got = append(got, words(n))
		}
	}
	want := []string{
		"1 node runs another version this node 0.9.2 ap-southeast-1 0.9.1",
		"1 node has a profile that this node does not have: extra this node not configured ap-southeast-1 1",
		"1 node does not have the profile production this node aa11 ap-southeast-1 not configured",
		"2 nodes run another profile public this node bb22 eu-west-1 ff00 ap-southeast-1 ff00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("differences = %q, want %q", got, want)
	}
	if got := words(root); !strings.Contains(got, "10.0.9.9:4369 Another secret.") || !strings.Contains(got, "calls itself eu-west-2 It speaks cluster protocol 1.") {
		t.Errorf("the strangers are not named: %q", got)
	}

	m := clusterPage()
	m.Nodes[1].Config = "other"
	lose(&m.Nodes[1], ui.NodeDisconnected)
	got = texts(all(fragment(t, m, dashboard.FragmentFindings), "diffs"))
	if want := []string{"1 node runs another configuration outside the profiles this node c41f9e2 eu-west-1 other as of 14:28:39"}; !slices.Equal(got, want) {
		t.Errorf("difference of a lost node = %q, want %q", got, want)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	if got := words(fragment(t, clusterPage(), dashboard.FragmentSetup)); got != "Setup Discovery DNS looked up 3 s ago Security Shared secret Expected size 3" {
		t.Errorf("setup = %q", got)
	}
	got := words(fragment(t, troubled(), dashboard.FragmentSetup))
	for _, want := range []string{"Last look-up failed: no such host. Known nodes stay.", "Security None", "5 1 fewer than expected", "Whoever reaches the cluster port can join"} {
		if !strings.Contains(got, want) {
			t.Errorf("setup = %q, want %q in it", got, want)
		}
	}
}

func TestClusterEvents(t *testing.T) {
	t.Parallel()
	var got []string
	for n := range fragment(t, partitioned(), dashboard.FragmentEvents).Descendants() {
		if n.Type == html.ElementNode && n.Data == "li" {
			got = append(got, words(n))
		}
	}
	want := []string{
		"14:31:58 eu-west-1 disconnected was responding · gone",
		"14:31:48 eu-west-1 responding was unresponsive · it answers again",
		"21 Nov eu-west-1 identified",
		"21 Nov eu-west-1 connected",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
	if got := words(fragment(t, partitioned(), dashboard.FragmentChart)); !strings.Contains(got, "14:31:58 eu-west-1 lost") {
		t.Errorf("the chart does not mark the loss: %q", got)
	}
}

func TestManyNodes(t *testing.T) {
	t.Parallel()
	m := nodesOf(100)
	lose(&m.Nodes[50], ui.NodeUnresponsive)
	root := fragment(t, m, dashboard.FragmentNodes)
	if got := len(all(root, "ncard")); got != 2 {
		t.Errorf("cards = %d, want this node and the one with a problem", got)
	}
	if got := texts(all(root, "more")); len(got) != 1 || got[0] != "98 more nodes, in the table below." {
		t.Errorf("the rest = %q", got)
	}
	if got := len(all(fragment(t, m, dashboard.FragmentNodeTable), "row")); got != 100 {
		t.Errorf("rows = %d, want 100", got)
	}
	chart := fragment(t, m, dashboard.FragmentChart)
	if got := len(all(chart, "ln")); got != 0 {
		t.Errorf("a chart of 100 regions has %d lines, want small charts", got)
	}
	if got := len(all(chart, "spark")); got != 100 {
		t.Errorf("small charts = %d, want 100", got)
	}
}

func TestStandalone(t *testing.T) {
	t.Parallel()
	m := dashboard.ClusterPage{Shell: sampleShell(dashboard.NavCluster, "/dashboard/production/cluster")}
	got := words(parse(t, render(t, m.Page())))
	for _, want := range []string{"This node stands alone", "CLUSTER_DNS_QUERY and CLUSTER_NODE_BASENAME together turn it on", "docs/clustering.md"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestClockSkewIsMarked(t *testing.T) {
	t.Parallel()
	m := clusterPage()
	m.Nodes[1].Skew, m.Nodes[2].Skew = 1200*time.Millisecond, -900*time.Millisecond
	if got := texts(all(fragment(t, m, dashboard.FragmentNodeTable), "wrn")); !slices.Equal(got, []string{"+1.20 s"}) {
		t.Errorf("marked = %q, want the skew of over a second", got)
	}
}
