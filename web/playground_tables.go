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
	out.Safety, out.Note, out.Explained = capital(plan.Safety), plan.Note, true
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
			Provider: string(x.Provider), Name: name(x.Provider), Transport: x.Transport.String(), Why: x.Reason, Filter: x.Filter, Next: x.Next,
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

// playgroundTables are what the page lists, as files.
func playgroundTables(page dashboard.PlaygroundPage, t trust) sheet {
	run := page.Run
	if run == nil {
		run = &dashboard.PlaygroundRun{}
	}
	return sheet{main: dashboard.FragmentAnswers, trust: t, tables: map[string]func() grid{
		dashboard.FragmentAnswers:  func() grid { return answerGrid(page.Answers()) },
		dashboard.FragmentDiffs:    func() grid { return diffGrid(run.Diffs) },
		dashboard.FragmentRouting:  func() grid { return candidateGrid(run.Routing) },
		dashboard.FragmentLastRuns: func() grid { return pastGrid(page.Past) },
	}}
}

func answerGrid(answers []dashboard.PlaygroundAnswer) grid {
	g := grid{name: "answers", columns: []string{"group", "provider_id", "name", "status", "took_ms", "value", "block", "against", "next_check"}}
	for _, a := range answers {
		var block any
		if a.HasBlock {
			block = a.Block
		}
		g.add(a.Group, a.Provider, a.Name, a.State.Status.Word(), milliseconds(a.Took), a.Value+a.Rest, block, a.Against, a.Next)
	}
	return g
}

func diffGrid(diffs []dashboard.PlaygroundDiff) grid {
	g := grid{name: "differences", columns: []string{"field", "group_a", "group_other"}}
	for _, d := range diffs {
		g.add(d.Path, d.Left, d.Right)
	}
	return g
}

// candidateGrid is what the router would have tried; empty for a run that was
// not routed.
func candidateGrid(r *dashboard.PlaygroundRouting) grid {
	g := grid{name: "candidates", columns: []string{"rank", "provider_id", "name", "transport", "latency_ms", "filter", "reason", "next_check"}}
	if r == nil {
		return g
	}
	for _, c := range r.Candidates {
		var rank, expected any // nil: left out, not measured
		if c.Rank > 0 {
			rank = c.Rank
		}
		if c.LatencyMS > 0 {
			expected = c.LatencyMS
		}
		g.add(rank, c.Provider, c.Name, c.Transport, expected, c.Filter, c.Why, c.Next)
	}
	return g
}

func pastGrid(past []dashboard.PlaygroundPast) grid {
	g := grid{name: "runs", columns: []string{"at", "run", "chain_id", "chain", "method", "params", "summary"}}
	for _, p := range past {
		g.add(p.At, p.ID, p.Chain.ID, p.Chain.Alias, p.Method, p.Params, p.Summary)
	}
	return g
}
