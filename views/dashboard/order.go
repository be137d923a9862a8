package dashboard

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

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

func compareRows(key string, a, b ProviderRow) int {
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
		return cmp.Compare(a.successOrder(), b.successOrder())
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

// successOrder puts rows without a ratio above any.
func (r ProviderRow) successOrder() float64 {
	if !judged(r.Calls, r.Failed, r.SuccessRate) {
		return 2
	}
	return r.SuccessRate
}

// sortRows returns the rows in an order; problems first when the key is not
// known. Equal rows: problems first, then as they came.
func sortRows(rows []ProviderRow, by string) []ProviderRow {
	o := parseOrder(by)
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b ProviderRow) int {
		c := compareRows(o.key, a, b)
		if o.desc {
			c = -c
		}
		if c == 0 {
			c = compareRows("status", a, b)
		}
		return c
	})
	return out
}

func sortChains(rows []ChainRow, by string) []ChainRow {
	o := parseOrder(by)
	rank := func(a, b ChainRow) int { return cmp.Compare(a.State.Status.Rank(), b.State.Status.Rank()) }
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b ChainRow) int {
		c := 0
		switch o.key {
		case "chain":
			c = cmp.Compare(strings.ToLower(a.Ref.label()), strings.ToLower(b.Ref.label()))
		case "usable":
			c = cmp.Compare(a.Usable, b.Usable)
		case "head":
			c = cmp.Compare(a.Head, b.Head)
		case "block":
			c = cmp.Compare(a.BlockTime, b.BlockTime)
		case "rate":
			c = cmp.Compare(a.Figures.PerSecond, b.Figures.PerSecond)
		case "p50":
			c = cmp.Compare(a.Figures.P50, b.Figures.P50)
		case "p95":
			c = cmp.Compare(a.Figures.P95, b.Figures.P95)
		case "success":
			c = cmp.Compare(a.Figures.successOrder(), b.Figures.successOrder())
		case "failovers":
			c = cmp.Compare(a.Figures.Failovers, b.Figures.Failovers)
		case "status":
			c = rank(a, b)
		}
		if o.desc {
			c = -c
		}
		if c == 0 {
			c = rank(a, b)
		}
		return c
	})
	return out
}

func (f Figures) successOrder() float64 {
	if !judged(f.Calls, f.Failed, f.SuccessRate) {
		return 2
	}
	return f.SuccessRate
}

func (r MethodRow) successOrder() float64 {
	if !judged(r.Calls, r.Errors, r.SuccessRate) {
		return 2
	}
	return r.SuccessRate
}

// arranged are chains in the order that is asked for, else as they came.
func arranged(rows []ChainRow, by string) []ChainRow {
	if !slices.Contains(ChainOrders(), parseOrder(by).key) {
		return rows
	}
	return sortChains(rows, by)
}

// sortServed returns a distribution in an order, else as it came.
func sortServed(rows []Served, by string) []Served {
	o := parseOrder(by)
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b Served) int {
		c := 0
		switch o.key {
		case "provider":
			c = cmp.Compare(lower(a.label()), lower(b.label()))
		case "calls", "share":
			c = cmp.Compare(a.Attempts, b.Attempts)
		}
		if o.desc {
			c = -c
		}
		return c
	})
	return out
}

func sortMethods(rows []MethodRow, by string) []MethodRow {
	if by == "" {
		by = "-calls"
	}
	o := parseOrder(by)
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b MethodRow) int {
		c := 0
		switch o.key {
		case "method":
			c = cmp.Compare(a.Method, b.Method)
		case "calls":
			c = cmp.Compare(a.Calls, b.Calls)
		case "rate":
			c = cmp.Compare(a.PerSecond, b.PerSecond)
		case "last":
			c = a.LastAt.Compare(b.LastAt)
		case "p50":
			c = cmp.Compare(a.P50, b.P50)
		case "p95":
			c = cmp.Compare(a.P95, b.P95)
		case "p99":
			c = cmp.Compare(a.P99, b.P99)
		case "success":
			c = cmp.Compare(a.successOrder(), b.successOrder())
		}
		if o.desc {
			c = -c
		}
		if c == 0 {
			c = cmp.Compare(b.Calls, a.Calls)
		}
		return c
	})
	return out
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
		col.Order = "ascending"
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
