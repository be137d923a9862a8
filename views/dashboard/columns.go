package dashboard

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/lasso-rpc/lasso/views"
)

// listColumn is a column of the list of providers that can be chosen.
type listColumn struct {
	key, label string
	short      string // on a card; empty: the label
	sort       string // key of ?sort=; empty: not sortable
	desc       bool   // the first click sorts the largest first
	left       bool
	usual      bool // shown unless columns are chosen
}

// listColumns are in the order of the table.
func listColumns() []listColumn {
	return []listColumn{
		{key: "regions", label: "Regions", left: true, usual: true},
		{key: "for", label: "For", sort: "for", desc: true, usual: true},
		{key: "lag", label: "Lag", sort: "lag", desc: true, usual: true},
		{key: "head", label: "Head", sort: "head", desc: true},
		{key: "rank", label: "Rank", sort: "rank"},
		{key: "share", label: "Share of chain", short: "Share", sort: "share", desc: true, usual: true},
		{key: "calls", label: attemptsLabel, sort: "calls", desc: true},
		{key: "rate", label: attemptRateLabel, sort: "rate", desc: true, usual: true},
		{key: "mean", label: "Mean", sort: "mean", desc: true},
		{key: "p50", label: "p50", sort: "p50", desc: true, usual: true},
		{key: "p95", label: "p95", sort: "p95", desc: true, usual: true},
		{key: "p99", label: "p99", sort: "p99", desc: true},
		{key: "success", label: successOfAttempts, sort: "success", usual: true},
		{key: "failovers", label: "Failovers", sort: "failovers", desc: true},
		{key: "history", label: "Last 60 min", left: true, usual: true},
	}
}

// ListColumns are the values of ?cols=.
func ListColumns() []string {
	all := listColumns()
	keys := make([]string, 0, len(all))
	for _, c := range all {
		keys = append(keys, c.key)
	}
	return keys
}

func (c listColumn) card() string {
	if c.short != "" {
		return c.short
	}
	return c.label
}

func (m ProvidersPage) shows(c listColumn) bool {
	if len(m.Columns) == 0 {
		return c.usual
	}
	return slices.Contains(m.Columns, c.key)
}

// offered are the columns that can be chosen: one region has no column.
func (m ProvidersPage) offered() []listColumn {
	all := listColumns()
	if !manyPips(m.Rows) {
		all = all[1:]
	}
	return all
}

func (m ProvidersPage) columns() []listColumn {
	return slices.DeleteFunc(m.offered(), func(c listColumn) bool { return !m.shows(c) })
}

// rowsMeta says what the rows are, and what rank means where it is shown.
func (m ProvidersPage) rowsMeta(w window) string {
	parts := []string{w.words()}
	if slices.Contains(m.Columns, "rank") {
		parts = append(parts, rankNote)
	}
	return m.minute(append(parts, m.healthyWords(unhealthy(m.Rows), len(m.Rows)))...)
}

const rankNote = "rank by mean latency in the chain"

// rank writes a place, or "–" without answers to measure.
func rank(n int) string {
	if n == 0 {
		return views.None
	}
	return strconv.Itoa(n)
}

// rankColumns are those of the ranking of a chain's providers, behind rank and
// name.
func rankColumns() []listColumn {
	return slices.DeleteFunc(listColumns(), func(c listColumn) bool {
		return !slices.Contains([]string{"share", "calls", "mean", "p50", "p95", "p99", "success", "failovers"}, c.key)
	})
}

// ranked are the providers of the chain in the order of the page, else the
// fastest first.
func (m ChainPage) ranked() []ProviderRow { return sortRows(m.Ranking, cmp.Or(m.Sort, "rank")) }
