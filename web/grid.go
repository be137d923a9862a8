package web

import (
	"encoding/json"
	"strconv"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// grid is a table of a page as it is downloaded: text cells under names.
type grid struct {
	name    string
	columns []string
	rows    [][]string
}

// objects is the grid as JSON: a list of objects, an empty cell as null, figures
// as numbers and names as text, whatever they look like.
func (g grid) objects() any {
	list := make([]map[string]any, 0, len(g.rows))
	for _, row := range g.rows {
		o := make(map[string]any, len(row))
		for i, cell := range row {
			switch column := g.columns[i]; {
			case cell == "":
				o[column] = nil
			case figure(column), systemFigure(column):
				o[column] = json.Number(cell)
			case column == "duplicate", yesOrNo(column):
				o[column] = cell == "true"
			default:
				o[column] = cell
			}
		}
		list = append(list, o)
	}
	return map[string]any{"data": list}
}

// figure tells the columns of figures from those of names, which may look like
// numbers.
func figure(column string) bool {
	switch column {
	case "chain_id", "height", "head", "behind", "usable", "providers", "priority", "total_calls", "errors", "failovers", "count",
		"traffic_share", "per_second", "success_rate", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "errors_per_minute",
		"calls_share", "rank", "tier", "share", "latency_ms", "samples", "attempts",
		"nodes", "nodes_responding", "links", "links_healthy", "rtt_ms", "clock_skew_ms", "failed_checks", "took_ms", "block", "tries", "duration_ms":
		return true
	}
	return false
}

func rowGrid(name string, rows []dashboard.ProviderRow) func() grid {
	return func() grid {
		g := grid{name: name, columns: []string{
			"chain_id", "chain", "provider_id", "name", "status", "reason", "since", "next_check", "height", "behind", "total_calls",
			"traffic_share", "per_second", "success_rate", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "rank", "failovers", "priority", "unused", "only_on",
		}}
		for _, r := range rows {
			g.rows = append(g.rows, []string{
				whole(r.Chain.ID), r.Chain.Alias, r.ID, r.Name, r.State.Status.Word(), r.State.Reason, stamp(r.State.Since), stamp(r.State.Next),
				nonzero(r.Height), strconv.FormatInt(r.Behind, 10), whole(r.Calls), float(r.Share), float(r.PerSecond),
				maybe(ratio(r.SuccessRate, r.Failed)), maybe(measured(r.Mean, r.SuccessRate)),
				maybe(measured(r.P50, r.SuccessRate)), maybe(measured(r.P95, r.SuccessRate)), maybe(measured(r.P99, r.SuccessRate)),
				nonzero(uint64(r.Rank)), whole(r.Failovers), strconv.Itoa(r.Priority), r.Unused, onlyOn(r.OnlyOn), //nolint:gosec // a rank is not negative
			})
		}
		return g
	}
}

func chainGrid(rows []dashboard.ChainRow) func() grid {
	return func() grid {
		g := grid{name: "chains", columns: []string{
			"chain_id", "chain", "chain_name", "status", "reason", "head", "usable", "providers", "total_calls", "per_second",
			"success_rate", "p50_ms", "p95_ms", "p99_ms", "failovers", "only_on",
		}}
		for _, r := range rows {
			f := r.Figures
			g.rows = append(g.rows, []string{
				whole(r.Ref.ID), r.Ref.Alias, r.Ref.Name, r.State.Status.Word(), r.State.Reason, nonzero(r.Head), strconv.Itoa(r.Usable),
				strconv.Itoa(len(r.Providers)), whole(f.Calls), float(f.PerSecond), maybe(ratio(f.SuccessRate, f.Failed)),
				maybe(measured(f.P50, f.SuccessRate)), maybe(measured(f.P95, f.SuccessRate)), maybe(measured(f.P99, f.SuccessRate)), whole(f.Failovers), onlyOn(r.OnlyOn),
			})
		}
		return g
	}
}

func methodGrid(rows []dashboard.MethodRow) func() grid {
	return func() grid {
		g := grid{name: "methods", columns: []string{"method", "total_calls", "errors", "per_second", "success_rate", "p50_ms", "p95_ms", "p99_ms", "last_updated"}}
		for _, r := range rows {
			g.rows = append(g.rows, []string{
				r.Method, whole(r.Calls), whole(r.Errors), float(r.PerSecond), maybe(ratio(r.SuccessRate, r.Errors)),
				maybe(measured(r.P50, r.SuccessRate)), maybe(measured(r.P95, r.SuccessRate)), maybe(measured(r.P99, r.SuccessRate)), stamp(r.LastAt),
			})
		}
		return g
	}
}

func errorGrid(rows []dashboard.ErrorRow) func() grid {
	return func() grid {
		g := grid{name: "errors", columns: []string{"message", "category", "count", "last_updated"}}
		for _, r := range rows {
			g.rows = append(g.rows, []string{r.Message, r.Category, whole(r.Count), stamp(r.LastAt)})
		}
		return g
	}
}

// headGrid is what each provider says the newest block is.
func headGrid(rows []dashboard.ProviderRow) func() grid {
	return func() grid {
		g := grid{name: "heads", columns: []string{"chain_id", "chain", "provider_id", "height", "behind", "last_updated"}}
		for _, r := range rows {
			behind := ""
			if r.Height > 0 {
				behind = strconv.FormatInt(r.Behind, 10)
			}
			g.rows = append(g.rows, []string{whole(r.Chain.ID), r.Chain.Alias, r.ID, nonzero(r.Height), behind, stamp(r.HeightAt)})
		}
		return g
	}
}

// seriesGrid is a chart; the cells of a step without data are empty.
func seriesGrid(s dashboard.Series) func() grid {
	return func() grid {
		g := grid{name: "series", columns: []string{"at", "total_calls", "errors", "failovers", "p50_ms", "p95_ms"}}
		for _, p := range s.Points {
			row := []string{stamp(p.At), "", "", "", "", ""}
			if !p.Gap {
				row[1], row[2], row[3] = whole(p.Calls), whole(p.Failed), whole(p.Failovers)
			}
			if !p.Gap && p.Calls > 0 {
				row[4], row[5] = float(p.P50), float(p.P95)
			}
			g.rows = append(g.rows, row)
		}
		return g
	}
}

// feedGrid is a feed of calls and events.
func feedGrid(name string, rows []dashboard.FeedRow) func() grid {
	return func() grid {
		g := grid{name: name, columns: []string{
			"at", "kind", "chain_id", "chain", "provider_id", "method", "duration_ms", "failovers", "category", "strategy", "why", "title", "detail",
		}}
		for _, r := range rows {
			row := []string{stamp(r.At), "call", nonzero(r.Chain.ID), r.Chain.Alias, r.Provider, r.Method, "", "", r.Category, r.Strategy, r.Why, r.Title, r.Detail}
			if r.Event {
				row[1] = "event"
			} else {
				row[6], row[7] = float(float64(r.Duration.Microseconds())/1000), strconv.Itoa(r.Failovers)
			}
			g.rows = append(g.rows, row)
		}
		return g
	}
}

// nonzero is empty for a height that was never seen.
func nonzero(n uint64) string {
	if n == 0 {
		return ""
	}
	return whole(n)
}
