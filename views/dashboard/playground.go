package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// firstOther is the letter of the group that stands beside A by itself.
const firstOther = "B"

// kept is the page with what its links carry along.
func (m PlaygroundPage) kept() PlaygroundPage {
	f := m.Form
	m.keep = []param{{"chain", f.Chain.slug()}, {"method", f.Method}}
	if f.Linked {
		m.keep = append(m.keep, param{"params", f.Params})
	}
	m.keep = append(m.keep, param{"ask", f.Ask}, param{"strategy", f.Strategy})
	if f.Ask == AskOne {
		m.keep = append(m.keep, param{"provider", f.Provider})
	}
	if r := m.Run; r != nil {
		view := r.View
		if view == ViewTable {
			view = ""
		}
		other := r.Other
		if other == firstOther {
			other = ""
		}
		m.keep = append(m.keep, param{"run", r.ID}, param{"view", view}, param{"group", other})
	}
	return m
}

// Query is the address of the page as it is, without its path.
func (m PlaygroundPage) Query() string { return m.kept().query().String() }

// Page renders the whole document.
func (m PlaygroundPage) Page() templ.Component { return playgroundPage(m.kept()) }

// Fragment renders one of FragmentFacts, FragmentAnswers, FragmentDepends,
// FragmentLastRuns and FragmentLoadRun, the last only where load runs are
// allowed.
func (m PlaygroundPage) Fragment(id string) (templ.Component, bool) {
	m = m.kept()
	switch id {
	case FragmentFacts:
		return together(m.Shell, playgroundFacts(m)), true
	case FragmentAnswers:
		return templ.Join(playgroundAnswers(m), playgroundPast(m, true)), true
	case FragmentDepends:
		return playgroundDepends(m), true
	case FragmentLastRuns:
		return playgroundPast(m, false), true
	case FragmentLoadRun:
		if !m.ReadOnly {
			return playgroundLoad(m), true
		}
	}
	return nil, false
}

func (m PlaygroundPage) path() string { return m.profilePath() + "/" + string(NavPlayground) }

// back carries what the address has beside the form through a plain POST.
func (m PlaygroundPage) back() templ.SafeURL {
	return templ.SafeURL(m.path() + query{rng: m.Range, region: m.Region, node: m.Node}.String())
}

func (m PlaygroundPage) pastHref(p PlaygroundPast) templ.SafeURL {
	return templ.SafeURL(m.path() + p.Query)
}

// viewHref is the run in another view, or beside another group.
func (m PlaygroundPage) viewHref(view string) templ.SafeURL {
	if view == ViewTable {
		view = ""
	}
	return m.keepHref("view", view)
}

func (f PlaygroundForm) note() string {
	n := len(f.Providers)
	words := views.Count(n, "request, to its only provider.", "requests, 1 to each provider.")
	switch f.Ask {
	case AskRouted:
		words = "1 request, routed as one of a client would be."
	case AskOne:
		words = "1 request, to the chosen provider and to no other."
	}
	if f.Ask != AskEvery {
		return words
	}
	return words + notAsked(f.Foreign, "only other nodes have it", "only other nodes have them") +
		notAsked(f.Absent, "it does not serve "+f.Chain.label(), "they do not serve "+f.Chain.label())
}

// notAsked names providers that are left out, and why the one or all of them
// are.
func notAsked(names []string, one, all string) string {
	const most = 3
	list := strings.Join(names[:min(len(names), most)], ", ")
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return " " + list + " is not asked: " + one + "."
	case n > most:
		list += " and " + strconv.Itoa(n-most) + " more"
	}
	return " " + list + " are not asked: " + all + "."
}

func (c ChainRef) option() string {
	return c.label() + " (" + strconv.FormatUint(c.ID, 10) + ")"
}

type choice struct{ Value, Label string }

func asks() []choice {
	return []choice{{AskEvery, "Every provider"}, {AskRouted, "Routed"}, {AskOne, "One provider"}}
}

func answerViews() []choice {
	return []choice{{ViewTable, "Table"}, {ViewDifference, "Difference"}, {ViewRaw, "Raw"}}
}

// table is the fragment of the table that is shown.
func (r *PlaygroundRun) table() string {
	if r.View == ViewDifference {
		return FragmentDiffs
	}
	return FragmentAnswers
}

// answers are the rows in the order of the page.
func (m PlaygroundPage) answers() []PlaygroundAnswer {
	rows := slices.Clone(m.Run.Answers)
	o := parseOrder(m.Sort)
	slices.SortStableFunc(rows, func(a, b PlaygroundAnswer) int {
		v := 0
		switch o.key {
		case "provider":
			v = cmp.Compare(strings.ToLower(a.label()), strings.ToLower(b.label()))
		case "took":
			v = cmp.Compare(a.Took, b.Took)
		}
		if o.desc {
			return -v
		}
		return v
	})
	return rows
}

func (m PlaygroundPage) answerColumn(label, key string, right bool) ui.Column {
	return m.heading(label, key, m.Sort, "group", false, right, func(q *query, v string) { q.sort = v })
}

func (r *PlaygroundRun) slowest() time.Duration {
	var most time.Duration
	for _, a := range r.Answers {
		most = max(most, a.Took)
	}
	return most
}

func (r *PlaygroundRun) share(a PlaygroundAnswer) float64 {
	if most := r.slowest(); most > 0 {
		return float64(a.Took) / float64(most)
	}
	return 0
}

func (r *PlaygroundRun) field() string {
	if r.Field == "" {
		return "Value"
	}
	return r.Field
}

// verdictColumn heads what is said of an answer.
func (r *PlaygroundRun) verdictColumn() string {
	if r.Ask == AskEvery {
		return "Against the majority"
	}
	return "Outcome"
}

func (r *PlaygroundRun) hasBlocks() bool {
	return slices.ContainsFunc(r.Answers, func(a PlaygroundAnswer) bool { return a.HasBlock })
}

// first is the largest group.
func (r *PlaygroundRun) first() (PlaygroundGroup, bool) {
	if len(r.Groups) == 0 {
		return PlaygroundGroup{}, false
	}
	return r.Groups[0], true
}

// Beside is the group that stands beside the first.
func (r *PlaygroundRun) Beside() (PlaygroundGroup, bool) {
	for _, g := range r.others() {
		if g.Letter == r.Other {
			return g, true
		}
	}
	return PlaygroundGroup{}, false
}

// others are the groups that can stand beside the first.
func (r *PlaygroundRun) others() []PlaygroundGroup {
	if len(r.Groups) < 2 {
		return nil
	}
	return r.Groups[1:]
}

func (r *PlaygroundRun) askWords() string {
	switch r.Ask {
	case AskRouted:
		return "routed"
	case AskOne:
		return "to one provider"
	}
	return "to every provider"
}

func (a PlaygroundAnswer) label() string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Provider != "":
		return a.Provider
	case a.Group != "":
		return "this node"
	}
	return "nobody"
}

func (a PlaygroundAnswer) letter() string {
	if a.Group == "" {
		return views.None
	}
	return a.Group
}

// excerpt is the value in a cell, with what differs in it marked.
func (a PlaygroundAnswer) excerpt() (Code, Marks) {
	if a.Value == "" && a.Rest == "" {
		return Code{Text: views.None}, nil
	}
	c := Code{Text: a.Value + a.Rest}
	c.Pieces = []CodePiece{{End: uint32(len(a.Value))}, {End: uint32(len(c.Text))}} //nolint:gosec // both are short
	m := NewMarks(len(c.Pieces))
	m.Set(1)
	return c, m
}

func took(d time.Duration) string { return views.Milliseconds(float64(d.Microseconds()) / 1000) }

func (r *PlaygroundRun) title(g PlaygroundGroup) string {
	t := "Group " + g.Letter
	if r.Ask != AskEvery {
		t = "Answer"
	}
	if len(g.Names) == 1 {
		return t + ", " + g.Names[0]
	}
	return t + ", " + views.Count(len(g.Names), "provider", "providers")
}

func (g PlaygroundGroup) meta() string {
	parts := make([]string, 0, 3)
	if len(g.Names) > 1 {
		parts = append(parts, strings.Join(g.Names, ", "))
	}
	if g.Failed {
		parts = append(parts, "an error")
	}
	if g.Note != "" {
		parts = append(parts, g.Note)
	}
	return strings.Join(parts, " · ")
}

func cutWords(g PlaygroundGroup) string {
	return "Cut: the answer has " + views.Bytes(g.Size) + ", the first " + views.Bytes(uint64(len(g.Code.Text))) + " are shown."
}

// code writes a text in its pieces as it is: a template would add white space.
func code(c Code, m Marks) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		at, rest := 0, c.Text
		for i, p := range c.Pieces {
			n := min(max(int(p.End)-at, 0), len(rest))
			if err := piece(w, p.class(m.has(i)), rest[:n]); err != nil {
				return err
			}
			at, rest = at+n, rest[n:]
		}
		return piece(w, "", rest)
	})
}

func piece(w io.Writer, class, text string) error {
	parts := [...]string{`<span class="`, class, `">`, templ.EscapeString(text), `</span>`}
	write := parts[:]
	switch {
	case text == "":
		return nil
	case class == "":
		write = parts[3:4]
	}
	for _, part := range write {
		if _, err := io.WriteString(w, part); err != nil {
			return fmt.Errorf("write code: %w", err)
		}
	}
	return nil
}

func (p CodePiece) class(marked bool) string {
	if marked {
		return "diff-add"
	}
	switch p.Class {
	case CodeKey:
		return "k"
	case CodeText:
		return "q"
	case CodeFigure:
		return "n"
	case CodeWord:
		return "w"
	case CodePlain:
	}
	return ""
}

func (c PlaygroundCandidate) rank() string {
	if c.Rank == 0 {
		return views.None
	}
	return strconv.Itoa(c.Rank)
}

func expected(ms float64) string {
	if ms <= 0 {
		return views.None
	}
	return views.Milliseconds(ms)
}

func listed(values []string) string { return strings.Join(values, ", ") }

func (r *PlaygroundRun) agreeWords() string {
	if r.Ask != AskEvery {
		return "Answered"
	}
	if r.Agree == 1 {
		if r.Differ == 0 {
			return "1 answered"
		}
		return "1 in the first group"
	}
	return strconv.Itoa(r.Agree) + " agree"
}

func (r *PlaygroundRun) differWords() string {
	if r.Differ == 1 {
		return "1 differs"
	}
	return strconv.Itoa(r.Differ) + " differ"
}

// alike tells that an answer needs no remark.
func (r *PlaygroundRun) alike(a PlaygroundAnswer) bool { return a.Group == "A" }

// Summary is the outcome of a run in words: "4 agree, 2 differ".
func (r *PlaygroundRun) Summary() string {
	var parts []string
	if r.Agree > 0 {
		parts = append(parts, strings.ToLower(r.agreeWords()))
	}
	if r.Differ > 0 {
		parts = append(parts, r.differWords())
	}
	if r.Silent > 0 {
		parts = append(parts, strconv.Itoa(r.Silent)+" gave no answer")
	}
	if r.Cut > 0 {
		parts = append(parts, strconv.Itoa(r.Cut)+" cut")
	}
	return strings.Join(parts, ", ")
}
