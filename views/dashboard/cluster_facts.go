package dashboard

import (
	"maps"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Difference is a part of the configuration in which nodes are not alike.
type Difference struct {
	Title string // "2 nodes run another profile"
	What  string // "another profile"
	Name  string // what it is about: the profile; may be empty
	Here  string // how this node has it
	Nodes []Differs
}

// Differs is one node and how it has it.
type Differs struct{ Node, Has, AsOf string }

// differences compares all nodes with this one, which is the first that is
// marked so, else the first. Nodes that did not say what they run are left out.
func (m ClusterPage) differences() []Difference {
	self := slices.IndexFunc(m.Nodes, func(n Node) bool { return n.Self })
	if self < 0 {
		return nil
	}
	here := m.Nodes[self]
	others := make([]Node, 0, len(m.Nodes))
	for i, n := range m.Nodes {
		if i != self && (n.Config != "" || n.Version != "") {
			others = append(others, n)
		}
	}
	var out []Difference
	add := func(d Difference, verbs [2]string, rest string) {
		if len(d.Nodes) > 0 {
			d.What = strings.TrimSuffix(rest, ":")
			d.Title = views.Count(len(d.Nodes), "node", "nodes") + " " + noun(len(d.Nodes), verbs[0], verbs[1]) + " " + rest
			out = append(out, d)
		}
	}
	run := [2]string{"runs", "run"}
	version := Difference{Here: orNone(here.Version)}
	for _, n := range others {
		if n.Version != here.Version {
			version.Nodes = append(version.Nodes, m.differs(n, orNone(n.Version)))
		}
	}
	add(version, run, "another version")
	explained := map[string]bool{}
	for _, slug := range m.profileSlugs(here, others) {
		mine, configured := here.Profiles[slug]
		other := Difference{Name: slug, Here: clip7(mine)}
		lacks, has := other, other
		has.Here = "not configured"
		for _, n := range others {
			hash, ok := n.Profiles[slug]
			switch {
			case n.Profiles == nil || ok == configured && hash == mine:
				continue
			case !configured:
				has.Nodes = append(has.Nodes, m.differs(n, clip7(hash)))
			case !ok:
				lacks.Nodes = append(lacks.Nodes, m.differs(n, "not configured"))
			default:
				other.Nodes = append(other.Nodes, m.differs(n, clip7(hash)))
			}
			explained[n.ID+"\x00"+n.Boot] = true
		}
		add(other, run, "another profile")
		add(lacks, [2]string{"does not have", "do not have"}, "the profile")
		add(has, [2]string{"has", "have"}, "a profile that this node does not have:")
	}
	rest := Difference{Here: here.config()}
	for _, n := range others {
		if n.Config != "" && n.Config != here.Config && !explained[n.ID+"\x00"+n.Boot] {
			rest.Nodes = append(rest.Nodes, m.differs(n, n.config()))
		}
	}
	add(rest, run, "another configuration outside the profiles")
	return out
}

// ConfigDiffers is the banner that says that nodes which answer route the
// profile of the page by another configuration than this one; nil when none
// does.
func ConfigDiffers(s Shell, nodes []Node) *Banner {
	answering := slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return !n.Self && n.State != ui.NodeResponding })
	for _, d := range (ClusterPage{Shell: s, Nodes: answering}).differences() {
		if d.Name == "" || d.Name != s.Profile.Slug {
			continue
		}
		names := make([]string, 0, len(d.Nodes))
		for _, n := range d.Nodes {
			names = append(names, n.Node)
		}
		return &Banner{
			Status: ui.Degraded, Title: strings.TrimSuffix(d.Title, ":") + " " + s.Profile.label() + ".",
			Text:   "Each routes by its own: " + listWords(names) + " " + noun(len(names), "differs", "differ") + " from this node.",
			Action: Way{Label: "Show differences", Href: string(s.clusterHref()) + "#" + FragmentDiffs},
		}
	}
	return nil
}

func (m ClusterPage) profileSlugs(here Node, others []Node) []string {
	all := map[string]bool{}
	for slug := range here.Profiles {
		all[slug] = true
	}
	for _, n := range others {
		for slug := range n.Profiles {
			all[slug] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// differs says of a node that is gone from when its configuration is.
func (m ClusterPage) differs(n Node, has string) Differs {
	d := Differs{Node: n.ID, Has: has}
	if n.lost() && !n.LastSeen.IsZero() {
		d.AsOf = "as of " + shortClock(m.Now, n.LastSeen)
	}
	return d
}

func orNone(s string) string {
	if s == "" {
		return views.None
	}
	return s
}

// alike is the foot of the table of nodes.
func (m ClusterPage) alike() (ui.Status, string) {
	if n := len(m.differences()); n > 0 {
		return ui.Degraded, "Versions or configurations differ, see below"
	}
	if len(m.Nodes) < 2 {
		return ui.Healthy, "One node: nothing to compare"
	}
	for _, n := range m.Nodes {
		if n.lost() {
			return ui.Degraded, "Version and configuration of " + n.ID + " are as of " + shortClock(m.Now, n.LastSeen)
		}
	}
	return ui.Healthy, "Same version and configuration on all nodes"
}

func (m ClusterPage) discovery() string {
	switch m.Discovery {
	case "dns":
		return "DNS"
	case "mdns":
		return "mDNS, on the local network"
	case "nats":
		return "An existing NATS"
	case "", "none":
		return "none"
	}
	return m.Discovery
}

func (m ClusterPage) security() string {
	switch m.Security {
	case "secret":
		return "Shared secret"
	case "tls":
		return "Mutual TLS"
	case "", "none":
		return "None"
	}
	return m.Security
}

func (m ClusterPage) insecure() bool { return m.Security == "" || m.Security == "none" }

// securityWarning is what follows from having none.
const securityWarning = "Whoever reaches the cluster port can join and be believed. Set CLUSTER_SECRET to the same value on all nodes, or use mutual TLS."

// title is what happened to whom.
func (e TopologyEvent) title() string {
	switch {
	case e.Kind == "node_identified":
		return e.Node + " identified"
	case e.Kind == "node_disconnected", e.To == ui.NodeDisconnected:
		return e.Node + " disconnected"
	case e.To != "":
		return e.Node + " " + lower(e.To.Word())
	case e.Kind == "node_connected":
		return e.Node + " connected"
	}
	return e.Node + " changed"
}

func (e TopologyEvent) status() ui.Status {
	switch {
	case e.Kind == "node_disconnected":
		return ui.CircuitOpen
	case e.To != "":
		return e.To.Status()
	case e.Kind == "node_connected", e.Kind == "node_identified":
		return ui.Recovering
	}
	return ui.Unknown
}

// words are the region, where it was before, and why.
func (e TopologyEvent) words() string {
	var parts []string
	if e.Region != "" && e.Region != e.Node {
		parts = append(parts, e.Region)
	}
	if e.From != "" && e.To != "" && e.From != e.To {
		parts = append(parts, "was "+lower(e.From.Word()))
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	return strings.Join(parts, " · ")
}

func started(n Node) string {
	if n.Started.IsZero() {
		return ""
	}
	return "Started " + views.Stamp(n.Started)
}

func bootWords(n Node) string {
	if n.Boot == "" {
		return n.ID
	}
	return n.ID + ", boot " + n.Boot
}

const clusterExample = `CLUSTER_DNS_QUERY=lasso.internal
CLUSTER_NODE_BASENAME=lasso
LASSO_NODE_ID=us-east-1
LASSO_REGION=us-east-1
CLUSTER_SECRET=<the same on all nodes>`

// gains are what clustering brings.
func gains() []string {
	return []string{
		"each node's dashboard speaks for all nodes, and says for how many",
		"every provider stands side by side in every region",
		"breakers, limits and heights of all nodes are seen at once",
		"a lost node or region is named, and routing does not notice",
	}
}
