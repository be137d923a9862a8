package web

import "github.com/lasso-rpc/lasso/views/dashboard"

// playgroundTables are the answers of a run as files.
func playgroundTables(page dashboard.PlaygroundPage) sheet {
	answers := func() grid {
		g := grid{name: "answers", columns: []string{"group", "provider_id", "name", "status", "took_ms", "value", "block", "against", "cut"}}
		if page.Run == nil {
			return g
		}
		for _, a := range page.Run.Answers {
			block := ""
			if a.HasBlock {
				block = whole(a.Block)
			}
			g.rows = append(g.rows, []string{
				a.Group, a.Provider, a.Name, a.State.Status.Word(), float(float64(a.Took.Microseconds()) / 1000), a.Value + a.Rest, block, a.Against, a.Cut,
			})
		}
		return g
	}
	diffs := func() grid {
		g := grid{name: "differences", columns: []string{"field", "group_a", "group_other"}}
		if page.Run == nil {
			return g
		}
		other, _ := page.Run.Beside()
		for _, d := range other.Diffs {
			g.rows = append(g.rows, []string{d.Path, d.Left, d.Right})
		}
		return g
	}
	return sheet{tables: map[string]func() grid{"": answers, dashboard.FragmentAnswers: answers, dashboard.FragmentDiffs: diffs}}
}
