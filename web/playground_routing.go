package web

import (
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// routingView tells how a call was routed, and for a routed one what was
// expected before.
func routingView(f *pgForm, m *lasso.Meta, plan *lasso.Explanation) *dashboard.PlaygroundRouting {
	out := &dashboard.PlaygroundRouting{Strategy: f.strategy.String()}
	name := func(id lasso.ProviderID) string {
		if pr, ok := f.chain.Provider(string(id)); ok {
			return pr.Name
		}
		return string(id)
	}
	if m != nil {
		out.RequestID, out.Reason, out.Breaker, out.FailedOpen = m.RequestID, m.Reason, m.Breaker, m.FailedOpen
		out.EndToEnd, out.Upstream, out.Overhead = m.EndToEndMS, m.UpstreamMS, m.OverheadMS
		if m.Selected != nil {
			out.Selected = name(m.Selected.ID)
		}
		for _, t := range m.Attempts {
			out.Tries = append(out.Tries, dashboard.PlaygroundTry{
				Name: name(t.Provider), Transport: t.Transport.String(), Outcome: t.Outcome.String(), Reason: t.Reason, MS: t.MS, OK: t.Outcome.Answered(),
			})
		}
	}
	if plan == nil {
		return out
	}
	out.Safety, out.Note = capital(plan.Safety), plan.Note
	if _, meaning, ok := strings.Cut(plan.Safety, ": "); ok {
		out.Safety = meaning
	}
	for _, c := range plan.Candidates {
		out.Candidates = append(out.Candidates, dashboard.PlaygroundCandidate{
			Provider: string(c.Provider), Name: name(c.Provider), Transport: c.Transport.String(), Rank: c.Rank, LatencyMS: c.LatencyMS, Why: c.Why,
		})
	}
	for _, x := range plan.Excluded {
		out.Candidates = append(out.Candidates, dashboard.PlaygroundCandidate{
			Provider: string(x.Provider), Name: name(x.Provider), Transport: x.Transport.String(), Why: x.Reason, Next: x.Next,
		})
	}
	return out
}
