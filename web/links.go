package web

import (
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Meshes tells who sees whom.
type Meshes interface {
	// Mesh has a row for each known node; one that did not say has the reason.
	// The result is shared: it is not to be changed.
	Mesh() lasso.Answer[lasso.Mesh]
}

// addLinks gives the page what nodes tell of each other. Texts of other nodes
// are a stranger's; they are bounded where they arrive.
func addLinks(page *dashboard.ClusterPage, a lasso.Answer[lasso.Mesh]) {
	page.Faults, page.Crowded = faultViews(a.Data.Faults), a.Data.Crowded
	for i := range a.Data.Nodes {
		n := &a.Data.Nodes[i]
		row := dashboard.LinkRow{
			Node: string(n.Node), Boot: string(n.Boot), Region: n.Region, Self: n.Self, Unmet: !n.Met, Told: n.Told, Asking: a.Loading && n.Met && !n.Told,
			Older: n.Older, Reason: n.Reason,
		}
		for j := range n.Links {
			l := &n.Links[j]
			row.Cells = append(row.Cells, dashboard.Link{
				To: string(l.Node), State: ui.NodeState(l.State.String()), Since: l.Since, Reason: l.Reason, RTT: l.RTT, Skew: l.Skew,
			})
		}
		page.Links = append(page.Links, row)
	}
}

func faultViews(faults []lasso.LinkFault) []dashboard.LinkFault {
	list := make([]dashboard.LinkFault, 0, len(faults))
	for i := range faults {
		f := &faults[i]
		v := dashboard.LinkFault{
			Kind: string(f.Kind), From: string(f.From), To: string(f.To), State: ui.NodeState(f.State.String()), Since: f.Since, Reason: f.Reason,
		}
		for _, id := range f.SeenBy {
			v.SeenBy = append(v.SeenBy, string(id))
		}
		list = append(list, v)
	}
	return list
}

// linkGrid has a row for each node and another one that it sees or does not see,
// and one for each node that did not say.
func linkGrid(rows []dashboard.LinkRow, faults []dashboard.LinkFault) grid {
	g := grid{name: "links", columns: []string{
		"from_node_id", "from_region", "answer", "to_node_id", "state", "reason", "since", "rtt_ms", "clock_skew_ms", "fault",
	}}
	kinds := make(map[[2]string]string, len(faults))
	for _, f := range faults {
		kinds[[2]string{f.From, f.To}] = f.Kind
	}
	for i := range rows {
		r := &rows[i]
		word := answerWord(r.Told, r.Asking, r.Older)
		if !r.Told {
			g.add(r.Node, r.Region, word, nil, nil, r.Reason)
			continue
		}
		for _, l := range r.Cells {
			if l.To == r.Node {
				continue
			}
			var rtt, skew any
			if l.RTT > 0 {
				rtt, skew = milliseconds(l.RTT), milliseconds(l.Skew)
			}
			g.add(r.Node, r.Region, word, l.To, stateWord(l.State), l.Reason, l.Since, rtt, skew, kinds[[2]string{r.Node, l.To}])
		}
	}
	return g
}

// stateWord is a state in a cell; not known is one too.
func stateWord(s ui.NodeState) string {
	if s == "" {
		return "Not known"
	}
	return s.Word()
}

func faultGrid(faults []dashboard.LinkFault) grid {
	g := grid{name: "faults", columns: []string{"fault", "from_node_id", "to_node_id", "state", "reason", "since", "seen_by"}}
	for _, f := range faults {
		g.add(f.Kind, f.From, f.To, stateWord(f.State), f.Reason, f.Since, strings.Join(f.SeenBy, " "))
	}
	return g
}

// meshJSON is who sees whom, in the form of an answer with figures.
type meshJSON struct {
	Nodes    []toldJSON        `json:"nodes"`
	Faults   []lasso.LinkFault `json:"faults"`
	Crowded  bool              `json:"crowded"` // nobody was asked
	Coverage lasso.Coverage    `json:"coverage"`
	Stale    bool              `json:"stale"`
	Loading  bool              `json:"loading"`
	AgeMS    int64             `json:"age_ms"`
}

// toldJSON is what one node tells.
type toldJSON struct {
	Node   lasso.NodeID `json:"node_id"`
	Boot   lasso.BootID `json:"boot_id,omitempty"`
	Region string       `json:"region,omitempty"`
	Answer string       `json:"answer"`
	Reason string       `json:"reason,omitempty"`
	Sees   []linkJSON   `json:"sees"`
}

type linkJSON struct {
	lasso.Link
	RTTMS  *float64 `json:"rtt_ms"`        // null: not measured
	SkewMS *float64 `json:"clock_skew_ms"` // null: not measured
}

func meshReply(a lasso.Answer[lasso.Mesh]) meshJSON {
	out := meshJSON{
		Nodes: []toldJSON{}, Faults: a.Data.Faults, Crowded: a.Data.Crowded, Coverage: cover(a.Coverage), Stale: a.Stale, Loading: a.Loading, AgeMS: a.Age.Milliseconds(),
	}
	if out.Faults == nil {
		out.Faults = []lasso.LinkFault{}
	}
	for i := range a.Data.Nodes {
		n := &a.Data.Nodes[i]
		t := toldJSON{
			Node: n.Node, Boot: n.Boot, Region: n.Region, Reason: n.Reason, Sees: []linkJSON{},
			Answer: answerWord(n.Told, a.Loading && n.Met, n.Older),
		}
		for _, l := range n.Links {
			if l.Node == n.Node {
				continue
			}
			v := linkJSON{Link: l}
			if l.RTT > 0 {
				v.RTTMS, v.SkewMS = millis(l.RTT), millis(l.Skew)
			}
			t.Sees = append(t.Sees, v)
		}
		out.Nodes = append(out.Nodes, t)
	}
	return out
}

func millis(d time.Duration) *float64 {
	v := milliseconds(d)
	return &v
}
