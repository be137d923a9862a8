package web

import "github.com/lasso-rpc/lasso/views/dashboard"

// playgroundTables are what the page lists, as files.
func playgroundTables(page *dashboard.PlaygroundPage) map[string]func() grid {
	run := page.Run
	if run == nil {
		run = &dashboard.PlaygroundRun{}
	}
	return map[string]func() grid{
		dashboard.FragmentAnswers:  func() grid { return answerGrid(page.Answers()) },
		dashboard.FragmentDiffs:    func() grid { other, _ := run.Beside(); return diffGrid(other.Diffs) },
		dashboard.FragmentRouting:  func() grid { return candidateGrid(run.Routing) },
		dashboard.FragmentLastRuns: func() grid { return pastGrid(page.Past) },
	}
}

func answerGrid(answers []dashboard.PlaygroundAnswer) grid {
	g := grid{name: "answers", columns: []string{"group", "provider_id", "name", "status", "took_ms", "value", "block", "against", "next_check", "cut"}}
	for _, a := range answers {
		var block any
		if a.HasBlock {
			block = a.Block
		}
		g.add(a.Group, a.Provider, a.Name, a.State.Status.Word(), milliseconds(a.Took), a.Value+a.Rest, block, a.Against, a.Next, a.Cut)
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
	g := grid{name: "candidates", columns: []string{"rank", "provider_id", "name", "transport", "latency_ms", "reason", "next_check"}}
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
		g.add(rank, c.Provider, c.Name, c.Transport, expected, c.Why, c.Next)
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
