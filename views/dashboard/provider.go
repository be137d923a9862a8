package dashboard

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func (m ProviderPage) crumbs() []Way {
	return []Way{
		{Label: "Chains", Href: string(m.chainsHref())},
		{Label: m.Row.Chain.label(), Href: string(m.chainHref(m.Row.Chain))},
	}
}

func (r ProviderRow) trafficWords() string {
	if r.Calls == 0 {
		return "No requests in the last minute"
	}
	return views.Rate(r.PerSecond) + " attempts/s, " + share(r.Share) + " of the chain"
}

func (r ProviderRow) allTransports() []string {
	out := make([]string, 0, 2)
	for _, b := range r.Breakers {
		out = append(out, b.Transport)
	}
	return out
}

// statusWords is the reason, since when, and what comes next, as sentences.
func (m ProviderPage) statusWords() string {
	st := m.Row.State
	var b strings.Builder
	switch {
	case st.Reason != "":
		b.WriteString(st.Reason)
		b.WriteString(".")
	case st.Status == ui.Healthy:
		b.WriteString("It takes traffic. " + m.Row.trafficWords() + ".")
	default:
		b.WriteString(m.Row.reason() + ".")
	}
	if st.Status != ui.Healthy && !st.Since.IsZero() {
		b.WriteString(" Since " + views.Clock(st.Since) + " (" + views.Since(m.Now, st.Since) + ").")
	}
	if !st.Next.IsZero() {
		b.WriteString(" Next check " + views.Until(m.Now, st.Next) + ".")
	}
	return b.String()
}

func (m ProviderPage) breakerWords(b ui.Breaker) string {
	parts := []string{breakerNote(b)}
	if b.State.Status != ui.Healthy && b.State.Status != ui.Drained && b.State.Reason != "" && !strings.Contains(b.State.Reason, parts[0]) {
		parts = append(parts, b.State.Reason)
	}
	if !b.State.Next.IsZero() && b.Circuit != ui.Closed {
		parts = append(parts, "next trial "+views.Until(m.Now, b.State.Next))
	}
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}

type stat struct {
	Label, Value, Unit string
	Over               bool
}

func (m ProviderPage) stats() []stat {
	f := m.Figures
	ms := func(label string, v float64) stat {
		if f.Calls == 0 || v <= 0 {
			return stat{Label: label, Value: views.None}
		}
		value, unit := views.Latency(v)
		return stat{Label: label, Value: value, Unit: unit}
	}
	ok := stat{Label: successOfAttempts, Value: views.None}
	if judged(f.Calls, f.Failed, f.SuccessRate) {
		ok.Value, ok.Unit = views.Success(f.SuccessRate), strings.TrimSpace("% "+few(f.Calls))
		ok.Over = low(f.Calls, f.SuccessRate)
	}
	at := ""
	if m.Row.Height > 0 {
		at = "at " + head(m.Row.Height)
	}
	return []stat{
		ms("p50", f.P50),
		ms("p95", f.P95),
		ms("p99", f.P99),
		ok,
		{Label: attemptsLabel, Value: views.Rate(f.PerSecond), Unit: "/s"},
		{Label: "Not answered", Value: views.Number(f.Failed), Unit: "of " + views.Number(f.Calls)},
		{Label: "Share, last minute", Value: views.Share(m.Row.Share), Unit: "%"},
		{Label: "Failovers to it", Value: views.Number(m.Failovers)},
		{Label: "Blocks behind", Value: behindFigure(m.Row), Unit: at, Over: m.Row.overLag()},
	}
}

func behindFigure(r ProviderRow) string {
	if r.Height == 0 {
		return views.None
	}
	return views.Signed(r.Behind)
}

func behindWords(r ProviderRow) string {
	if r.Height == 0 {
		return "no block seen"
	}
	return views.Count(int(r.Behind), "block", "blocks")
}

func every(d time.Duration) string {
	switch {
	case d <= 0:
		return views.None
	case d < time.Minute:
		return views.Fine(d)
	}
	return views.Span(d)
}

func (m ProviderPage) errorWords() string {
	if m.Figures.Calls == 0 {
		return ""
	}
	return views.Number(m.Figures.Failed) + " of " + views.Number(m.Figures.Calls) + " attempts not answered"
}

func (m ProviderPage) shared() []string {
	if len(m.SharedBy) == 0 {
		return []string{m.Profile.Slug}
	}
	return m.SharedBy
}

func (m ProviderPage) binCount() uint64 {
	var n uint64
	for _, b := range m.Bins {
		n += b.Count
	}
	return n
}

func (m ProviderPage) histogram() ui.Histogram {
	h := ui.Histogram{
		Label: fmt.Sprintf("Latency of %s requests: p50 %s, p95 %s, p99 %s", views.Number(m.binCount()),
			latency(m.Figures.Calls, m.Figures.P50), latency(m.Figures.Calls, m.Figures.P95), latency(m.Figures.Calls, m.Figures.P99)),
		Counts:  make([]uint64, len(m.Bins)),
		HasMark: m.Figures.P50 > 0 && m.Figures.P95 > 0,
		P50:     m.place(m.Figures.P50),
		P95:     m.place(m.Figures.P95),
	}
	for i, b := range m.Bins {
		h.Counts[i] = b.Count
	}
	n := len(m.Bins)
	h.Edges = []string{views.Milliseconds(m.lowest()), views.Milliseconds(m.Bins[(n-1)/2].UpTo), views.Milliseconds(m.Bins[n-1].UpTo)}
	return h
}

// lowest is where the first bin begins: the bins are of equal width on a
// logarithmic scale.
func (m ProviderPage) lowest() float64 {
	if len(m.Bins) < 2 || m.Bins[0].UpTo <= 0 || m.Bins[1].UpTo <= m.Bins[0].UpTo {
		return 0
	}
	return m.Bins[0].UpTo * m.Bins[0].UpTo / m.Bins[1].UpTo
}

// place is where a latency falls on the histogram's axis, 0 to 1.
func (m ProviderPage) place(ms float64) float64 {
	from := m.lowest()
	for i, b := range m.Bins {
		if ms <= b.UpTo {
			part := 0.5
			if from > 0 && b.UpTo > from && ms > 0 {
				part = max(0, math.Log(ms/from)/math.Log(b.UpTo/from))
			}
			return (float64(i) + part) / float64(len(m.Bins))
		}
		from = b.UpTo
	}
	return 1
}

// saysMore tells whether the status of a transport is more than its breaker
// shows already.
func saysMore(b ui.Breaker) bool {
	switch b.State.Status {
	case ui.Healthy, ui.Drained: // that is of the provider
		return false
	case ui.CircuitOpen:
		return b.Circuit != ui.Open
	case ui.TestingRecovery:
		return b.Circuit != ui.HalfOpen
	case ui.RateLimited, ui.Recovering, ui.Degraded, ui.Lagging, ui.Unknown:
	}
	return b.State.Status != ""
}
