package dashboard

import (
	"math"
	"strconv"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// kpi is one cell of the strip.
type kpi struct {
	Label  string
	Href   templ.SafeURL
	Value  string
	Unit   string
	Second string // a smaller figure beside it
	Unit2  string
	Over   string // the deviation, when the figure is over its limit
	Note   string // one line of comparison
	Spark  []float64
	Rate   bool                 // the sparkline's scale starts at zero
	write  func(float64) string // a value of it, with unit
	Meter  float64
	Whole  bool // Meter is drawn
	narrow bool // shown on narrow screens only
}

func (k kpi) over() bool { return k.Over != "" }

func requestsKPI(k KPIs, href templ.SafeURL, note string) kpi {
	out := kpi{Label: "Requests", Href: href, Value: views.Rate(k.Minute.PerSecond), Unit: "/s", Note: note, Spark: k.Recent.rates(), Rate: true, write: rateWords}
	if note == "" && k.Five.PerSecond > 0 {
		out.Note = change(k.Minute.PerSecond/k.Five.PerSecond-1) + " on the 5 min mean"
	}
	if k.Minute.Calls == 0 && out.Note == "" {
		out.Note = "no requests in the last minute"
	}
	return out
}

// change writes a relative change: "+4 %", "−12 %".
func change(v float64) string {
	n := int64(math.Round(v * 100))
	if n > 0 {
		return "+" + views.Signed(n) + " %"
	}
	return views.Signed(n) + " %"
}

// successDrop is the fall, in points of per cent, that marks the figure.
const successDrop = 0.05

func successKPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{Label: successOfCalls, Href: href, Value: views.None, Spark: k.Recent.successes(), write: func(v float64) string { return views.Success(v) + " %" }}
	if k.Minute.Calls == 0 {
		out.Note = "no requests in the last minute"
		return out
	}
	if !judged(k.Minute.Calls, k.Minute.Failed, k.Minute.SuccessRate) {
		out.Note = "all callers left"
		return out
	}
	out.Value, out.Unit = views.Success(k.Minute.SuccessRate), "%"
	if f := few(k.Minute.Calls); f != "" {
		out.Unit = "% " + f
	}
	points := (k.Minute.SuccessRate - k.Five.SuccessRate) * 100
	switch {
	case k.Five.Calls == 0:
		out.Note = failedWords(k.Minute.Failed)
	case points <= -successDrop:
		out.Over, out.Note = "−"+strconv.FormatFloat(-points, 'f', 2, 64)+" pt", "on the 5 min mean"
	default:
		out.Note = failedWords(k.Minute.Failed)
	}
	return out
}

func failedWords(n uint64) string {
	if n == 0 {
		return "no request failed"
	}
	return views.Number(n) + " failed"
}

func p50KPI(k KPIs, href templ.SafeURL, withP95 bool) kpi {
	out := kpi{Label: "Latency p50", Href: href, Value: views.None, Spark: k.Recent.p50(), write: views.Milliseconds}
	if k.Minute.Calls == 0 {
		out.Note = "no requests in the last minute"
		return out
	}
	if k.Minute.P50 <= 0 {
		out.Note = "no request was answered"
		return out
	}
	out.Value, out.Unit = views.Latency(k.Minute.P50)
	if withP95 {
		out.Second, out.Unit2 = views.Latency(k.Minute.P95)
		out.Unit2 += " p95"
		out.Note = "p99 " + views.Milliseconds(k.Minute.P99)
		return out
	}
	if k.Five.Calls > 0 {
		out.Note = "5 min: " + views.Milliseconds(k.Five.P50)
	}
	return out
}

func p95KPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{Label: "Latency p95", Href: href, Value: views.None, Spark: k.Recent.p95(), write: views.Milliseconds}
	if k.Minute.Calls == 0 {
		out.Note = "no requests in the last minute"
		return out
	}
	out.Value, out.Unit = views.Latency(k.Minute.P95)
	out.Note = "p99 " + views.Milliseconds(k.Minute.P99)
	return out
}

func failoverKPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{
		Label: "Failovers", Href: href, Value: views.Number(k.Minute.Failovers), Unit: "/min",
		Spark: k.Recent.failovers(), Rate: true, write: views.Rate,
	}
	mean := k.fiveMean(k.Five.Failovers)
	switch n := float64(k.Minute.Failovers); {
	case k.Minute.Failovers == 0:
		out.Note = "no provider had to be left"
	case mean > 0 && n >= 5 && n >= 1.5*mean:
		out.Over, out.Note = views.Times(n/mean), "the 5 min mean"
	case mean > 0:
		out.Note = views.Times(n/mean) + " the 5 min mean"
	default:
		out.Note = "none in the 4 min before"
	}
	return out
}

// fiveMean is a count of the last five minutes, per minute. Short of five
// minutes after the start, it is the mean of those that there were.
func (k KPIs) fiveMean(n uint64) float64 {
	minutes := 5.0
	if k.Five.PerSecond > 0 {
		minutes = min(max(float64(k.Five.Calls)/k.Five.PerSecond/60, 1), minutes)
	}
	return float64(n) / minutes
}

func costKPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{
		Label: "Cost of checks", Href: href, Value: views.Percent(k.ProbeShare), Unit: "%",
		Note:  views.Rate(k.ProbesPerMin) + " checks/min",
		Meter: k.ProbeShare, Whole: true,
	}
	if k.Probes == 0 {
		out.Value, out.Unit, out.Note = views.None, "", "no checks in the last minute"
	}
	return out
}

func usableKPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{
		Label: "Providers usable", Href: href, Value: strconv.Itoa(k.Usable), Unit: "of " + strconv.Itoa(k.Providers),
		Note: strconv.Itoa(k.Healthy) + " healthy", Meter: ratio(k.Usable, k.Providers), Whole: k.Providers > 0,
	}
	if k.Drained > 0 {
		out.Note += ", " + strconv.Itoa(k.Drained) + " drained"
	}
	if n := k.Providers - k.Usable; n > k.Drained {
		out.Over, out.Note = strconv.Itoa(n), "not usable now"
		if k.Drained > 0 {
			out.Note += ", " + strconv.Itoa(k.Drained) + " drained"
		}
	}
	return out
}

func chainsKPI(k KPIs, href templ.SafeURL) kpi {
	out := kpi{
		Label: "Chains", Href: href, Value: strconv.Itoa(k.ChainsUsable), Unit: "of " + strconv.Itoa(k.Chains) + " served",
		Note: "all can be served", Meter: ratio(k.ChainsUsable, k.Chains), Whole: k.Chains > 0,
	}
	if n := k.Chains - k.ChainsUsable; n > 0 {
		out.Over, out.Note = strconv.Itoa(n), "without a usable provider"
	}
	return out
}

// nodesKPI stands where the header has no room for the coverage; see the
// styles.
func nodesKPI(s Shell) kpi {
	out := kpi{
		Label: "Cluster", Href: s.clusterHref(), Value: strconv.Itoa(s.Coverage.Responding), Unit: "of " + views.Count(s.Coverage.Total, "node", "nodes"),
		Note: "all answer", Meter: ratio(s.Coverage.Responding, s.Coverage.Total), Whole: true, narrow: true,
	}
	if n := s.Coverage.Total - s.Coverage.Responding; n > 0 {
		out.Over, out.Note = strconv.Itoa(n), "without an answer"
	}
	return out
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (m Overview) kpis() []kpi {
	chains := templ.SafeURL("#" + FragmentChains)
	cells := []kpi{
		requestsKPI(m.KPIs, chains, ""),
		successKPI(m.KPIs, m.requestsHref("failed", ChainRef{})),
		p50KPI(m.KPIs, chains, true),
		failoverKPI(m.KPIs, m.requestsHref("failover", ChainRef{})),
		costKPI(m.KPIs, m.providersHref()),
		usableKPI(m.KPIs, m.failingHref()),
		chainsKPI(m.KPIs, m.chainsHref()),
	}
	if m.Clustered {
		cells = append(cells, nodesKPI(m.Shell))
	}
	return cells
}

func (m ChainPage) kpis() []kpi {
	chart, providers := templ.SafeURL("#"+FragmentChart), templ.SafeURL("#"+FragmentProviders)
	note := ""
	if m.KPIs.TrafficShare > 0 {
		note = share(m.KPIs.TrafficShare) + " of all traffic"
	}
	cells := []kpi{
		requestsKPI(m.KPIs, chart, note),
		successKPI(m.KPIs, m.requestsHref("failed", m.Chain.Ref)),
		p50KPI(m.KPIs, chart, false),
		p95KPI(m.KPIs, chart),
		failoverKPI(m.KPIs, m.requestsHref("failover", m.Chain.Ref)),
		costKPI(m.KPIs, providers),
		usableKPI(m.KPIs, providers),
	}
	if m.Clustered {
		cells = append(cells, nodesKPI(m.Shell))
	}
	return cells
}
