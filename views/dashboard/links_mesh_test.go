package dashboard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// meshed is a cluster of n nodes that all see each other.
func meshed(n int) dashboard.ClusterPage {
	m := nodesOf(n)
	if n == 3 {
		m = clusterPage()
	}
	for _, from := range m.Nodes {
		row := dashboard.LinkRow{Node: from.ID, Boot: from.Boot, Region: from.Region, Self: from.Self, Told: true}
		for _, to := range m.Nodes {
			l := dashboard.Link{To: to.ID}
			if to.ID != from.ID {
				l.State, l.Since, l.RTT, l.Skew = ui.NodeResponding, sampleTime().Add(-time.Hour), 74*time.Millisecond, -3*time.Millisecond
			}
			row.Cells = append(row.Cells, l)
		}
		m.Links = append(m.Links, row)
	}
	return m
}

// blind makes a node of the mesh not see another one.
func blind(m *dashboard.ClusterPage, from, to int, state ui.NodeState) {
	l := &m.Links[from].Cells[to]
	l.State, l.RTT, l.Skew, l.Reason, l.Since = state, 0, 0, "3 of 3 health checks failed", sampleTime().Add(-209*time.Second)
	if state == "" {
		l.Reason, l.Since = "", time.Time{}
	}
}

// oneWay is a mesh in which the last node does not see the first, which sees it.
func oneWay(n int) dashboard.ClusterPage {
	m := meshed(n)
	blind(&m, n-1, 0, ui.NodeUnresponsive)
	l := m.Links[n-1].Cells[0]
	m.Faults = []dashboard.LinkFault{{
		Kind: dashboard.LinkOneWay, From: m.Links[n-1].Node, To: m.Links[0].Node, State: l.State, Since: l.Since, Reason: l.Reason, SeenBy: []string{m.Links[1].Node},
	}}
	return m
}

// unheard is a mesh of which the second node did not answer.
func unheard(n int) dashboard.ClusterPage {
	m := meshed(n)
	m.Links[1].Told, m.Links[1].Cells, m.Links[1].Reason = false, nil, "no answer within 5 s"
	return m
}

// matrix are the words of the rows of a table.
func matrix(root *html.Node, class string) []string {
	var rows []string
	for _, table := range all(root, class) {
		for n := range table.Descendants() {
			if n.Type == html.ElementNode && n.Data == "tr" {
				rows = append(rows, words(n))
			}
		}
	}
	return rows
}

func TestLinkMatrix(t *testing.T) {
	t.Parallel()
	older, asking, unmet, unknown, broken := unheard(3), unheard(3), unheard(3), meshed(3), meshed(3)
	older.Links[1].Older = true
	asking.Links[1].Asking = true
	unmet.Links[1].Unmet, unmet.Links[1].Reason = true, "this node does not know it"
	blind(&unknown, 0, 2, "")
	blind(&broken, 0, 2, ui.NodeDisconnected)
	blind(&broken, 2, 0, ui.NodeDisconnected)
	broken.Faults = []dashboard.LinkFault{{Kind: dashboard.LinkBroken, From: "us-east-1", To: "ap-southeast-1", State: ui.NodeDisconnected, SeenBy: []string{"eu-west-1"}}}
	const head = "From, to us-east-1 eu-west-1 ap-southeast-1"
	first, second, third := "us-east-1 this node self 74 ms 74 ms", "eu-west-1 74 ms self 74 ms", "ap-southeast-1 74 ms 74 ms self"
	for _, tt := range []struct {
		name string
		page dashboard.ClusterPage
		rows []string
		foot string
	}{
		{"all well", meshed(3), []string{head, first, second, third}, "All 6 links are well, as every node tells"},
		{"one way", oneWay(3), []string{head, "us-east-1 this node self 74 ms 74 ms one way", second, "ap-southeast-1 Unresponsive one way 74 ms self"}, "5 of 6 links well"},
		{"broken", broken, []string{head, "us-east-1 this node self 74 ms Disconnected broken", second, "ap-southeast-1 Disconnected broken 74 ms self"}, "4 of 6 links well"},
		{"not known", unknown, []string{head, "us-east-1 this node self 74 ms Not known", second, third}, "5 of 6 links well"},
		{"no answer", unheard(3), []string{head, first, "eu-west-1 No answer No answer within 5 s.", third}, "4 of 4 links well, 1 node does not tell"},
		{"older", older, []string{head, first, "eu-west-1 This version does not tell", third}, "4 of 4 links well, 1 node does not tell"},
		{"asking", asking, []string{head, first, "eu-west-1 Asking", third}, "4 of 4 links well, 1 node does not tell"},
		{"unmet", unmet, []string{head, first, "eu-west-1 Not asked This node does not know it.", third}, "4 of 4 links well, 1 node does not tell"},
	} {
		root := fragment(t, tt.page, dashboard.FragmentLinks)
		if got := matrix(root, "links"); !slices.Equal(got, tt.rows) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.rows, "\n"))
		}
		if got := texts(all(root, "allgood")); len(got) != 1 || got[0] != tt.foot {
			t.Errorf("%s: foot = %q, want %q", tt.name, got, tt.foot)
		}
		for _, table := range all(root, "links") {
			for n := range table.Descendants() {
				if n.Type == html.ElementNode && n.Data == "th" && attr(n, "scope") == "" {
					t.Errorf("%s: a head of no scope: %s", tt.name, words(n))
				}
			}
		}
	}
}

// TestLinksOfMany: of more than 12 nodes only what is not well is listed.
func TestLinksOfMany(t *testing.T) {
	t.Parallel()
	if got := len(all(fragment(t, meshed(12), dashboard.FragmentLinks), "links")); got != 1 {
		t.Errorf("12 nodes: %d matrices, want 1", got)
	}
	m := oneWay(13)
	m.Links[1] = unheard(13).Links[1]
	m.Links[2].Older, m.Links[2].Told, m.Links[2].Cells = true, false, nil
	root := fragment(t, m, dashboard.FragmentLinks)
	want := []string{
		"From To State Reason Since",
		"node-region-01 No answer No answer within 5 s.",
		"node-region-02 This version does not tell",
		"node-region-12 node-region-00 Unresponsive one way 3 of 3 health checks failed 3 min 29 s",
	}
	if got := matrix(root, "unwell"); !slices.Equal(got, want) {
		t.Errorf("13 nodes: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := texts(all(root, "allgood")); !slices.Equal(got, []string{"131 of 132 links well, 2 nodes do not tell"}) {
		t.Errorf("foot = %q", got)
	}
	if root := fragment(t, meshed(13), dashboard.FragmentLinks); len(matrix(root, "unwell")) != 0 || !strings.Contains(words(root), "All 156 links are well") {
		t.Errorf("13 nodes, all well: %s", words(root))
	}
	crowd := meshed(150)
	for i := 1; i < 150; i++ {
		crowd.Links[i].Told, crowd.Links[i].Cells = false, nil
	}
	crowd.Crowded = true
	blind(&crowd, 0, 9, ui.NodeUnresponsive)
	root = fragment(t, crowd, dashboard.FragmentLinks)
	if got := len(matrix(root, "unwell")); got != 2 || !strings.Contains(words(root), "148 of 149 links of this node well; of so many nodes, the others are not asked") {
		t.Errorf("150 nodes: %d rows: %s", got, words(root))
	}
	torn := meshed(40)
	for i := range 20 {
		for j := 20; j < 40; j++ {
			blind(&torn, i, j, ui.NodeDisconnected)
		}
	}
	root = fragment(t, torn, dashboard.FragmentLinks)
	if got := len(matrix(root, "unwell")); got != 101 || !strings.Contains(words(root), "300 more links are not well") {
		t.Errorf("a mesh torn in two: %d rows: %s", got, words(root))
	}
}

// TestLinkFaults: faults of links are named on the page, in its badge, and in a
// banner.
func TestLinkFaults(t *testing.T) {
	t.Parallel()
	const title = "One-way link: us-east-1 sees ap-southeast-1, ap-southeast-1 does not see us-east-1"
	m := oneWay(3)
	if got := words(fragment(t, m, dashboard.FragmentFindings)); !strings.Contains(got, title+" ap-southeast-1 says: unresponsive, 3 of 3 health checks failed. Since") {
		t.Errorf("findings: %s", got)
	}
	if got := texts(all(fragment(t, m, dashboard.FragmentFacts), "badge")); !slices.Equal(got, []string{"Degraded 1 link at fault"}) {
		t.Errorf("badge = %q", got)
	}
	b := dashboard.LinkBanner(m.Shell, m.Faults)
	if b == nil || b.Title != title+"." || b.Action.Href != "/dashboard/production/cluster#links" || b.Status != ui.Degraded || b.Since.IsZero() {
		t.Errorf("banner: got %+v", b)
	}
	if b := dashboard.LinkBanner(m.Shell, nil); b != nil {
		t.Errorf("banner without faults: got %+v", b)
	}
	for name, tt := range map[string]struct {
		fault dashboard.LinkFault
		want  string
	}{
		"broken":       {dashboard.LinkFault{Kind: dashboard.LinkBroken, From: "a", To: "b", State: ui.NodeDisconnected, SeenBy: []string{"c", "d"}}, "Broken link: a does not see b, seen by c and d a says: disconnected."},
		"not known":    {dashboard.LinkFault{Kind: dashboard.LinkOneWay, From: "a", To: "b"}, "One-way link: b sees a, a does not see b a never heard of b."},
		"seen by none": {dashboard.LinkFault{Kind: dashboard.LinkBroken, From: "a", To: "b", State: ui.NodeUnresponsive}, "Broken link: a does not see b a says: unresponsive."},
	} {
		m.Faults = []dashboard.LinkFault{tt.fault, tt.fault}
		if got := words(fragment(t, m, dashboard.FragmentFindings)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, tt.want)
		}
		if b := dashboard.LinkBanner(m.Shell, m.Faults); !strings.HasPrefix(b.Text, "And 1 more link at fault.") {
			t.Errorf("%s: banner says %q", name, b.Text)
		}
	}
}

// hrefs are the targets of the links with a text.
func hrefs(root *html.Node, text string) []string {
	var out []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && strings.HasPrefix(words(n), text) {
			out = append(out, fmt.Sprint(attr(n, "href"), " ", attr(n, "rel")))
		}
	}
	return out
}

// TestOpenNode: the page leads to the dashboards of other nodes, and to nothing
// that is no address of the web.
func TestOpenNode(t *testing.T) {
	t.Parallel()
	m := clusterPage()
	m.Nodes[0].PublicURL = "https://us.example.com"
	m.Nodes[1].PublicURL = "https://eu.example.com/lasso"
	m.Nodes[2].PublicURL, m.Nodes[2].Profiles = "http://ap.example.com:4000", map[string]string{"other": "1"}
	want := []string{"https://eu.example.com/lasso/dashboard/production/cluster noopener", "http://ap.example.com:4000/dashboard noopener"}
	for _, id := range []string{dashboard.FragmentNodes, dashboard.FragmentNodeTable} {
		if got := hrefs(fragment(t, m, id), "Open"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
	m.Nodes[1].PublicURL = "javascript:alert(1)//"
	for _, href := range hrefs(fragment(t, m, dashboard.FragmentNodes), "Open") {
		if strings.Contains(href, "javascript") {
			t.Errorf("leads to %q", href)
		}
	}
}

// TestActOnOtherNodes: who has the provider is led to, or said how to be.
func TestActOnOtherNodes(t *testing.T) {
	t.Parallel()
	m := providerByRegion()
	m.Operator = &dashboard.Operator{Node: "us-1", Region: "us-east-1"}
	m.Others = []dashboard.OtherNode{{ID: "ap-1", Region: "ap-southeast-1"}, {ID: "eu-1", Page: "https://eu.example.com/dashboard/p"}, {ID: "eu-2"}}
	m.Regions[1].Nodes = []dashboard.RegionNode{{ID: "eu-1", Page: "https://eu.example.com/dashboard/p"}}
	m.Regions[0].Nodes = append(m.Regions[0].Nodes, dashboard.RegionNode{ID: "us-3", Page: "https://us3.example.com/dashboard/p"})
	root := fragment(t, m, dashboard.FragmentActions)
	if got := hrefs(root, "Act on"); !slices.Equal(got, []string{"https://eu.example.com/dashboard/p noopener"}) {
		t.Errorf("actions: got %q", got)
	}
	if got := words(root); !strings.Contains(got, "Sign in to act") || !strings.Contains(got, "To act on ap-1 and eu-2 from here, set LASSO_PUBLIC_URL on those nodes.") {
		t.Errorf("actions: %s", got)
	}
	if got := hrefs(fragment(t, m, dashboard.FragmentStatus), "Act on"); !slices.Equal(got, []string{"https://us3.example.com/dashboard/p noopener", "https://eu.example.com/dashboard/p noopener"}) {
		t.Errorf("regions: got %q", got)
	}
	m.Operator, m.Others = nil, m.Others[:1]
	if got := words(fragment(t, m, dashboard.FragmentActions)); !strings.Contains(got, "none on this node") || !strings.Contains(got, "To act on ap-1 from here, set LASSO_PUBLIC_URL on that node.") {
		t.Errorf("no actions here: %s", got)
	}
	m.Others = nil
	for i := range 9 {
		m.Others = append(m.Others, dashboard.OtherNode{ID: fmt.Sprint("n", i), Page: "https://n.example.com/dashboard"})
	}
	root = fragment(t, m, dashboard.FragmentActions)
	if got := hrefs(root, "Act on"); len(got) != 6 || !strings.Contains(words(root), "and 3 more") {
		t.Errorf("many nodes: %d links: %s", len(got), words(root))
	}
}
