package dashboard

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func (l PlaygroundLoad) histogram() ui.Histogram {
	page := ProviderPage{Bins: l.Bins}
	h := ui.Histogram{
		Label: fmt.Sprintf("Latency of %s: p50 %s, p95 %s, p99 %s", views.Count(l.Answered, "answered call", "answered calls"),
			l.quantile(l.P50), l.quantile(l.P95), l.quantile(l.P99)),
		Counts: make([]uint64, len(l.Bins)), HasMark: l.Answered > 0, P50: page.place(l.P50), P95: page.place(l.P95),
	}
	for i, b := range l.Bins {
		h.Counts[i] = b.Count
	}
	if n := len(l.Bins); n > 1 {
		h.Edges = []string{views.Milliseconds(page.lowest()), views.Milliseconds(l.Bins[(n-1)/2].UpTo), views.Milliseconds(l.Bins[n-1].UpTo)}
	}
	return h
}

func (l PlaygroundLoad) quantile(ms float64) string { return latency(uint64(max(l.Answered, 0)), ms) }

func (l PlaygroundLoad) progress() float64 {
	if l.Planned == 0 {
		return 0
	}
	return float64(l.Done+l.Skipped) / float64(l.Planned)
}

func (l PlaygroundLoad) doneWords() string {
	return views.Number(uint64(max(l.Done, 0))) + " of " + views.Number(uint64(max(l.Planned, 0)))
}

func (l PlaygroundLoad) stateWords() string {
	switch {
	case l.Running && l.Stopped:
		return "Stopping"
	case l.Running:
		return "Running"
	case l.Stopped:
		return "Stopped early"
	}
	return "Finished"
}

// outcomeLabel is how a call ended, as the beginning of a line.
func outcomeLabel(category string) string {
	if category == "ok" {
		return "OK"
	}
	return spelled(categoryLabel(category))
}

// methods names all that were sent.
func (l PlaygroundLoad) methods() string {
	return strings.Join(append([]string{l.Method}, l.Also...), ", ")
}

// exampleHref fills the form with a call; it sends nothing.
func (m PlaygroundPage) exampleHref(c PlaygroundCall) templ.SafeURL {
	s := m.Shell
	s.keep = []param{{"chain", m.Form.Chain.slug()}, {"method", c.Method}, {"params", c.Params}, {"ask", m.Form.Ask}, {"strategy", m.Form.Strategy}}
	return s.selfHref()
}

// polled is the load run as a fragment: it asks again only while it runs.
func (m PlaygroundPage) polled() templ.Attributes {
	if m.Load.Running {
		return m.poll(FragmentLoadRun, everyFigure)
	}
	return templ.Attributes{"id": FragmentLoadRun}
}
