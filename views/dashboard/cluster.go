package dashboard

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m ClusterPage) Page() templ.Component { return clusterPage(m.noticed()) }

// Fragment renders one of FragmentFacts, FragmentNodes, FragmentNodeTable,
// FragmentFindings, FragmentChart, FragmentLinks, FragmentEvents and
// FragmentSetup; of a node that stands alone only FragmentFacts.
func (m ClusterPage) Fragment(id string) (templ.Component, bool) {
	m = m.noticed()
	if !m.Enabled && id != FragmentFacts {
		return nil, false
	}
	switch id {
	case FragmentFacts:
		return together(m.Shell, clusterFacts(m)), true
	case FragmentNodes:
		return nodeCards(m), true
	case FragmentNodeTable:
		return nodeTable(m), true
	case FragmentFindings:
		return clusterFindings(m), true
	case FragmentChart:
		return clusterChart(m), true
	case FragmentLinks:
		return clusterMesh(m), true
	case FragmentEvents:
		return clusterEvents(m), true
	case FragmentSetup:
		return clusterSetup(m), true
	}
	return nil, false
}

// noticed is the page with the banner of a partition, which goes before any
// other.
func (m ClusterPage) noticed() ClusterPage {
	if b := Partition(m.Shell, m.Nodes); b != nil {
		m.Banner = b
	}
	return m
}

// Partition is the banner for nodes that do not answer; nil when all do. It is
// meant for every page, and goes before other banners.
func Partition(s Shell, nodes []Node) *Banner {
	var lost, fine []Node
	for _, n := range nodes {
		switch n.State {
		case ui.NodeDisconnected, ui.NodeUnresponsive:
			lost = append(lost, n)
		case ui.NodeResponding:
			fine = append(fine, n)
		case ui.NodeConnected, ui.NodeDiscovering:
		}
	}
	if len(lost) == 0 {
		return nil
	}
	since := lost[0].Since
	for _, n := range lost {
		if since.IsZero() || !n.Since.IsZero() && n.Since.Before(since) {
			since = n.Since
		}
	}
	status, word := ui.Degraded, "unresponsive"
	if slices.ContainsFunc(lost, Node.lost) {
		status, word = ui.CircuitOpen, "unreachable"
	}
	title := fmt.Sprintf("%d of %d known nodes, %s %s", len(fine), len(nodes), lostWords(lost, fine), word)
	if !since.IsZero() {
		title += " since " + shortClock(s.Now, since)
	} else {
		title += "."
	}
	text := "Figures leave " + noun(len(lost), "it", "them") + " out."
	if r := regionsOf(fine); len(r) > 0 {
		text += " Requests in " + listWords(r) + " are not affected."
	}
	return &Banner{
		Status: status, Title: title, Text: text, Alert: true, Since: since,
		Action: Way{Label: "Show events", Href: string(s.clusterHref()) + "#" + FragmentEvents},
	}
}

// lostWords names what is lost: a region when none of its nodes answers, else
// the node.
func lostWords(lost, fine []Node) string {
	up := regionsOf(fine)
	names := make([]string, 0, len(lost))
	for _, n := range lost {
		name := n.Region
		if name == "" || slices.Contains(up, name) {
			name = n.ID
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return listWords(names)
}

func regionsOf(nodes []Node) []string {
	var out []string
	for _, n := range nodes {
		if n.Region != "" && !slices.Contains(out, n.Region) {
			out = append(out, n.Region)
		}
	}
	return out
}

// mostNames is how many names a sentence lists.
const mostNames = 4

// listWords joins names: "a", "a and b", "a, b and c".
func listWords(names []string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > mostNames:
		return strings.Join(names[:mostNames-1], ", ") + " and " + strconv.Itoa(n-mostNames+1) + " more"
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// shortClock is a time of today as a clock, else its date.
func shortClock(now, at time.Time) string {
	switch {
	case at.IsZero():
		return views.None
	case now.Sub(at) >= 20*time.Hour:
		return at.UTC().Format("2 Jan")
	}
	return views.Clock(at)
}

func (m ClusterPage) count(states ...ui.NodeState) int {
	n := 0
	for _, node := range m.Nodes {
		if slices.Contains(states, node.State) {
			n++
		}
	}
	return n
}

func (m ClusterPage) duplicates() []string {
	var out []string
	for _, n := range m.Nodes {
		if n.Duplicate && !slices.Contains(out, n.ID) {
			out = append(out, n.ID)
		}
	}
	return out
}

// fewer is how many nodes are missing of the expected size.
func (m ClusterPage) fewer() int { return max(m.Expected-len(m.Nodes), 0) }

// verdict is the cluster's badge.
func (m ClusterPage) verdict() (st ui.Status, word, extra string) {
	of := func(n int, words string) string { return fmt.Sprintf("%d of %d nodes %s", n, len(m.Nodes), words) }
	lost, deaf, joining := m.count(ui.NodeDisconnected), m.count(ui.NodeUnresponsive), m.count(ui.NodeConnected, ui.NodeDiscovering)
	switch {
	case lost > 0:
		return ui.CircuitOpen, "Partitioned", of(lost, "lost")
	case deaf > 0:
		return ui.Degraded, "Degraded", of(deaf, "unresponsive")
	case len(m.duplicates()) > 0:
		return ui.Degraded, "Duplicate id", listWords(m.duplicates())
	case m.fewer() > 0:
		return ui.Degraded, "Incomplete", m.fewerWords()
	case len(m.Faults) > 0:
		return ui.Degraded, "Degraded", views.Count(len(m.Faults), "link", "links") + " at fault"
	case joining > 0:
		return ui.Recovering, "Joining", of(joining, "joining")
	}
	return ui.Healthy, "Healthy", fmt.Sprintf("%d of %d %s", len(m.Nodes), len(m.Nodes), noun(len(m.Nodes), "node", "nodes"))
}

func (m ClusterPage) fewerWords() string { return strconv.Itoa(m.fewer()) + " fewer than expected" }

// mostCards is how many nodes have a card; of more, only those with something
// to say.
const mostCards = 12

// cards are the nodes that have a card, and how many more there are.
func (m ClusterPage) cards() (shown []Node, more int) {
	if len(m.Nodes) <= mostCards {
		return m.Nodes, 0
	}
	for _, n := range m.Nodes {
		if (n.Self || n.State != ui.NodeResponding || n.Duplicate) && len(shown) < mostCards {
			shown = append(shown, n)
		}
	}
	return shown, len(m.Nodes) - len(shown)
}

// openHref is this page on another node, or its first page where it does not
// have the profile. It is a stranger's: only addresses of the web are taken.
func (m ClusterPage) openHref(n Node) templ.SafeURL {
	path := "/dashboard"
	if _, ok := n.Profiles[m.Profile.Slug]; ok {
		path += "/" + url.PathEscape(m.Profile.Slug) + "/cluster"
	}
	return templ.URL(n.PublicURL + path)
}

func (n Node) heard(s Shell) string {
	switch {
	case n.Self:
		return "this node"
	case n.LastSeen.IsZero():
		return "never"
	}
	if d := s.Now.Sub(n.LastSeen); d < 10*time.Second {
		return views.Fine(d) + " ago"
	}
	return ago(s, n.LastSeen)
}

func (n Node) lost() bool { return n.State == ui.NodeDisconnected }

// up is for how long the node runs; of one that is gone, nothing is known.
func (n Node) up(s Shell) string {
	if n.lost() {
		return views.None
	}
	return views.Since(s.Now, n.Started)
}

func (n Node) roundTrip() string {
	switch {
	case n.Self:
		return "this node"
	case n.RTT <= 0 || n.lost():
		return views.None
	}
	return views.Milliseconds(float64(n.RTT.Microseconds()) / 1000)
}

func (n Node) skew() string {
	switch {
	case n.Self || n.RTT <= 0 || n.lost():
		return views.None
	case n.Skew.Abs() < 50*time.Microsecond:
		return "0 ms"
	}
	sign, d := "+", n.Skew
	if d < 0 {
		sign, d = "−", -d
	}
	return sign + views.Milliseconds(float64(d.Microseconds())/1000)
}

// skewLimit is from where on a clock is marked: figures by the second no
// longer fit together.
const skewLimit = time.Second

func (n Node) skewed() bool { return !n.lost() && (n.Skew >= skewLimit || n.Skew <= -skewLimit) }

func (n Node) config() string { return clip7(n.Config) }

// clip7 is a hash as short as people write it.
func clip7(hash string) string {
	switch r := []rune(hash); {
	case hash == "":
		return views.None
	case len(r) > 7:
		return string(r[:7])
	}
	return hash
}

func (n Node) address() string {
	switch len(n.Addresses) {
	case 0:
		return views.None
	case 1:
		return n.Addresses[0]
	}
	return n.Addresses[0] + " +" + strconv.Itoa(len(n.Addresses)-1)
}

// why is the sentence under a node's name; empty when there is nothing to say.
func (n Node) why(s Shell) string {
	var parts []string
	if n.Duplicate {
		parts = append(parts, "Two processes use this id: give each its own LASSO_NODE_ID.")
	}
	if n.State != ui.NodeResponding && n.Reason != "" {
		parts = append(parts, sentenceOf(n.Reason))
	}
	if n.State != ui.NodeResponding && !n.Since.IsZero() && !n.Self {
		parts = append(parts, "Since "+shortClock(s.Now, n.Since)+".")
	}
	return strings.Join(parts, " ")
}

// sentenceOf makes a reason a sentence.
func sentenceOf(s string) string {
	if s == "" {
		return ""
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if last := s[len(s)-1]; last != '.' && last != '!' && last != '?' {
		s += "."
	}
	return s
}

// rowIDs are the ids of the rows of nodes: node and boot, told apart where two
// are the same.
func rowIDs(prefix string, nodes []Node) []string {
	seen := make(map[string]int, len(nodes))
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		id := prefix + "-" + n.ID + "-" + n.Boot
		seen[id]++
		if k := seen[id]; k > 1 {
			id += "-again-" + strconv.Itoa(k)
		}
		out = append(out, id)
	}
	return out
}

func compareNodes(key string, a, b Node) int {
	switch key {
	case "state":
		return cmp.Compare(a.State.Rank(), b.State.Rank())
	case "node":
		return cmp.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID))
	case "region":
		return cmp.Compare(a.Region, b.Region)
	case "version":
		return cmp.Compare(a.Version, b.Version)
	case "config":
		return cmp.Compare(a.Config, b.Config)
	case "up":
		return b.Started.Compare(a.Started)
	case "rtt":
		return cmp.Compare(a.RTT, b.RTT)
	case "skew":
		return cmp.Compare(a.Skew.Abs(), b.Skew.Abs())
	case "cpu":
		return cmp.Compare(a.use().CPU, b.use().CPU)
	case "memory":
		return cmp.Compare(a.use().RSS, b.use().RSS)
	case "failed":
		return cmp.Compare(a.Failures, b.Failures)
	case "heard":
		return b.LastSeen.Compare(a.LastSeen)
	}
	return 0
}

// sortNodes returns the nodes in an order; problems first when the key is not
// known.
func sortNodes(nodes []Node, by string) []Node {
	o := parseOrder(by)
	out := slices.Clone(nodes)
	slices.SortStableFunc(out, func(a, b Node) int {
		c := compareNodes(o.key, a, b)
		if o.desc {
			c = -c
		}
		if c == 0 {
			c = compareNodes("state", a, b)
		}
		return c
	})
	return out
}

func (s Shell) nodeColumn(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.Sort, "state", first, right, func(q *query, v string) { q.sort = v })
}
