package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

const (
	activityRows  = 40 // lines of the activity
	activityCalls = 10 // of them, so many for calls where events need the room
)

// ListedActivity are the lines of the activity, the newest first: what happened,
// and calls that did not go well, those with the same end in one line. Other
// calls are there only when there is nothing else.
func (m Overview) ListedActivity() []FeedRow {
	events := comings(m.Happened)
	var calls []FeedRow
	for _, r := range m.Feed {
		if r.Event {
			events = append(events, r)
		} else {
			calls = append(calls, r)
		}
	}
	slices.SortStableFunc(events, laterRow)
	events, calls = gathered(events), folded(calls)
	calls = first(calls, max(activityRows-len(events), activityCalls))
	rows := append(first(events, activityRows-len(calls)), calls...)
	slices.SortStableFunc(rows, laterRow)
	return rows
}

func laterRow(a, b FeedRow) int { return b.At.Compare(a.At) }

func first[T any](rows []T, n int) []T { return rows[:min(len(rows), n)] }

// comings are the lines of nodes that came, fell silent and went. How a node gets
// to know another is of the cluster page.
func comings(events []NodeEvent) []FeedRow {
	rows := make([]FeedRow, 0, len(events))
	for i := range events {
		e := &events[i]
		rows = append(rows, FeedRow{
			Seq: e.Seq, At: e.At, Event: true, OfNode: true, Node: e.Node, Region: e.Region,
			Status: e.Change.Status(), Title: e.Node + " " + string(e.Change), Detail: e.words(),
		})
	}
	return rows
}

// atOnce is how far apart nodes see the same event at most: their clocks are not
// the same, nor do they try a provider at the same time.
const atOnce = 10 * time.Second

// gathered puts an event that several nodes saw at the same time in one line,
// where the last of them saw it. The events come newest first.
func gathered(events []FeedRow) []FeedRow {
	lines := make([]FeedRow, 0, len(events))
	seen := make([]map[string]bool, 0, len(events)) // by which nodes, for each line
	for _, e := range events {
		joins := false
		for i := len(lines) - 1; i >= 0 && lines[i].At.Sub(e.At) <= atOnce && !joins; i-- {
			l := &lines[i]
			joins = l.Title == e.Title && l.Provider == e.Provider && l.Chain == e.Chain && l.Status == e.Status &&
				withoutFigures(l.Detail) == withoutFigures(e.Detail) && !seen[i][e.Node]
			if joins {
				seen[i][e.Node] = true
				l.On = len(seen[i])
			}
		}
		if !joins {
			lines, seen = append(lines, e), append(seen, map[string]bool{e.Node: true})
		}
	}
	return lines
}

// end is what calls of one line have in common.
type end struct {
	chain            uint64
	failed           bool
	category, detail string // but for figures
}

// folded puts calls that did not go well in one line for each end, where the
// newest of them is. The calls come newest first.
func folded(calls []FeedRow) []FeedRow {
	lines, at := make([]FeedRow, 0, len(calls)), map[end]int{}
	nodes := map[end]map[string]bool{}
	for _, r := range calls {
		if !r.Failed && r.Failovers == 0 {
			lines = append(lines, r)
			continue
		}
		e := end{r.Chain.ID, r.Failed, r.Category, withoutFigures(r.Detail)}
		i, ok := at[e]
		if !ok {
			at[e], nodes[e] = len(lines), map[string]bool{r.Node: true}
			lines = append(lines, r)
			continue
		}
		nodes[e][r.Node] = true
		l := &lines[i]
		l.Count, l.First, l.On = max(l.Count, 1)+1, r.At, len(nodes[e])
	}
	return lines
}

// rowID tells lines apart: what the cluster tells of nodes has numbers of its
// own.
func (r FeedRow) rowID() string {
	kind := "feed-"
	if r.OfNode {
		kind = "feed-n-"
	}
	return kind + strconv.FormatUint(r.Seq, 10)
}

// href leads to what a line is about: the request, those with the same end, or
// the provider, chain or nodes of an event. Empty where there is no such page.
func (r FeedRow) href(s Shell) templ.SafeURL {
	switch {
	case r.OfNode:
		return s.clusterHref() + "#" + FragmentEvents
	case r.Chain.Alias == "": // the profile does not have it
		return ""
	case r.Event && r.Name != "":
		return s.providerHref(r.Chain, r.Provider)
	case r.Event:
		return s.chainHref(r.Chain)
	}
	keys := []param{{"request", r.Request}, {"on", r.Node}, {"number", number(r.Number)}}
	if r.several() {
		outcome := "failover"
		if r.Failed {
			outcome = "failed"
		}
		keys = []param{{"chain", r.Chain.slug()}, {"outcome", outcome}}
	} else if r.Request == "" {
		return ""
	}
	q := query{rng: AllKept, whole: true, region: s.Region, node: s.Node, kiosk: s.Kiosk, more: keys}
	return templ.SafeURL(s.profilePath() + "/" + string(NavRequests) + q.String())
}

func (r FeedRow) several() bool { return r.Count > 1 }

// countWords are what became of the calls of a line.
func (r FeedRow) countWords() string {
	words := views.Count(r.Count, "call", "calls")
	if r.Failed {
		return words + " failed"
	}
	return words + " failed over"
}

// place names the node of a row where pages speak for several.
func (r FeedRow) place(s Shell) string {
	switch {
	case s.told().Total < 2, r.OfNode: // the title names it
		return ""
	case r.On > 1:
		return strconv.Itoa(r.On) + " nodes"
	}
	return r.Node
}

func activityMeta(rows []FeedRow) string {
	if !slices.ContainsFunc(rows, func(r FeedRow) bool { return r.Event || r.Failed || r.Failovers > 0 }) {
		return "nothing but calls, newest first"
	}
	return "newest first"
}

// answeredWords stand for the calls that have no line.
func (m Overview) answeredWords() string {
	f := m.KPIs.Minute
	return tally(f.Calls-min(f.Failed, f.Calls), "call", "calls") + " answered, last minute"
}

// clockWords warn that rows of several nodes are in the order of clocks that do
// not agree; empty where they do.
func clockWords(rows []FeedRow, clocks map[string]time.Duration) string {
	var off []string
	for node, skew := range clocks {
		if skew.Abs() < skewLimit || !slices.ContainsFunc(rows, func(r FeedRow) bool { return r.Node == node && !r.OfNode }) {
			continue
		}
		way := " ahead"
		if skew < 0 {
			way = " behind"
		}
		off = append(off, node+" "+views.Milliseconds(float64(skew.Abs().Microseconds())/1000)+way)
	}
	if len(off) == 0 {
		return ""
	}
	slices.SortFunc(off, cmp.Compare[string])
	return "Times are those of each node. Clocks are off: " + strings.Join(off, ", ") + "."
}
