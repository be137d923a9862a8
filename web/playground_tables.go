package web

import (
	"net/url"
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

// pastViews lists the runs that are kept.
func (s *Server) pastViews(p *lasso.Profile, runs []*pgRun, current string) []dashboard.PlaygroundPast {
	const clipped = 120
	past := make([]dashboard.PlaygroundPast, 0, len(runs))
	for _, r := range runs {
		row := dashboard.PlaygroundPast{
			ID: r.id, At: r.at, Method: r.method, Params: clipText(r.params, clipped), Current: r.id == current,
			Chain: dashboard.ChainRef{ID: uint64(r.chain)},
		}
		if ch, ok := p.Chain(r.chain.String()); ok {
			row.Chain = chainRef(ch)
		}
		sum := dashboard.PlaygroundRun{Ask: r.ask}
		sum.Agree, sum.Differ, sum.Silent = r.counts()
		row.Summary = sum.Summary()
		q := url.Values{"chain": {row.Chain.Alias}, "method": {r.method}, "ask": {r.ask}, "strategy": {r.strategy.String()}, "run": {r.id}}
		if row.Chain.Alias == "" {
			q.Set("chain", r.chain.String())
		}
		if len(r.params) <= maxLinked {
			q.Set("params", r.params)
		}
		if r.provider != "" {
			q.Set("provider", string(r.provider))
		}
		row.Query = "?" + q.Encode()
		past = append(past, row)
	}
	return past
}

// playgroundTables are the answers of a run as files.
func playgroundTables(page dashboard.PlaygroundPage) sheet {
	answers := func() grid {
		g := grid{name: "answers", columns: []string{"group", "provider_id", "name", "status", "took_ms", "value", "block", "against"}}
		if page.Run == nil {
			return g
		}
		for _, a := range page.Run.Answers {
			block := ""
			if a.HasBlock {
				block = whole(a.Block)
			}
			g.rows = append(g.rows, []string{
				a.Group, a.Provider, a.Name, a.State.Status.Word(), float(float64(a.Took.Microseconds()) / 1000), a.Value + a.Rest, block, a.Against,
			})
		}
		return g
	}
	diffs := func() grid {
		g := grid{name: "differences", columns: []string{"field", "group_a", "group_other"}}
		if page.Run == nil {
			return g
		}
		for _, d := range page.Run.Diffs {
			g.rows = append(g.rows, []string{d.Path, d.Left, d.Right})
		}
		return g
	}
	return sheet{tables: map[string]func() grid{"": answers, dashboard.FragmentAnswers: answers, dashboard.FragmentDiffs: diffs}}
}
