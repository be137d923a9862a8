package web

import "github.com/lasso-rpc/lasso/views/dashboard"

// The tables of several pages as files.

func rowGrid(name string, rows []dashboard.ProviderRow) grid {
	g := grid{name: name, columns: []string{
		"chain_id", "chain", "provider_id", "name", "status", "reason", "since", "next_check", "height", "behind", "total_calls",
		"traffic_share", "per_second", "success_rate", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "rank", "failovers", "priority", "unused", "http_breaker", "ws_breaker", "only_on",
	}}
	for _, r := range rows {
		g.add(
			r.Chain.ID, r.Chain.Alias, r.ID, r.Name, r.State.Status.Word(), r.State.Reason, r.State.Since, r.State.Next,
			nonzero(r.Height), r.Behind, r.Calls, r.Share, r.PerSecond,
			ratio(r.SuccessRate, r.Failed), measured(r.Mean, r.SuccessRate),
			measured(r.P50, r.SuccessRate), measured(r.P95, r.SuccessRate), measured(r.P99, r.SuccessRate),
			nonzero(uint64(max(r.Rank, 0))), r.Failovers, r.Priority, r.Unused, circuit(r, "HTTP"), circuit(r, "WS"), onlyOn(r.OnlyOn),
		)
	}
	return g.counting(countsAttempts)
}

// circuit is the state of the breaker of a transport; empty without one.
func circuit(r dashboard.ProviderRow, transport string) string {
	for _, b := range r.Breakers {
		if b.Transport == transport {
			return string(b.Circuit)
		}
	}
	return ""
}

func chainGrid(rows []dashboard.ChainRow) grid {
	g := grid{name: "chains", columns: []string{
		"chain_id", "chain", "chain_name", "status", "reason", "head", "block_time_ms", "usable", "providers", "total_calls", "per_second",
		"success_rate", "p50_ms", "p95_ms", "p99_ms", "failovers", "only_on",
	}}
	for _, r := range rows {
		f := r.Figures
		g.add(
			r.Ref.ID, r.Ref.Alias, r.Ref.Name, r.State.Status.Word(), r.State.Reason, nonzero(r.Head), lasted(r.BlockTime), r.Usable,
			len(r.Providers), f.Calls, f.PerSecond, ratio(f.SuccessRate, f.Failed),
			measured(f.P50, f.SuccessRate), measured(f.P95, f.SuccessRate), measured(f.P99, f.SuccessRate), f.Failovers, onlyOn(r.OnlyOn),
		)
	}
	return g.counting(countsCalls)
}

// methodGrid has a p95 of each of the regions that the rows tell apart.
func methodGrid(rows []dashboard.MethodRow, regions ...string) grid {
	g := grid{name: "methods", columns: []string{"method", "total_calls", "errors", "per_second", "success_rate", "p50_ms", "p95_ms", "p99_ms", "last_updated"}}
	g.addColumns("p95_ms_", regions)
	for i := range rows {
		r := &rows[i]
		row := []any{
			r.Method, r.Calls, r.Errors, r.PerSecond, ratio(r.SuccessRate, r.Errors),
			measured(r.P50, r.SuccessRate), measured(r.P95, r.SuccessRate), measured(r.P99, r.SuccessRate), r.LastAt,
		}
		for k := range min(len(regions), len(r.P95In)) {
			row = append(row, measured(r.P95In[k], r.P95In[k]))
		}
		g.add(row...)
	}
	return g.counting(countsAttempts)
}

// errorGrid has the count of each of the regions that the rows tell apart.
func errorGrid(rows []dashboard.ErrorRow, regions ...string) grid {
	g := grid{name: "errors", columns: []string{"message", "category", "count", "last_updated"}}
	g.addColumns("count_", regions)
	for _, r := range rows {
		row := []any{r.Message, r.Category, r.Count, r.LastAt}
		for k := range min(len(regions), len(r.Regions)) {
			row = append(row, r.Regions[k])
		}
		g.add(row...)
	}
	return g
}

// headGrid is what each provider says the newest block is.
func headGrid(rows []dashboard.ProviderRow) grid {
	g := grid{name: "heads", columns: []string{"chain_id", "chain", "provider_id", "height", "behind", "last_updated"}}
	for _, r := range rows {
		var behind any
		if r.Height > 0 {
			behind = r.Behind
		}
		g.add(r.Chain.ID, r.Chain.Alias, r.ID, nonzero(r.Height), behind, r.HeightAt)
	}
	return g
}

// seriesGrid is a chart; the cells of a step without data are empty.
func seriesGrid(s dashboard.Series, moments dashboard.Moments) grid {
	g := grid{name: "series", columns: []string{"at", "total_calls", "errors", "failovers", "p50_ms", "p95_ms", "events"}}
	for _, p := range s.Points {
		g.add(append(append([]any{p.At}, pointCells(p)...), moments.Cell(p.At, s.Step))...)
	}
	return g
}

// pointCells are the figures of a step of a chart.
func pointCells(p dashboard.Point) []any {
	switch {
	case p.Gap:
		return make([]any, 5)
	case p.Calls == 0:
		return []any{p.Calls, p.Failed, p.Failovers, nil, nil}
	}
	return []any{p.Calls, p.Failed, p.Failovers, p.P50, p.P95}
}

// regionSeriesGrid is a chart with a line for each region.
func regionSeriesGrid(name string, all []dashboard.RegionSeries, moments dashboard.Moments) grid {
	g := grid{name: name, columns: []string{"region", "at", "total_calls", "errors", "failovers", "p50_ms", "p95_ms", "events"}}
	for _, r := range all {
		there := moments.Of(r.Region)
		for _, p := range r.Series.Points {
			g.add(append(append([]any{r.Region, p.At}, pointCells(p)...), there.Cell(p.At, r.Series.Step))...)
		}
	}
	return g
}

// behindGrid is how far providers were behind, minute by minute. Region is
// empty for all together.
func behindGrid(region string, rows ...dashboard.ProviderRow) grid {
	g := grid{name: "behind", columns: []string{"chain_id", "chain", "provider_id", "region", "at", "status", "behind"}}
	for _, r := range rows {
		g.addBehind(region, r)
	}
	return g
}

func (g *grid) addBehind(region string, r dashboard.ProviderRow) {
	for _, c := range r.Strip {
		if c.NoData {
			g.add(r.Chain.ID, r.Chain.Alias, r.ID, region, c.At)
			continue
		}
		g.add(r.Chain.ID, r.Chain.Alias, r.ID, region, c.At, c.Status.Word(), c.Behind)
	}
}

// figuresGrid is the strip at the top of a page, with the mean that it is
// compared with.
func figuresGrid(k dashboard.KPIs) grid {
	g := grid{name: "figures", columns: []string{
		"window", "total_calls", "errors", "failovers", "per_second", "success_rate", "p50_ms", "p95_ms", "p99_ms",
		"probes", "probes_per_minute", "probe_share", "providers", "providers_usable", "providers_healthy", "chains", "chains_usable", "traffic_share",
	}}
	cells := func(window string, f dashboard.Figures) []any {
		return []any{
			window, f.Calls, f.Failed, f.Failovers, f.PerSecond, ratio(f.SuccessRate, f.Failed),
			measured(f.P50, f.SuccessRate), measured(f.P95, f.SuccessRate), measured(f.P99, f.SuccessRate),
		}
	}
	now := append(cells("1m", k.Minute), k.Probes, k.ProbesPerMin, k.ProbeShare, k.Providers, k.Usable, k.Healthy, k.Chains, k.ChainsUsable)
	if k.TrafficShare > 0 { // of one chain
		now = append(now, k.TrafficShare)
	}
	g.add(now...)
	g.add(cells("5m", k.Five)...)
	return g.counting(countsCalls)
}

// feedGrid is a feed of calls and events. A line for several calls has their
// count and when the first was; the rest is of the last.
func feedGrid(name string, rows []dashboard.FeedRow) grid {
	g := grid{name: name, columns: []string{
		"at", "kind", "chain_id", "chain", "provider_id", "method", "duration_ms", "failovers", "category", "strategy", "why", "title", "detail",
		"node_id", "region", "count", "first_at",
	}}
	for _, r := range rows {
		kind, took, failovers := "event", any(nil), any(nil)
		if !r.Event {
			kind, took, failovers = "call", milliseconds(r.Duration), r.Failovers
		}
		g.add(
			r.At, kind, nonzero(r.Chain.ID), r.Chain.Alias, r.Provider, r.Method, took, failovers, r.Category, r.Strategy, r.Why, r.Title, r.Detail,
			r.Node, r.Region, max(r.Count, 1), r.First,
		)
	}
	return g
}
