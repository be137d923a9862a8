package jsondiff

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Difference is one place where two values differ.
type Difference struct {
	Path  string // ".logs[3].address"; empty: the whole value
	Left  *Value // nil: not there
	Right *Value
}

// Comparison is what differs between two values.
type Comparison struct {
	Count int          // places that differ
	List  []Difference // the first of them
	marks map[*Value]bool
}

// Marked reports whether a value of the right side differs as a whole, or one
// of the left side has nothing beside it on the right.
func (c *Comparison) Marked(v *Value) bool { return c != nil && c.marks[v] }

// Compare finds where two values differ, in the order of the left one, and
// lists the first of the places. Elements of arrays are matched by position,
// members of objects by key, and of equal keys the first with the first.
func Compare(left, right *Value, most int) *Comparison {
	w := walker{most: most, c: &Comparison{marks: map[*Value]bool{}}}
	w.walk(left, right)
	return w.c
}

type step struct {
	key   string
	index int // with inArray
	array bool
}

type walker struct {
	most int
	path []step
	c    *Comparison
}

func (w *walker) walk(a, b *Value) {
	switch {
	case a.Kind != b.Kind:
		w.differ(a, b)
	case a.Kind == Array:
		for i := range max(len(a.Items), len(b.Items)) {
			w.pair(step{index: i, array: true}, at(a, i), at(b, i))
		}
	case a.Kind == Object:
		w.objects(a, b)
	case a.Text != b.Text:
		w.differ(a, b)
	}
}

func at(v *Value, i int) *Value {
	if i < len(v.Items) {
		return v.Items[i]
	}
	return nil
}

func (w *walker) objects(a, b *Value) {
	places := make(map[string][]int, len(b.Keys))
	for i, k := range b.Keys {
		places[k] = append(places[k], i)
	}
	used := make([]bool, len(b.Items))
	for i, k := range a.Keys {
		var other *Value
		if p := places[k]; len(p) > 0 {
			other, used[p[0]], places[k] = b.Items[p[0]], true, p[1:]
		}
		w.pair(step{key: k}, a.Items[i], other)
	}
	for i, k := range b.Keys {
		if !used[i] {
			w.pair(step{key: k}, nil, b.Items[i])
		}
	}
}

func (w *walker) pair(s step, a, b *Value) {
	w.path = append(w.path, s)
	if a == nil || b == nil {
		w.differ(a, b)
	} else {
		w.walk(a, b)
	}
	w.path = w.path[:len(w.path)-1]
}

func (w *walker) differ(a, b *Value) {
	w.c.Count++
	if b != nil {
		w.c.marks[b] = true
	} else {
		w.c.marks[a] = true
	}
	if len(w.c.List) < w.most {
		w.c.List = append(w.c.List, Difference{Path: path(w.path), Left: a, Right: b})
	}
}

// How much of a key stands in a path, and how much of a path: its end.
const (
	longestKey  = 64
	longestPath = 240
)

func path(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		if s.array {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		b.WriteString(".")
		b.WriteString(visible(shorten(s.key, longestKey)))
	}
	p := b.String()
	if len(p) <= longestPath {
		return p
	}
	cut := len(p) - longestPath
	for !utf8.RuneStart(p[cut]) {
		cut++
	}
	return "…" + p[cut:]
}

// shorten cuts a text at a rune.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := 0
	for i := range s {
		if i > most {
			break
		}
		cut = i
	}
	return s[:cut] + "…"
}

// visible writes characters that can not be seen, or that turn the direction
// of a text around, as escapes.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			b.WriteString(escape(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	return r == unicode.ReplacementChar || !unicode.IsPrint(r)
}

func escape(r rune) string {
	q := strconv.QuoteRuneToASCII(r)
	return q[1 : len(q)-1]
}
