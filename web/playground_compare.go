package web

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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

// compared is a group of equal answers while it is set against the first.
type compared struct {
	pgText
	first int // place of its first answer
	n     int

	value *jsondiff.Value // nil: it is not read
	shown dashboard.PlaygroundGroup
	brief string
	block uint64
	known bool // block is
}

// compare makes all that is ever shown of a run out of its answers and of the
// texts of the different ones among them.
func (r *pgRun) compare(answers []pgAnswer, texts map[[sha256.Size]byte]pgText) {
	groups, place := groupAnswers(answers, texts)
	r.bytes = 1024 + len(r.params) + routingBytes(r.shown.Routing)
	if len(groups) > 0 {
		first := groups[0]
		first.read(r.shown.Method)
		r.shown.Field = fieldOf(first.value, first.err)
		for i, g := range groups {
			if i > 0 {
				g.read(r.shown.Method)
			}
			g.brief = briefOf(g.value, r.shown.Field)
			g.shown.Letter, g.shown.Failed, g.shown.Size = letter(i), g.err, uint64(g.size) //nolint:gosec // a length
			g.print()
			if i > 0 {
				g.against(first)
				g.value = nil // one beside the first is enough to hold
			}
			g.raw = nil
		}
	}
	r.addAnswers(answers, groups, place)
	for _, g := range groups {
		r.keepGroup(&g.shown)
		r.shown.Groups = append(r.shown.Groups, g.shown)
	}
	for i := range r.shown.Answers {
		if a := &r.shown.Answers[i]; a.Group != "" {
			if a.Cut = cutOf(&r.shown.Groups[place[i]]); a.Cut != "" {
				r.shown.Cut++
			}
		}
	}
}

// keepGroup counts a group with what the run holds, and drops its texts where
// that would be more than runBytes.
func (r *pgRun) keepGroup(g *dashboard.PlaygroundGroup) {
	size := groupBytes(g)
	if r.bytes+size > runBytes {
		*g = dashboard.PlaygroundGroup{
			Letter: g.Letter, Names: g.Names, Note: g.Note, Failed: g.Failed, Size: g.Size, DiffsAll: g.DiffsAll,
			Dropped: "Not kept: what is shown of all the different answers of this run has more than 4 MiB.",
		}
		size = groupBytes(g)
	}
	r.bytes += size
}

// cutOf says what is not kept of an answer; empty: nothing.
func cutOf(g *dashboard.PlaygroundGroup) string {
	switch {
	case g.Dropped != "":
		return "not kept: " + views.Bytes(g.Size)
	case g.RawCut:
		return "the first 64 KiB of " + views.Bytes(g.Size) + " are kept"
	}
	return ""
}

// groupAnswers puts equal answers together, the largest group first, and of
// groups of one size the one whose first provider is configured first. It
// brings the answers into the order of their groups, those that are none to the
// end; place is the group of each.
func groupAnswers(answers []pgAnswer, texts map[[sha256.Size]byte]pgText) (groups []*compared, place []int) {
	byKey := map[[sha256.Size]byte]*compared{}
	for i := range answers {
		a := &answers[i]
		if !a.answered {
			continue
		}
		g := byKey[a.key]
		if g == nil {
			g = &compared{pgText: texts[a.key], first: i}
			byKey[a.key], groups = g, append(groups, g)
		}
		g.n++
	}
	slices.SortFunc(groups, func(a, b *compared) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.first, b.first)) })
	of := make(map[[sha256.Size]byte]int, len(groups))
	for key, g := range byKey {
		of[key] = slices.Index(groups, g)
	}
	group := func(a *pgAnswer) int {
		if !a.answered {
			return len(groups)
		}
		return of[a.key]
	}
	slices.SortStableFunc(answers, func(a, b pgAnswer) int { return cmp.Compare(group(&a), group(&b)) })
	for i := range answers {
		place = append(place, group(&answers[i]))
	}
	return groups, place
}

// read parses the answer, where it is compared field by field.
func (g *compared) read(method string) {
	if g.bulk == "" {
		g.value, _ = jsondiff.Parse(g.raw)
	}
	if !g.err {
		g.block, g.known = blockOf(method, g.value)
	}
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
		if k := v.Items[i].Kind; k != jsondiff.Array && k != jsondiff.Object && len(key) <= 24 && !strings.ContainsFunc(key, hidden) {
			return key
		}
	}
	return ""
}

// hidden is a character that a heading does not show, or that turns it around.
func hidden(r rune) bool { return !unicode.IsPrint(r) }

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
	if len(text) > briefLength && isHex(text) { // a hash: its end tells as much
		return text[:10] + "…" + text[len(text)-4:]
	}
	return jsondiff.Brief(v, 64)
}

func isHex(s string) bool {
	digits, ok := strings.CutPrefix(s, "0x")
	return ok && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
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
		g.shown.Note = "another answer, not compared field by field"
		return
	}
	diff := jsondiff.Compare(first.value, g.value, shownDiffs)
	g.mark(first, diff)
	if g.err != first.err {
		g.shown.Note = "an error where the majority has a result"
		if first.err {
			g.shown.Note = "a result where the majority has an error"
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
	switch n := diff.Count; {
	case nested && g.value.Kind == first.value.Kind && n == 1:
		parts = append(parts, "1 field differs")
	case nested && g.value.Kind == first.value.Kind:
		parts = append(parts, views.Number(uint64(n))+" fields differ") //nolint:gosec // a count
	case len(parts) == 0:
		parts = append(parts, "another value")
	}
	g.shown.Note = strings.Join(parts, ", ")
}

func blockCount(n uint64) string {
	if n == 1 {
		return "1 block"
	}
	return views.Number(n) + " blocks"
}

// mark lists what differs and marks it in the printed answers of both.
func (g *compared) mark(first *compared, diff *jsondiff.Comparison) {
	say := func(v *jsondiff.Value) string {
		if v == nil {
			return "not there"
		}
		return jsondiff.Brief(v, 120)
	}
	g.shown.DiffsAll = diff.Count
	for _, d := range diff.List {
		path := strings.TrimPrefix(d.Path, ".")
		if d.Path == "" {
			path = "the whole answer"
		}
		g.shown.Diffs = append(g.shown.Diffs, dashboard.PlaygroundDiff{Path: path, Left: say(d.Left), Right: say(d.Right)})
	}
	g.shown.First, g.shown.Marks = marksOf(first.value, diff), marksOf(g.value, diff)
}

// marksOf are the pieces of a printed value that a comparison marked.
func marksOf(v *jsondiff.Value, c *jsondiff.Comparison) dashboard.Marks {
	spans, _ := jsondiff.Print(v, c, shownBytes)
	m := dashboard.NewMarks(len(spans))
	for i, sp := range spans {
		if sp.Marked {
			m.Set(i)
		}
	}
	return m
}

// print writes the answer out, for both of its views.
func (g *compared) print() {
	out := &g.shown
	out.Raw, out.RawCut = clipText(string(g.raw), shownBytes), g.size > shownBytes
	if g.value == nil {
		out.Code.Text, out.Cut, out.Unordered = out.Raw, out.RawCut, g.bulk
		return
	}
	spans, cut := jsondiff.Print(g.value, nil, shownBytes)
	out.Cut, out.Code.Pieces = cut, make([]dashboard.CodePiece, 0, len(spans))
	var text strings.Builder
	for _, sp := range spans {
		text.WriteString(sp.Text)
		out.Code.Pieces = append(out.Code.Pieces, dashboard.CodePiece{End: uint32(text.Len()), Class: codeClass(sp.Class)}) //nolint:gosec // about shownBytes
	}
	out.Code.Text = text.String()
}

func codeClass(c jsondiff.Class) dashboard.CodeClass {
	switch c {
	case jsondiff.Key:
		return dashboard.CodeKey
	case jsondiff.Text:
		return dashboard.CodeText
	case jsondiff.Figure:
		return dashboard.CodeFigure
	case jsondiff.Keyword:
		return dashboard.CodeWord
	case jsondiff.Plain:
	}
	return dashboard.CodePlain
}

// addAnswers makes the rows of the table, and counts them.
func (r *pgRun) addAnswers(answers []pgAnswer, groups []*compared, place []int) {
	out := &r.shown
	for i, a := range answers {
		row := dashboard.PlaygroundAnswer{Provider: string(a.provider), Name: a.name, State: a.state, Took: a.took}
		if !a.answered {
			out.Silent++
			row.Against, row.Next = a.reason, a.next
			out.Answers = append(out.Answers, row)
			r.bytes += answerRowBytes(&row)
			continue
		}
		g := groups[place[i]]
		row.Group, row.Block, row.HasBlock = g.shown.Letter, g.block, g.known
		if place[i] == 0 {
			out.Agree++
			row.Value, row.Against = g.brief, r.firstWords(g.err)
		} else {
			out.Differ++
			row.Against = capital(g.shown.Note)
			row.Value, row.Rest = splitCommon(groups[0].brief, g.brief)
		}
		name := row.Name
		if name == "" {
			name = "this node"
			if a.provider != "" {
				name = string(a.provider)
			}
		}
		g.shown.Names = append(g.shown.Names, name)
		out.Answers = append(out.Answers, row)
		r.bytes += answerRowBytes(&row)
	}
}

// firstWords is what is said of an answer of the largest group.
func (r *pgRun) firstWords(isError bool) string {
	switch {
	case r.shown.Ask == dashboard.AskEvery:
		return "Same"
	case isError:
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
