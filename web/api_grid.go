package web

// The tables of the API as CSV. As JSON they have more: see reply.

func boardGrid(rows []boardRow) grid {
	g := grid{name: "leaderboard", columns: []string{
		"provider_id", "name", "status", "reason", "total_calls", "errors", "success_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms",
		"traffic_share", "failovers", "per_second", "probes", "probes_per_minute", "probe_share",
	}}
	for i := range rows {
		r := &rows[i]
		g.add(
			string(r.Provider), r.Name, r.Status.Status.Word(), r.Status.Reason, r.Calls, r.Errors, r.SuccessRate, r.Avg, r.P50, r.P90, r.P95, r.P99,
			r.TrafficShare, r.Failovers, r.PerSecond, r.Probes, r.ProbesPerMin, r.ProbeShare,
		)
	}
	return g
}

func methodRowGrid(rows []methodRow) grid {
	g := grid{name: "methods", columns: []string{"method", "total_calls", "errors", "success_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "per_second", "last_updated"}}
	for i := range rows {
		r := &rows[i]
		g.add(r.Method, r.Calls, r.Errors, r.SuccessRate, r.Avg, r.P50, r.P90, r.P95, r.P99, r.PerSecond, r.LastAt)
	}
	return g
}
