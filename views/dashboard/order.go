package dashboard

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// order is the value of ?sort=: a key, with "-" before it for descending.
type order struct {
	key  string
	desc bool
}

func parseOrder(s string) order {
	key, desc := strings.CutPrefix(s, "-")
	return order{key: key, desc: desc}
}

func (o order) String() string {
	if o.desc {
		return "-" + o.key
	}
	return o.key
}

// ProviderOrders are the values of ?sort= of the list of providers and of the
// page of a chain, each also with "-" before it.
func ProviderOrders() []string {
	return []string{
		"status", "provider", "chain", "for", "lag", "head", "rank", "share", "calls", "rate", "mean", "p50", "p95", "p99", "success", "failovers",
	}
}

// ChainOrders are those of the list of chains.
func ChainOrders() []string {
	return []string{"status", "chain", "usable", "head", "block", "rate", "p50", "p95", "success", "failovers"}
}

// OverviewOrders are those of the overview: of what needs attention, and of the
// table in place of the drawing.
func OverviewOrders() []string {
	return []string{"status", "provider", "chain", "for", "next", "share", "rate", "p50", "p95", "success"}
}

func compareRows(key string, a, b *ProviderRow) int {
	switch key {
	case "provider":
		return cmp.Compare(strings.ToLower(a.label()), strings.ToLower(b.label()))
	case "chain":
		return cmp.Compare(strings.ToLower(a.Chain.label()), strings.ToLower(b.Chain.label()))
	case "lag":
		return cmp.Compare(a.Behind, b.Behind)
	case "share":
		return cmp.Compare(a.Share, b.Share)
	case "rate":
		return cmp.Compare(a.PerSecond, b.PerSecond)
	case "p50":
		return cmp.Compare(a.P50, b.P50)
	case "p95":
		return cmp.Compare(a.P95, b.P95)
	case "p99":
		return cmp.Compare(a.P99, b.P99)
	case "mean":
		return cmp.Compare(a.Mean, b.Mean)
	case "calls":
		return cmp.Compare(a.Calls, b.Calls)
	case "failovers":
		return cmp.Compare(a.Failovers, b.Failovers)
	case "head":
		return cmp.Compare(a.Height, b.Height)
	case "rank":
		return cmp.Compare(rankOrder(a.Rank), rankOrder(b.Rank))
	case "success":
		return cmp.Compare(successOrder(a.Calls, a.Failed, a.SuccessRate), successOrder(b.Calls, b.Failed, b.SuccessRate))
	case "for":
		return b.State.Since.Compare(a.State.Since) // the longest has the earliest start
	case "next":
		return cmp.Or(cmp.Compare(zeroLast(a.State.Next), zeroLast(b.State.Next)), a.State.Next.Compare(b.State.Next))
	case "status":
		return cmp.Compare(a.State.Status.Rank(), b.State.Status.Rank())
	}
	return 0
}

func zeroLast(t time.Time) int {
	if t.IsZero() {
		return 1
	}
	return 0
}

// rankOrder puts what has no rank behind what has one.
func rankOrder(n int) int {
	if n == 0 {
		return math.MaxInt
	}
	return n
}

// sorted returns rows in an order. Equal ones are told apart by tie, which may
// be nil and is never turned around, and then stand as they came.
func sorted[T any](rows []T, by string, compare func(key string, a, b *T) int, tie func(a, b *T) int) []T {
	o := parseOrder(by)
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b T) int {
		c := compare(o.key, &a, &b)
		if o.desc {
			c = -c
		}
		if c == 0 && tie != nil {
			c = tie(&a, &b)
		}
		return c
	})
	return out
}

// successOrder puts what has no ratio above any.
func successOrder(calls, failed uint64, ratio float64) float64 {
	if !judged(calls, failed, ratio) {
		return 2
	}
	return ratio
}

// sortRows orders provider links, problems first when the key is not known.
func sortRows(rows []ProviderRow, by string) []ProviderRow {
	return sorted(rows, by, compareRows, func(a, b *ProviderRow) int { return compareRows("status", a, b) })
}

// sortChains orders chains, problems first when the key is not known.
func sortChains(rows []ChainRow, by string) []ChainRow {
	return sorted(rows, by, compareChains, func(a, b *ChainRow) int { return compareChains("status", a, b) })
}

func compareChains(key string, a, b *ChainRow) int {
	f, g := &a.Figures, &b.Figures
	switch key {
	case "chain":
		return cmp.Compare(strings.ToLower(a.Ref.label()), strings.ToLower(b.Ref.label()))
	case "usable":
		return cmp.Compare(a.Usable, b.Usable)
	case "head":
		return cmp.Compare(a.Head, b.Head)
	case "block":
		return cmp.Compare(a.BlockTime, b.BlockTime)
	case "rate":
		return cmp.Compare(f.PerSecond, g.PerSecond)
	case "p50":
		return cmp.Compare(f.P50, g.P50)
	case "p95":
		return cmp.Compare(f.P95, g.P95)
	case "success":
		return cmp.Compare(successOrder(f.Calls, f.Failed, f.SuccessRate), successOrder(g.Calls, g.Failed, g.SuccessRate))
	case "failovers":
		return cmp.Compare(f.Failovers, g.Failovers)
	case "status":
		return cmp.Compare(a.State.Status.Rank(), b.State.Status.Rank())
	}
	return 0
}

// arranged are chains in the order that is asked for, else as they came.
func arranged(rows []ChainRow, by string) []ChainRow {
	if !slices.Contains(ChainOrders(), parseOrder(by).key) {
		return rows
	}
	return sortChains(rows, by)
}

// sortServed returns a distribution in an order, else the largest shares first.
func sortServed(rows []Served, by string) []Served {
	return sorted(rows, by, func(key string, a, b *Served) int {
		switch key {
		case "provider":
			return cmp.Compare(lower(a.label()), lower(b.label()))
		case "calls", "share":
			return cmp.Compare(a.Attempts, b.Attempts)
		}
		return 0
	}, func(a, b *Served) int { return cmp.Compare(b.Attempts, a.Attempts) })
}

// sortMethods orders methods, those with most requests first without an order.
func sortMethods(rows []MethodRow, by string) []MethodRow {
	return sorted(rows, cmp.Or(by, "-calls"), compareMethods, func(a, b *MethodRow) int { return cmp.Compare(b.Calls, a.Calls) })
}

func compareMethods(key string, a, b *MethodRow) int {
	switch key {
	case "method":
		return cmp.Compare(a.Method, b.Method)
	case "calls":
		return cmp.Compare(a.Calls, b.Calls)
	case "rate":
		return cmp.Compare(a.PerSecond, b.PerSecond)
	case "last":
		return a.LastAt.Compare(b.LastAt)
	case "p50":
		return cmp.Compare(a.P50, b.P50)
	case "p95":
		return cmp.Compare(a.P95, b.P95)
	case "p99":
		return cmp.Compare(a.P99, b.P99)
	case "success":
		return cmp.Compare(successOrder(a.Calls, a.Errors, a.SuccessRate), successOrder(b.Calls, b.Errors, b.SuccessRate))
	}
	return 0
}

// again is what became of rows that are not where an order wants them any more:
// of those ordered by a status, that it changed. By is the order of the table,
// initial that without a choice.
func again(by, initial string) string {
	if key := parseOrder(cmp.Or(by, initial)).key; key == "status" || key == "state" {
		return "changed state"
	}
	return "changed place"
}

// drawn is when the rows of a page were put in order; empty where it is not told.
func (s Shell) drawn() ui.Moment {
	if s.Drawn.IsZero() {
		return ui.Moment{}
	}
	return ui.Moment{Machine: views.Machine(s.Drawn), Clock: views.Clock(s.Drawn), Stamp: views.Stamp(s.Drawn)}
}

// column is a heading that sorts the page's main table. First is the direction
// of a first click: figures start with the largest.
func (s Shell) column(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.Sort, "status", first, right, func(q *query, v string) { q.sort = v })
}

// rankColumn is a heading of the ranking of a chain's providers.
func (s Shell) rankColumn(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.Sort, "rank", first, right, func(q *query, v string) { q.sort = v })
}

// placeColumn is a heading of a table that stands in configured order until it
// is sorted.
func (s Shell) placeColumn(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.Sort, "", first, right, func(q *query, v string) { q.sort = v })
}

// shareColumn is a heading of a distribution.
func (s Shell) shareColumn(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.Sort, "-share", first, right, func(q *query, v string) { q.sort = v })
}

// methodColumn is a heading of the methods table.
func (s Shell) methodColumn(label, key string, first, right bool) ui.Column {
	return s.heading(label, key, s.MSort, "-calls", first, right, func(q *query, v string) { q.msort = v })
}

func (s Shell) heading(label, key, current, initial string, desc, right bool, set func(*query, string)) ui.Column {
	if current == "" {
		current = initial
	}
	col := ui.Column{Label: label, Right: right}
	now, next := parseOrder(current), order{key: key, desc: desc}
	if now.key == key {
		next.desc = !now.desc
		col.Order, col.At = "ascending", s.drawn()
		if now.desc {
			col.Order = "descending"
		}
	}
	q := s.query()
	if v := next.String(); v == initial {
		set(&q, "")
	} else {
		set(&q, v)
	}
	col.Href = s.Path + q.String()
	return col
}
