package dashboard

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// traffic is latency and requests over the range: of a chain, or of all.
type traffic struct {
	Shell
	Minute  Figures
	Series  Series
	Moments Moments
}

// longStep is from when on a step is long enough to be waited for.
const longStep = time.Minute

// noneWords say that there is nothing to draw: a long step is drawn when it is
// complete.
func (m traffic) noneWords() string {
	if m.Series.Step >= longStep && m.Minute.Calls > 0 {
		return "No step of " + strconv.Itoa(int(m.Series.Step/time.Minute)) + " min is complete yet. Shorter ranges have the last minutes."
	}
	return m.noneIn()
}

func (m ChainPage) traffic() traffic { return traffic{m.Shell, m.KPIs.Minute, m.Series, m.Moments} }

func (m Overview) traffic() traffic {
	return traffic{m.Shell, m.KPIs.Minute, m.Series, m.Moments}
}

func (m ProviderPage) traffic() traffic {
	r := m.Row
	return traffic{m.Shell, Figures{Calls: r.Calls, Failed: r.Failed, P50: r.P50, P95: r.P95}, m.Series, m.Moments}
}

func (m traffic) latencyChart() ui.Chart {
	p95 := m.Series.p95()
	top := ui.Ceiling(largest(p95))
	return ui.Chart{
		Label: fmt.Sprintf("Latency over the %s: p50 %s and p95 %s in the last minute",
			lower(rangeWords(m.Range)), latency(m.Minute.Calls, m.Minute.P50), latency(m.Minute.Calls, m.Minute.P95)),
		Max:   top,
		Ticks: ticks(top, tickOf("0", views.Milliseconds)),
		Lines: []ui.Line{{Name: "p95", Class: "ln ln-1", Values: p95}, {Name: "p50", Class: "ln ln-2", Values: m.Series.p50()}},
		Gaps:  m.Series.gaps(),
		Marks: m.Moments.events(),
		Tall:  true,
		Start: m.Series.start(), Step: m.Series.Step, Unit: ui.Milliseconds,
	}
}

func (m traffic) rateChart() ui.Chart {
	top := ui.Ceiling(largest(m.Series.rates()))
	bars := make([]ui.Bar, len(m.Series.Points))
	for i, p := range m.Series.Points {
		bars[i] = ui.Bar{Total: perSecond(p.Calls, m.Series.Step), Failed: perSecond(p.Failed, m.Series.Step)}
	}
	return ui.Chart{
		Label: fmt.Sprintf("Requests per second over the %s, most %s", lower(rangeWords(m.Range)), views.Rate(largest(m.Series.rates()))),
		Max:   top,
		Ticks: []string{views.Rate(top) + " /s", views.Rate(top/2) + " /s", "0"},
		Bars:  bars,
		Gaps:  m.Series.gaps(),
		Marks: m.Moments.events(),
		Start: m.Series.start(), Step: m.Series.Step, Unit: ui.PerSecond,
	}
}

// marked tells whether the table has a column for what happened.
func (m traffic) marked() bool { return m.Moments.over(m.Series) }

// tableSteps are the steps with something to say, the newest first.
func (m traffic) tableSteps() []Point {
	out := make([]Point, 0, len(m.Series.Points))
	for _, p := range slices.Backward(m.Series.Points) {
		if p.Gap || p.Calls > 0 || len(m.Moments.in(p.At, p.At.Add(m.Series.Step))) > 0 {
			out = append(out, p)
		}
	}
	return out
}
