package dashboard

import (
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

const (
	mostMatrix = 12  // of more nodes, only the links that are not well are listed
	mostUnwell = 100 // of these, so many; the file has all
)

// well tells whether the other passes the health checks of the one.
func (l Link) well() bool { return l.State == ui.NodeResponding }

// word is the state in a word.
func (l Link) word() string {
	if l.State == "" {
		return "Not known"
	}
	return l.State.Word()
}

// roundTrip is how long the other takes to answer; the word where that is not
// known.
func (l Link) roundTrip() string {
	if l.RTT <= 0 {
		return l.word()
	}
	return views.Milliseconds(float64(l.RTT.Microseconds()) / 1000)
}

// words say all that is known of a link.
func (m ClusterPage) linkWords(r LinkRow, l Link) string {
	if l.State == "" {
		return r.Node + " does not know " + l.To
	}
	parts := []string{r.Node + " sees " + l.To + " as " + lower(l.State.Word())}
	if !l.Since.IsZero() {
		parts = append(parts, "since "+views.Stamp(l.Since))
	}
	if l.RTT > 0 && l.well() {
		parts = append(parts, "clock skew "+Node{RTT: l.RTT, Skew: l.Skew}.skew())
	}
	if l.Reason != "" && !l.well() {
		parts = append(parts, l.Reason)
	}
	return strings.Join(parts, ", ")
}

// silence is why a row has no cells.
func (r LinkRow) silence() (st ui.Status, word, why string) {
	switch {
	case r.Asking:
		return ui.Unknown, "Asking", ""
	case r.Unmet:
		return ui.Degraded, "Not asked", "This node does not know it."
	case r.Older:
		return ui.Unknown, "This version does not tell", ""
	}
	return ui.Degraded, "No answer", sentenceOf(r.Reason)
}

// folded tells whether there are too many nodes for a matrix.
func (m ClusterPage) folded() bool { return len(m.Links) > mostMatrix }

// faulty is the word for a fault between two nodes, whichever way it is looked
// at; empty for none.
func (m ClusterPage) faulty(from, to string) string {
	for _, f := range m.Faults {
		if f.From == from && f.To == to || f.From == to && f.To == from {
			return f.word()
		}
	}
	return ""
}

func (f LinkFault) word() string {
	if f.Kind == LinkOneWay {
		return "one way"
	}
	return "broken"
}

// title names a fault.
func (f LinkFault) title() string {
	if f.Kind == LinkOneWay {
		return "One-way link: " + f.To + " sees " + f.From + ", " + f.From + " does not see " + f.To
	}
	title := "Broken link: " + f.From + " does not see " + f.To
	if len(f.SeenBy) > 0 {
		title += ", seen by " + listWords(f.SeenBy)
	}
	return title
}

// why is what the node at fault says.
func (f LinkFault) why() string {
	switch {
	case f.State == "":
		return f.From + " never heard of " + f.To + "."
	case f.Reason == "":
		return f.From + " says: " + lower(f.State.Word()) + "."
	}
	return f.From + " says: " + lower(f.State.Word()) + ", " + strings.TrimSuffix(f.Reason, ".") + "."
}

// unwell is a link that is not well, or a node that tells of none.
type unwell struct {
	LinkRow
	Link
}

// unwellLinks are those of all nodes, and how many more there are.
func (m ClusterPage) unwellLinks() (list []unwell, more int) {
	for _, r := range m.Links {
		if !r.Told && !m.Crowded {
			list = append(list, unwell{LinkRow: r})
		}
		for _, l := range r.Cells {
			if l.To != r.Node && !l.well() {
				list = append(list, unwell{r, l})
			}
		}
	}
	n := min(len(list), mostUnwell)
	return list[:n], len(list) - n
}

// wellLinks counts the links that nodes told of, and those that are well.
func (m ClusterPage) wellLinks() (well, all int) {
	for _, r := range m.Links {
		for _, l := range r.Cells {
			if l.To == r.Node {
				continue
			}
			if all++; l.well() {
				well++
			}
		}
	}
	return well, all
}

// linkNote is the foot of the matrix.
func (m ClusterPage) linkNote() (ui.Status, string) {
	if len(m.Links) < 2 {
		return ui.Healthy, "One node: no links"
	}
	well, all := m.wellLinks()
	silent := 0
	for _, r := range m.Links {
		if !r.Told {
			silent++
		}
	}
	if m.Crowded {
		st, words := ui.Healthy, "All "+views.Count(all, "link", "links")+" of this node are well"
		if well < all {
			st, words = ui.Degraded, count(well)+" of "+views.Count(all, "link", "links")+" of this node well"
		}
		return st, words + "; of so many nodes, the others are not asked"
	}
	words := count(well) + " of " + views.Count(all, "link", "links") + " well"
	switch {
	case silent > 0 && silent == len(m.Links)-1 && slices.ContainsFunc(m.Links, func(r LinkRow) bool { return r.Asking }):
		return ui.Unknown, words + ", the other nodes are being asked"
	case silent > 0:
		return ui.Degraded, words + ", " + views.Count(silent, "node does", "nodes do") + " not tell"
	case well < all:
		return ui.Degraded, words
	}
	return ui.Healthy, "All " + views.Count(all, "link is", "links are") + " well, as every node tells"
}

// LinkBanner tells of links at fault, on every page; nil when there are none.
func LinkBanner(s Shell, faults []LinkFault) *Banner {
	if len(faults) == 0 {
		return nil
	}
	f := faults[0]
	b := &Banner{
		Status: ui.Degraded, Title: f.title() + ".", Text: "The dashboard of a node leaves out whom it does not see. Requests are not affected.", Since: f.Since,
		Action: Way{Label: "Show links", Href: string(s.clusterHref()) + "#" + FragmentLinks},
	}
	if n := len(faults) - 1; n > 0 {
		b.Text = "And " + views.Count(n, "more link", "more links") + " at fault. " + b.Text
	}
	return b
}
