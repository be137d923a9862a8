package dashboard

import (
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func lower(s string) string { return strings.ToLower(s) }

// healthyWords says how many rows are fine; empty when there is none at all.
func (s Shell) healthyWords(problems, total int) string {
	if total == 0 || problems == 0 {
		return s.nodesWords()
	}
	words := views.Number(uint64(max(total-problems, 0))) + " of " + views.Count(total, "provider link", "provider links")
	if total-problems == 1 {
		return words + " is healthy"
	}
	return words + " are healthy"
}

func (s Shell) nodesWords() string {
	if s.Coverage.Total > 1 && !s.lacking() {
		return s.coverage()
	}
	return ""
}

func unhealthy(rows []ProviderRow) int {
	n := 0
	for _, r := range rows {
		if !r.healthy() {
			n++
		}
	}
	return n
}

// failing rows need attention; what an operator took out does not.
func (r ProviderRow) failing() bool { return r.State.Status.Fault() }

// reason is never blank in a row that asks for attention.
func (r ProviderRow) reason() string {
	if r.State.Reason != "" {
		return r.State.Reason
	}
	if r.State.Status == ui.Unknown {
		return "No answer to a check yet"
	}
	return views.None
}

// reasonThere is the reason and, where one region of several alone has it, that
// region: the figures of the row are of all.
func (r ProviderRow) reasonThere() string {
	k, of := r.seen()
	if k != 1 || of < 2 {
		return r.reason()
	}
	at := slices.IndexFunc(r.Regions, func(g RegionStatus) bool { return !g.Absent && !g.Unreachable && g.Status == r.State.Status })
	if at < 0 {
		return r.reason()
	}
	return r.reason() + ", in " + r.Regions[at].Region
}

// idle rows are healthy and carry nothing: they step back.
func (r ProviderRow) idle() bool { return r.Calls == 0 && r.healthy() }

// out rows were taken out by an operator, and get no requests on any node any
// more.
func (r ProviderRow) out() bool { return r.Calls == 0 && r.State.Status == ui.Drained }

// rowClass is the class of a row; unused ones are set apart.
func (r ProviderRow) rowClass(unused bool) string {
	if unused || r.idle() || r.out() {
		return "dim"
	}
	return "row"
}

func (c ChainRow) hasWS() bool {
	for _, p := range c.Providers {
		if _, ok := p.breaker("WS"); ok {
			return true
		}
	}
	return false
}

// columns counts those of the table of the chain's providers.
func (c ChainRow) columns() int {
	n := 10
	if manyPips(c.Providers) {
		n++
	}
	if c.hasWS() {
		n++
	}
	return n
}

func (c ChainRow) maxLag() int {
	for _, p := range c.Providers {
		return p.MaxLag
	}
	return -1
}

func lagMeta(c ChainRow) string {
	if len(c.Providers) == 0 || c.maxLag() < 0 {
		return ""
	}
	return "lag limit " + views.Count(c.maxLag(), "block", "blocks")
}

func mostCalls(rows []MethodRow) uint64 {
	var most uint64
	for _, r := range rows {
		most = max(most, r.Calls)
	}
	return most
}

// splitP95 are the places of the regions that the methods have columns for.
func splitP95(s Shell, rows []MethodRow) []int {
	if len(rows) == 0 {
		return nil
	}
	return places(min(len(rows[0].P95In), len(s.Regions)))
}

func (r FeedRow) provider() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Provider
}

// who answered a call.
func (r FeedRow) who(s Shell) string {
	switch {
	case r.Local && r.place(s) != "":
		return "the node itself"
	case r.Local:
		return "this node"
	case r.provider() == "":
		return "nobody"
	}
	return r.provider()
}

func callTime(r FeedRow) string { return views.Milliseconds(float64(r.Duration.Microseconds()) / 1000) }

func (r FeedRow) callWords(s Shell, byProvider bool) string {
	parts := []string{r.place(s)} // first: what is long is cut
	switch {
	case byProvider && r.Local:
		parts = append(parts, "no provider was asked")
	case byProvider && r.Detail == "":
		parts = append(parts, spelled(r.Strategy))
		if r.Why != "" {
			parts = append(parts, r.Why)
		}
	case !byProvider && (!r.Failed || r.provider() != ""):
		parts = append(parts, r.who(s))
	}
	return joined(append(parts, r.Detail))
}

// foldWords say how the calls of a line ended.
func (r FeedRow) foldWords(s Shell) string {
	category := ""
	if r.Failed {
		category = categoryLabel(r.Category)
	}
	return joined([]string{category, r.Detail, r.place(s)})
}

// joined puts what is not empty on one line.
func joined(parts []string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}

func (r FeedRow) eventWords(s Shell) string {
	where := r.provider()
	if c := r.Chain.label(); c != "" {
		if where != "" {
			where += " on "
		}
		where += c
	}
	return joined([]string{where, r.Detail, r.place(s)})
}
