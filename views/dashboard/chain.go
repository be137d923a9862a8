package dashboard

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func (m ChainPage) crumbs() []Way { return []Way{{Label: "Chains", Href: string(m.chainsHref())}} }

// mostBadges leaves room for the head beside them.
const mostBadges = 2

// badges are the statuses of the chain's providers that are not healthy, at
// most two, or one word for a chain without problems.
func (m ChainPage) badges() []statusCount {
	all := statusCounts([]ChainRow{m.Chain})
	out := make([]statusCount, 0, mostBadges)
	for _, c := range all {
		if c.Status != ui.Healthy && len(out) < mostBadges {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

func (c ChainRow) spreadWords() string {
	lo, hi := uint64(0), uint64(0)
	for _, r := range c.Providers {
		if r.Height == 0 {
			continue
		}
		if lo == 0 || r.Height < lo {
			lo = r.Height
		}
		hi = max(hi, r.Height)
	}
	if lo == 0 {
		return ""
	}
	return "Spread " + blocks(hi-lo)
}

func blocks(n uint64) string {
	if n == 1 {
		return "1 block"
	}
	return views.Number(n) + " blocks"
}

func stepWords(step time.Duration) string {
	switch {
	case step <= 0:
		return ""
	case step < time.Minute:
		return "one point per " + views.Span(step)
	}
	return "one point per " + strconv.Itoa(int(step/time.Minute)) + " min"
}

func (m ChainPage) latencyChart() ui.Chart {
	p95 := m.Series.p95()
	top := ui.Ceiling(largest(p95))
	return ui.Chart{
		Label: fmt.Sprintf("Latency over the %s: p50 %s and p95 %s in the last minute",
			lower(rangeWords(m.Range)), latency(m.KPIs.Minute.Calls, m.KPIs.Minute.P50), latency(m.KPIs.Minute.Calls, m.KPIs.Minute.P95)),
		Max:   top,
		Ticks: ticks(top, tickOf("0 ms", views.Milliseconds)),
		Times: m.Series.times(),
		Lines: []ui.Line{{Name: "p95", Class: "ln ln-1", Values: p95}, {Name: "p50", Class: "ln ln-2", Values: m.Series.p50()}},
		Gaps:  m.Series.gaps(),
		Tall:  true,
		Start: m.Series.start(), Step: m.Series.Step, Unit: ui.Milliseconds,
	}
}

func (m ChainPage) rateChart() ui.Chart {
	top := ui.Ceiling(largest(m.Series.rates()))
	bars := make([]ui.Bar, len(m.Series.Points))
	for i, p := range m.Series.Points {
		bars[i] = ui.Bar{Total: perSecond(p.Calls, m.Series.Step), Failed: perSecond(p.Failed, m.Series.Step)}
	}
	return ui.Chart{
		Label: fmt.Sprintf("Requests per second over the %s, most %s", lower(rangeWords(m.Range)), views.Rate(largest(m.Series.rates()))),
		Max:   top,
		Ticks: []string{views.Rate(top) + " /s", views.Rate(top/2) + " /s", "0 /s"},
		Times: m.Series.times(),
		Bars:  bars,
		Gaps:  m.Series.gaps(),
		Start: m.Series.start(), Step: m.Series.Step, Unit: ui.PerSecond,
	}
}

func ticks(top float64, write func(float64) string) []string {
	out := make([]string, 0, 5)
	for i := 4; i >= 0; i-- {
		out = append(out, write(top*float64(i)/4))
	}
	return out
}

// start is when the first step begins; zero with no steps.
func (m Series) start() time.Time {
	if len(m.Points) == 0 {
		return time.Time{}
	}
	return m.Points[0].At
}

func (m Series) gaps() []bool {
	out := make([]bool, len(m.Points))
	for i, p := range m.Points {
		out[i] = p.Gap
	}
	return out
}

// times are up to seven labels, evenly spread.
func (m Series) times() []string {
	n := len(m.Points)
	if n < 2 {
		return nil
	}
	write := views.Minute
	if m.Points[n-1].At.Sub(m.Points[0].At) < 10*time.Minute {
		write = views.Clock
	}
	const labels = 6
	out := make([]string, 0, labels+1)
	for i := range labels + 1 {
		out = append(out, write(m.Points[i*(n-1)/labels].At))
	}
	return out
}

// tableSteps are the steps with something to say, the newest first.
func (m ChainPage) tableSteps() []Point {
	out := make([]Point, 0, len(m.Series.Points))
	for _, p := range slices.Backward(m.Series.Points) {
		if p.Gap || p.Calls > 0 {
			out = append(out, p)
		}
	}
	return out
}

func hourTimes(now time.Time) []string {
	out := make([]string, 0, 5)
	for i := 4; i >= 0; i-- {
		out = append(out, views.Minute(now.Add(-time.Duration(i)*15*time.Minute)))
	}
	return out
}
