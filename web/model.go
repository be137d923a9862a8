package web

import (
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// The functions of this file translate the vocabulary of the product into view
// models. They decide nothing.

func uiStatus(s lasso.Status) ui.Status { return ui.ParseStatus(s.Key()) }

func uiState(c lasso.Condition) ui.State {
	return ui.State{Status: uiStatus(c.Status), Reason: c.Reason, Since: c.Since, Next: c.Next}
}

func uiBreaker(r lasso.RouteState) ui.Breaker {
	b := r.Breaker
	name := "HTTP"
	if r.Transport == lasso.WS {
		name = "WS"
	}
	forced := ""
	if b.Forced != nil {
		forced = b.Reason
	}
	return ui.Breaker{
		Transport: name, Forced: forced, Circuit: ui.Circuit(b.State.String()), State: uiState(r.Condition),
		Failures: b.Failures, Threshold: b.Threshold, Successes: b.Successes, Needed: b.Needed, LastError: b.LastError,
	}
}

func uiCells(cells []lasso.Cell) []ui.Cell {
	out := make([]ui.Cell, 0, len(cells))
	for _, c := range cells {
		out = append(out, ui.Cell{At: c.At, Status: uiStatus(c.Status), Behind: c.Behind, NoData: c.Status == lasso.StatusUnset})
	}
	return out
}

func chainRef(ch *lasso.Chain) dashboard.ChainRef {
	return dashboard.ChainRef{ID: uint64(ch.ID), Alias: ch.Key, Name: ch.Name}
}

func callFigures(f lasso.CallFigures) dashboard.Figures {
	return dashboard.Figures{
		Calls: f.Calls, Failed: failed(&f), Failovers: f.Failovers, PerSecond: f.PerSecond, SuccessRate: f.SuccessRate,
		P50: f.Latency.P50, P95: f.Latency.P95, P99: f.Latency.P99,
	}
}

func providerFigures(f lasso.ProviderFigures) dashboard.Figures {
	return dashboard.Figures{
		Calls: f.Calls, Failed: f.Errors, Failovers: f.Failovers, PerSecond: f.PerSecond, SuccessRate: f.SuccessRate,
		P50: f.P50, P95: f.P95, P99: f.P99,
	}
}

// steps are the roll-ups of the windows.
func steps(w lasso.Window) time.Duration {
	switch w {
	case lasso.Minute:
		return time.Second
	case lasso.FiveMinutes:
		return 5 * time.Second
	case lasso.FifteenMinutes:
		return 15 * time.Second
	case lasso.Hour:
		return time.Minute
	case lasso.Day:
	}
	return 15 * time.Minute
}

func series(points []lasso.Point, w lasso.Window) dashboard.Series {
	out := dashboard.Series{Step: steps(w), Points: make([]dashboard.Point, 0, len(points))}
	for _, p := range points {
		if p.Open {
			break // a step of which a part is known would be drawn as a fall
		}
		out.Points = append(out.Points, dashboard.Point{At: p.At, Calls: p.Calls, Failed: p.Failed, Failovers: p.Failovers, P50: p.P50, P95: p.P95, Gap: p.Gap})
	}
	if len(points) > 1 {
		out.Step = points[1].At.Sub(points[0].At)
	}
	return out
}

// providerRow joins what a provider is configured as, what is known of it and
// what it did in the last minute.
func providerRow(ch *lasso.Chain, pr *lasso.Provider, st *lasso.ProviderState, maxLag int, f *lasso.ProviderFigures) dashboard.ProviderRow {
	row := dashboard.ProviderRow{
		Chain: chainRef(ch), ID: string(pr.ID), Name: pr.Name, State: uiState(st.Condition),
		Height: st.Height, HeightAt: st.HeightAt, Behind: st.Behind, MaxLag: maxLag,
		Priority: pr.Priority, Archival: pr.Archival,
	}
	setFigures(&row, f)
	for _, r := range st.Routes {
		row.Breakers = append(row.Breakers, uiBreaker(r))
	}
	return row
}

// setFigures fills in what a provider did. Percentiles are those of the merged
// sketches of all nodes.
func setFigures(r *dashboard.ProviderRow, f *lasso.ProviderFigures) {
	r.Calls, r.Failed, r.Share, r.PerSecond, r.SuccessRate = f.Calls, f.Errors, f.TrafficShare, f.PerSecond, f.SuccessRate
	r.Mean, r.P50, r.P95, r.P99, r.Failovers = f.Avg, f.P50, f.P95, f.P99, f.Failovers
}

func methodViews(figures []lasso.MethodFigures) []dashboard.MethodRow {
	rows := make([]dashboard.MethodRow, 0, len(figures))
	for _, f := range figures {
		rows = append(rows, dashboard.MethodRow{
			Method: f.Method, Calls: f.Calls, Errors: f.Errors, PerSecond: f.PerSecond, SuccessRate: f.SuccessRate,
			P50: f.P50, P95: f.P95, P99: f.P99, LastAt: f.LastAt,
		})
	}
	return rows
}

func errorViews(samples []lasso.ErrorSample) []dashboard.ErrorRow {
	rows := make([]dashboard.ErrorRow, 0, len(samples))
	for _, e := range samples {
		rows = append(rows, dashboard.ErrorRow{Message: e.Message, Category: e.Category.String(), Count: e.Count, LastAt: e.LastAt})
	}
	return rows
}

func bins(in []lasso.Bin) []dashboard.Bin {
	out := make([]dashboard.Bin, 0, len(in))
	for _, b := range in {
		out = append(out, dashboard.Bin(b))
	}
	return out
}

// feed names the chains and providers of feed items by the profile. Keep
// chooses what is shown; at most limit items are.
func feed(p *lasso.Profile, items []lasso.FeedItem) []dashboard.FeedRow {
	rows := make([]dashboard.FeedRow, 0, len(items))
	for _, it := range items {
		rows = append(rows, feedRow(p, it))
	}
	return rows
}

func feedRow(p *lasso.Profile, it lasso.FeedItem) dashboard.FeedRow {
	row := dashboard.FeedRow{Seq: it.Seq, Node: string(it.Node), Region: it.Region}
	var chain lasso.ChainID
	if e := it.Event; e != nil {
		row.At, row.Event, row.Status, row.Title, row.Detail = e.At, true, uiStatus(e.Status), e.Title, e.Detail
		row.Provider, chain = string(e.Provider), e.Chain
	} else if c := it.Call; c != nil {
		row.Request, row.Number = c.RequestID, it.Number
		row.At, row.Method, row.Duration, row.Failovers, row.Local = c.At, c.Method, c.Duration, c.Failovers, c.Local
		row.Failed, row.Detail, row.Strategy, row.Why = !c.Category.Answered(), c.Detail, c.Strategy.String(), c.Why
		if c.Category != lasso.OK {
			row.Category = c.Category.String()
		}
		row.Provider, chain = string(c.Provider), c.Chain
	}
	if chain == 0 {
		return row
	}
	row.Chain = dashboard.ChainRef{ID: uint64(chain)}
	if ch, ok := p.Chain(chain.String()); ok {
		row.Chain = chainRef(ch)
		if pr, ok := ch.Provider(row.Provider); ok {
			row.Name = pr.Name
		}
	}
	return row
}

func viewCoverage(c lasso.Coverage) dashboard.Coverage {
	out := dashboard.Coverage{Responding: c.Responding, Total: c.Total}
	for _, n := range c.Missing {
		out.Missing = append(out.Missing, string(n))
	}
	return out
}

// reloadBanner tells of a configuration that was refused; nil when none was.
func reloadBanner(r lasso.ReloadState) *dashboard.Banner {
	if len(r.Problems) == 0 {
		return nil
	}
	mistakes := strconv.Itoa(len(r.Problems)) + " mistakes"
	if len(r.Problems) == 1 {
		mistakes = "1 mistake"
	}
	return &dashboard.Banner{
		Status: ui.Degraded,
		Title:  "The last reload was refused: " + mistakes + ".",
		Text:   "The configuration of " + r.LoadedAt.UTC().Format("15:04:05") + " UTC keeps serving.",
		Items:  r.Problems,
		At:     r.FailedAt,
	}
}
