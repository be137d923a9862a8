package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/web/jsondiff"
)

// letter names a group: A to Z, then AA.
func letter(i int) string {
	if i < 26 {
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i : i+1]
	}
	return letter(i/26-1) + letter(i%26)
}

func answerViewWords() []string {
	return []string{dashboard.ViewTable, dashboard.ViewDifference, dashboard.ViewRaw}
}

// compared is a group with what it says and what differs from the first.
type compared struct {
	pgGroup
	value *jsondiff.Value // nil: it can not be read
	diff  *jsondiff.Comparison
	note  string // against the first group
	brief string
	block uint64
	known bool // block is
}

// runView is a run as it is drawn, in one of its views and with one group
// beside the first.
func (s *Server) runView(p *lasso.Profile, r *pgRun, view, beside string) (*dashboard.PlaygroundRun, error) {
	bad := func(name, value string, allowed []string) error {
		e := badQuery(name, value, allowed)
		e.profile = p
		return e
	}
	if view == "" {
		view = dashboard.ViewTable
	}
	words := answerViewWords()
	if view != words[0] && view != words[1] && view != words[2] {
		return nil, bad("view", view, words)
	}
	out := &dashboard.PlaygroundRun{ID: r.id, At: r.at, Method: r.method, Ask: r.ask, View: view, Chain: dashboard.ChainRef{ID: uint64(r.chain)}, Routing: r.routing}
	if ch, ok := p.Chain(r.chain.String()); ok {
		out.Chain = chainRef(ch)
	}
	groups, field := r.compare()
	out.Field = field
	var letters []string
	for i, g := range groups {
		letters = append(letters, letter(i))
		out.Groups = append(out.Groups, dashboard.PlaygroundGroup{Letter: letter(i), Note: g.note, Failed: g.err, Size: uint64(g.size)}) //nolint:gosec // a length
	}
	out.Agree, out.Differ, out.Silent = r.counts()
	r.addAnswers(out, groups)
	if len(groups) > 1 {
		if beside == "" {
			beside = letters[1]
		}
		found := 0
		for i, l := range letters {
			if i > 0 && l == beside {
				found = i
			}
		}
		if found == 0 {
			return nil, bad("group", beside, letters[1:])
		}
		out.Other = beside
		addDiffs(out, groups[found].diff)
		printGroup(&out.Groups[0], groups[0], groups[found].diff)
		printGroup(&out.Groups[found], groups[found], groups[found].diff)
	} else if len(groups) == 1 {
		printGroup(&out.Groups[0], groups[0], nil)
	}
	if view == dashboard.ViewRaw {
		for i, g := range groups {
			out.Groups[i].Raw = clipText(string(g.raw), shownBytes)
			out.Groups[i].RawCut = g.size > shownBytes
		}
	}
	return out, nil
}

// counts are the answers like those of the largest group, the others, and the
// calls without an answer.
func (r *pgRun) counts() (agree, differ, silent int) {
	for _, a := range r.answers {
		switch {
		case a.group < 0:
			silent++
		case a.group == 0:
			agree++
		default:
			differ++
		}
	}
	return agree, differ, silent
}

// compare reads the groups and compares each with the first. Field is the
// member that stands for an answer in the table.
func (r *pgRun) compare() (groups []compared, field string) {
	groups = make([]compared, len(r.groups))
	for i, g := range r.groups {
		groups[i].pgGroup = g
		if g.read {
			groups[i].value, _ = jsondiff.Parse(g.raw)
		}
	}
	if len(groups) == 0 {
		return nil, ""
	}
	first := &groups[0]
	field = fieldOf(first.value, first.err)
	for i := range groups {
		g := &groups[i]
		g.brief = briefOf(g.value, field)
		if !g.err {
			g.block, g.known = blockOf(r.method, g.value)
		}
		if i > 0 {
			g.against(first)
		}
	}
	return groups, field
}

// fieldOf chooses the member of an object that says most about it.
func fieldOf(v *jsondiff.Value, isError bool) string {
	if v == nil || v.Kind != jsondiff.Object {
		return ""
	}
	names := []string{"number", "blockNumber", "hash", "transactionHash", "status"}
	if isError {
		names = []string{"message"}
	}
	for _, name := range names {
		if v.Member(name) != nil {
			return name
		}
	}
	for i, key := range v.Keys {
		if k := v.Items[i].Kind; k != jsondiff.Array && k != jsondiff.Object && len(key) <= 24 {
			return key
		}
	}
	return ""
}

// briefLength is how many bytes of a value stand in a cell.
const briefLength = 22

func briefOf(v *jsondiff.Value, field string) string {
	if v != nil && v.Kind == jsondiff.Object {
		if m := v.Member(field); m != nil {
			v = m
		} else if m := v.Member("message"); m != nil {
			v = m
		}
	}
	text := jsondiff.Brief(v, 200)
	if strings.HasPrefix(text, "0x") && len(text) > briefLength { // a hash: its end tells as much
		if tail := text[len(text)-4:]; !strings.Contains(text, "…") {
			return text[:10] + "…" + tail
		}
	}
	return jsondiff.Brief(v, 64)
}

// blockOf finds the block that an answer is about.
func blockOf(method string, v *jsondiff.Value) (uint64, bool) {
	if v == nil {
		return 0, false
	}
	if v.Kind == jsondiff.Object {
		for _, name := range []string{"number", "blockNumber"} {
			if m := v.Member(name); m != nil {
				return quantity(m)
			}
		}
		return 0, false
	}
	if method == "eth_blockNumber" {
		return quantity(v)
	}
	return 0, false
}

func quantity(v *jsondiff.Value) (uint64, bool) {
	digits, hex := strings.CutPrefix(v.Text, "0x")
	if v.Kind != jsondiff.String || !hex {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

// against says how a group differs from the first.
func (g *compared) against(first *compared) {
	if g.value == nil || first.value == nil {
		g.note = "another answer, too large to compare field by field"
		return
	}
	g.diff = jsondiff.Compare(first.value, g.value, shownDiffs)
	if g.err != first.err {
		g.note = "an error where the majority has a result"
		if first.err {
			g.note = "a result where the majority has an error"
		}
		return
	}
	var parts []string
	if g.known && first.known && g.block != first.block {
		if g.block < first.block {
			parts = append(parts, blockCount(first.block-g.block)+" behind")
		} else {
			parts = append(parts, blockCount(g.block-first.block)+" ahead")
		}
	}
	nested := g.value.Kind == jsondiff.Object || g.value.Kind == jsondiff.Array
	switch n := g.diff.Count; {
	case nested && g.value.Kind == first.value.Kind && n == 1:
		parts = append(parts, "1 field differs")
	case nested && g.value.Kind == first.value.Kind:
		parts = append(parts, views.Number(uint64(n))+" fields differ") //nolint:gosec // a count
	case len(parts) == 0:
		parts = append(parts, "another value")
	}
	g.note = strings.Join(parts, ", ")
}

func blockCount(n uint64) string {
	if n == 1 {
		return "1 block"
	}
	return views.Number(n) + " blocks"
}

func (r *pgRun) addAnswers(out *dashboard.PlaygroundRun, groups []compared) {
	for _, a := range r.answers {
		row := dashboard.PlaygroundAnswer{Provider: string(a.provider), Name: a.name, State: a.state, Took: a.took, Failed: a.err}
		if a.group < 0 {
			row.Against, row.Next = a.reason, a.next
			out.Answers = append(out.Answers, row)
			continue
		}
		g := groups[a.group]
		row.Group, row.Block, row.HasBlock = letter(a.group), g.block, g.known
		row.Value, row.Against = g.brief, capital(g.note)
		if a.group == 0 {
			row.Against = r.firstWords(a)
		} else {
			row.Value, row.Rest = splitCommon(groups[0].brief, g.brief)
		}
		name := row.Name
		if name == "" {
			name = "this node"
			if a.provider != "" {
				name = string(a.provider)
			}
		}
		out.Groups[a.group].Names = append(out.Groups[a.group].Names, name)
		out.Answers = append(out.Answers, row)
	}
}

// firstWords is what is said of an answer of the largest group.
func (r *pgRun) firstWords(a pgAnswer) string {
	switch {
	case r.ask == dashboard.AskEvery:
		return "Same"
	case a.err:
		return "Answered with an error"
	}
	return "Answered"
}

// splitCommon cuts b where it stops being like a, at a character.
func splitCommon(a, b string) (same, rest string) {
	cut := 0
	for i, c := range b {
		end := i + len(string(c))
		if end > len(a) || a[:end] != b[:end] {
			break
		}
		cut = end
	}
	return b[:cut], b[cut:]
}

func addDiffs(out *dashboard.PlaygroundRun, c *jsondiff.Comparison) {
	if c == nil {
		return
	}
	out.DiffsAll = c.Count
	say := func(v *jsondiff.Value) string {
		if v == nil {
			return "not there"
		}
		return jsondiff.Brief(v, 120)
	}
	for _, d := range c.List {
		path := d.Path
		if path == "" {
			path = "the whole answer"
		}
		out.Diffs = append(out.Diffs, dashboard.PlaygroundDiff{Path: strings.TrimPrefix(path, "."), Left: say(d.Left), Right: say(d.Right)})
	}
}

// printGroup writes an answer out, with what differs marked.
func printGroup(out *dashboard.PlaygroundGroup, g compared, c *jsondiff.Comparison) {
	if g.value == nil {
		out.Spans = []dashboard.CodeSpan{{Text: clipText(string(g.raw), shownBytes)}}
		out.Cut, out.Unordered = g.size > shownBytes, "Too large or too deep to be compared field by field: compared byte for byte."
		return
	}
	spans, cut := jsondiff.Print(g.value, c, shownBytes)
	out.Cut = cut
	for _, sp := range spans {
		out.Spans = append(out.Spans, dashboard.CodeSpan{Class: spanClass(sp.Class), Marked: sp.Marked, Text: sp.Text})
	}
}

func spanClass(c jsondiff.Class) string {
	switch c {
	case jsondiff.Key:
		return "k"
	case jsondiff.Text:
		return "q"
	case jsondiff.Figure:
		return "n"
	case jsondiff.Keyword:
		return "w"
	case jsondiff.Plain:
	}
	return ""
}

// clipText shortens a text of a stranger at a character.
func clipText(s string, most int) string {
	if len(s) > most {
		s = s[:runeEnd(s, most)] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// runeEnd is the last place at or before most where a character ends.
func runeEnd[T string | []byte](s T, most int) int {
	at := min(len(s), most)
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}
