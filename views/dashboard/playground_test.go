package dashboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// playground is the page with everything on it, all names the same.
func playground(name string) dashboard.PlaygroundPage {
	ref := dashboard.ChainRef{ID: 1, Alias: name, Name: name}
	state := ui.State{Status: ui.RateLimited, Reason: name}
	code := dashboard.Code{Text: "{" + name + ": " + name + "}"}
	for i, piece := range []string{"{", name, ": ", name, "}"} {
		at := uint32(len(piece))
		if i > 0 {
			at += code.Pieces[i-1].End
		}
		code.Pieces = append(code.Pieces, dashboard.CodePiece{End: at, Class: dashboard.CodeClass(i)})
	}
	marks := dashboard.NewMarks(len(code.Pieces))
	marks.Set(3)
	group := func(letter string) dashboard.PlaygroundGroup {
		return dashboard.PlaygroundGroup{
			Letter: letter, Names: []string{name, name}, Note: name, Code: code, Marks: marks, First: marks, Cut: true, Size: 900, Raw: name, RawCut: true, Unordered: name, Failed: true,
			Diffs: []dashboard.PlaygroundDiff{{Path: name, Left: name, Right: name}}, DiffsAll: 7,
		}
	}
	return dashboard.PlaygroundPage{
		Shell: sampleShell(dashboard.NavPlayground, "/dashboard/public/playground"), From: name, Problem: name,
		Form: dashboard.PlaygroundForm{
			Chains: []dashboard.ChainRef{ref}, Chain: ref, Methods: []string{name}, Method: name, Params: name, Strategies: []string{name}, Strategy: name,
			Ask: dashboard.AskOne, Providers: []dashboard.PlaygroundChoice{{ID: name, Name: name}}, Provider: name, Absent: []string{name},
			Writes: name, Curl: name, RPC: name, Linked: true,
		},
		Run: &dashboard.PlaygroundRun{
			ID: name, At: sampleTime(), Chain: ref, Method: name, Ask: dashboard.AskEvery, Agree: 2, Differ: 2, Silent: 1, Field: name, Other: "B",
			View: dashboard.ViewTable,
			Answers: []dashboard.PlaygroundAnswer{
				{Group: "A", Provider: "a", Name: name, State: state, Took: 14 * time.Millisecond, Value: name, Block: 23871204, HasBlock: true, Against: "Same"},
				{Group: "B", Provider: "b", Name: name, State: state, Took: 61 * time.Millisecond, Value: name, Rest: name, Against: name},
				{Provider: "c", Name: name, State: state, Took: 28 * time.Millisecond, Against: name, Next: sampleTime().Add(12 * time.Second)},
			},
			Groups: []dashboard.PlaygroundGroup{group("A"), group("B"), group("C")},
			Routing: &dashboard.PlaygroundRouting{
				RequestID: name, Strategy: name, Selected: name, Reason: name, Breaker: name, Safety: name, Note: name, FailedOpen: []string{name},
				Tries:      []dashboard.PlaygroundTry{{Name: name, Transport: name, Outcome: name, Reason: name, MS: 3}},
				Candidates: []dashboard.PlaygroundCandidate{{Provider: name, Name: name, Transport: name, Rank: 1, Why: name}, {Name: name, Why: name}},
			},
		},
		Past: []dashboard.PlaygroundPast{{ID: name, At: sampleTime(), Chain: ref, Method: name, Params: name, Summary: name, Query: "?run=x"}},
		Load: dashboard.PlaygroundLoad{
			Rate: 10, Seconds: 10, MostRate: 200, MostTime: 30, Problem: name, Known: true, Running: true, Profile: name, Elsewhere: true, Chain: ref, Method: name,
			Strategy: name, Planned: 1200, Done: 40, Answered: 40, P50: 12, P95: 30, P99: 31, Bins: []dashboard.Bin{{UpTo: 2}, {UpTo: 4, Count: 40}, {UpTo: 8}},
			Outcomes: []dashboard.PlaygroundOutcome{{Category: name, Count: 40, Answered: true}},
		},
	}
}

func TestPlayground(t *testing.T) {
	t.Parallel()
	for _, view := range []string{dashboard.ViewTable, dashboard.ViewDifference, dashboard.ViewRaw} {
		m := playground(hostile)
		m.Run.View = view
		page := render(t, m.Page())
		root := parse(t, page)
		checkPolicy(t, root)
		checkIDs(t, root)
		if !strings.Contains(text(root), "<script>alert('x')</script>") {
			t.Errorf("%s: the name is not shown as it is", view)
		}
		for _, id := range []string{dashboard.FragmentFacts, dashboard.FragmentAnswers, dashboard.FragmentDepends, dashboard.FragmentLastRuns, dashboard.FragmentLoadRun} {
			part, ok := m.Fragment(id)
			if !ok || byID(root, id) == nil {
				t.Errorf("%s: fragment %s: %v, on the page: %v", view, id, ok, byID(root, id) != nil)
				continue
			}
			render(t, part)
		}
	}
	if _, ok := playground("x").Fragment("nothing"); ok {
		t.Error("there is a fragment that does not exist")
	}
}

func TestPlaygroundText(t *testing.T) {
	t.Parallel()
	m := playground("x")
	root := parse(t, render(t, m.Page()))
	labels := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains([]string{"input", "select", "textarea"}, n.Data) && attr(n, "id") != "" && !labels[attr(n, "id")] {
			t.Errorf("field %s has no label", attr(n, "id"))
		}
	}
	for _, want := range []string{
		"2 agree", "2 differ", "1 gave no answer", "23,871,204", "14 ms", "next check in 12 s", "Does not count as client traffic",
		"40 of 1,200", "Cut: the answer has 900 B",
	} {
		if got := text(root); !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	m.Form.Ask = dashboard.AskEvery
	if got := text(parse(t, render(t, m.Page()))); !strings.Contains(got, "1 request, to its only provider. x is not asked: it does not serve x.") {
		t.Error("who is not asked is missing")
	}
	m.Form.Foreign = []string{"a", "b", "c", "d"}
	if got := text(parse(t, render(t, m.Page()))); !strings.Contains(got, "a, b, c and 1 more are not asked: only other nodes have them. x is") {
		t.Error("who only other nodes have is missing")
	}
	m.ReadOnly = true
	root = parse(t, render(t, m.Page()))
	if byID(root, dashboard.FragmentLoadRun) != nil || strings.Contains(string(render(t, m.Page())), `name="confirm"`) {
		t.Error("a page that only reads offers more than that")
	}
	if _, ok := m.Fragment(dashboard.FragmentLoadRun); ok {
		t.Error("a page that only reads has the fragment of load runs")
	}
	m.Run, m.Problem, m.Gone = nil, "", true
	if got := text(parse(t, render(t, m.Page()))); !strings.Contains(got, "not kept any more") {
		t.Error("a run that is gone is not told of")
	}
}

// TestPlaygroundPolls: only a load run that is running asks again.
func TestPlaygroundPolls(t *testing.T) {
	t.Parallel()
	m := playground("x")
	for _, running := range []bool{true, false} {
		m.Load.Running = running
		n := byID(parse(t, render(t, m.Page())), dashboard.FragmentLoadRun)
		if got := attr(n, "hx-get") != ""; got != running {
			t.Errorf("running %v: polls %v", running, got)
		}
	}
}

// TestPlaygroundCode: white space of JSON arrives as it was printed.
func TestPlaygroundCode(t *testing.T) {
	t.Parallel()
	m := playground("x")
	m.Run.Groups[1].First = nil
	m.Run.Groups[0].Code = dashboard.Code{Text: "{\n  \"a\": 1.50\n}", Pieces: []dashboard.CodePiece{
		{End: 4}, {End: 7, Class: dashboard.CodeKey}, {End: 9}, {End: 13, Class: dashboard.CodeFigure}, {End: 15},
	}}
	if got, want := string(render(t, m.Page())), "{\n  <span class=\"k\">&#34;a&#34;</span>: <span class=\"n\">1.50</span>\n}"; !strings.Contains(got, want) {
		t.Errorf("%q is missing", want)
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	m := dashboard.Forbidden{Shell: sampleShell(dashboard.NavNone, "/dashboard/public"), Message: hostile, Role: hostile, Needed: hostile, Ask: hostile}
	root := parse(t, render(t, m.Page()))
	checkPolicy(t, root)
	checkIDs(t, root)
	if !strings.Contains(text(root), "<script>alert('x')</script>") {
		t.Error("the message is not shown as it is")
	}
}

func FuzzPlayground(f *testing.F) {
	for _, name := range []string{hostile, "javascript:alert(1)", "//evil.example/", "\x00\xff ' \" ` = < > & / \\ ../..", "</pre>", "</textarea><script>", "\u202e"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, view := range []string{dashboard.ViewTable, dashboard.ViewDifference, dashboard.ViewRaw} {
			m := playground(name)
			m.Run.View = view
			checkPolicy(t, parse(t, render(t, m.Page())))
		}
	})
}
