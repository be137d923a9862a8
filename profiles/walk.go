package profiles

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxNodes    = 250_000 // values visited in one file, aliases expanded
	maxMerges   = 16      // merge keys inside merge keys
	maxProblems = 1000    // reported for one file
)

// reader checks the documents of one file against the schema and collects what
// is wrong.
type reader struct {
	file     string
	getenv   func(string) (string, bool)
	problems Problems
	visited  int
	stopped  bool // too much was wrong or too large; the rest is silence
}

// object is a mapping that was checked against its section.
type object struct {
	label string // how messages call it
	name  string // its key, where it is one of a mapping of free names
	at    *yaml.Node
	given bool // false where only older places of its keys were used
	vals  map[string]*entry
}

// entry is one value of a mapping. Which field holds it depends on its kind.
type entry struct {
	at    *yaml.Node // the value, for messages
	bad   bool       // it was reported; treat as absent
	text  string
	num   int64
	flag  bool
	items []item
	obj   *object
	objs  []*object
}

// item is one member of a list of text or of a mapping of free names.
type item struct {
	name, text string
	num        int64
	at         *yaml.Node
}

// pair is one key of a mapping, merge keys expanded.
type pair struct{ key, val *yaml.Node }

// problem records a mistake at a node.
func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	if r.stopped {
		return
	}
	if len(r.problems) == maxProblems {
		r.stopped = true
		format, args = "there are more than %d mistakes; the rest is not shown", []any{maxProblems}
	}
	p := Problem{File: r.file, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = max(1, n.Line), max(1, n.Column)
	}
	r.problems = append(r.problems, p)
}

// deref follows an alias and counts the visit. It returns nil once the file
// turned out too large.
func (r *reader) deref(n *yaml.Node) *yaml.Node {
	r.visited++
	if r.visited > maxNodes && !r.stopped {
		r.problem(n, "the file is too large: more than %d values once YAML aliases are expanded", maxNodes)
		r.stopped = true
	}
	if r.stopped {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// pairs lists the keys of a mapping. Keys of its own win over merged ones.
func (r *reader) pairs(n *yaml.Node, label string, depth int) []pair {
	if depth > maxMerges {
		r.problem(n, "merge keys in %s are nested more than %d deep", label, maxMerges)
		return nil
	}
	var (
		out    []pair
		merges []*yaml.Node
		seen   = map[string]*yaml.Node{}
	)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := r.deref(n.Content[i]), n.Content[i+1]
		switch {
		case k == nil:
			return out
		case k.Kind != yaml.ScalarNode || isNull(k):
			r.problem(k, "a key in %s must be plain text", label)
		case k.ShortTag() == "!!merge":
			merges = append(merges, v)
		case seen[k.Value] != nil:
			r.problem(k, "key %s is given twice in %s; it is first on line %d", quoted(k.Value), label, seen[k.Value].Line)
		default:
			seen[k.Value] = k
			out = append(out, pair{k, v})
		}
	}
	for _, m := range merges {
		for _, p := range r.merged(m, label, depth+1) {
			if seen[p.key.Value] == nil {
				seen[p.key.Value] = p.key
				out = append(out, p)
			}
		}
	}
	return out
}

// merged lists what a merge key brings in.
func (r *reader) merged(n *yaml.Node, label string, depth int) []pair {
	target := r.deref(n)
	switch {
	case target == nil:
		return nil
	case target.Kind == yaml.MappingNode:
		return r.pairs(target, label, depth)
	case target.Kind == yaml.SequenceNode && depth <= maxMerges:
		var out []pair
		for _, c := range target.Content {
			if t := r.deref(c); t != nil && t.Kind == yaml.MappingNode {
				out = append(out, r.pairs(t, label, depth)...)
			} else if t != nil {
				r.problem(t, "a merge key in %s must name a mapping or a list of mappings", label)
			}
		}
		return out
	}
	r.problem(target, "a merge key in %s must name a mapping or a list of mappings", label)
	return nil
}

// object checks a mapping against its section. at is where missing keys are
// reported.
func (r *reader) object(n, at *yaml.Node, sec *section, label string) *object {
	target := r.deref(n)
	if target == nil {
		return nil
	}
	if target.Kind != yaml.MappingNode {
		r.problem(target, "%s must be a mapping of keys to values, not %s", label, typeOf(target))
		return nil
	}
	o := &object{label: label, at: at, given: true, vals: map[string]*entry{}}
	moved := map[*key]*entry{}
	from := map[string]string{}   // the spelling that gave a key
	misspelt := map[string]bool{} // not reported as missing too
	for _, p := range r.pairs(target, label, 0) {
		if r.stopped {
			return nil
		}
		name := p.key.Value
		k, ok := sec.find(name)
		switch {
		case !ok && sec.free && strings.HasPrefix(name, "x-"):
			continue
		case !ok && slices.Contains(sec.dead, name):
			r.problem(p.key, "%q of %s is a key of older versions without effect; remove it", name, label)
			continue
		case !ok:
			hint, meant := sec.hint(name)
			r.problem(p.key, "unknown key %s in %s; %s", quoted(name), label, hint)
			misspelt[meant] = true
			continue
		case from[k.name] != "":
			r.problem(p.key, "%q and %q in %s are the same setting; keep %q", from[k.name], name, label, k.name)
			continue
		}
		from[k.name] = name
		e := r.entry(k, p, label)
		if e == nil {
			continue
		}
		if k.moved != "" {
			moved[k] = e
			continue
		}
		o.vals[k.name] = e
	}
	r.place(o, sec, moved)
	for i := range sec.keys {
		if k := &sec.keys[i]; k.required && o.vals[k.name] == nil && !misspelt[k.name] {
			r.problem(at, "key %q is missing in %s", k.name, label)
		}
	}
	return o
}

// place puts values that stand in an older place where they belong now.
func (r *reader) place(o *object, sec *section, moved map[*key]*entry) {
	for i := range sec.keys {
		k := &sec.keys[i]
		e := moved[k]
		if e == nil {
			continue
		}
		group, name, _ := strings.Cut(k.moved, ".")
		home := o.vals[group]
		if home == nil {
			home = &entry{obj: &object{label: fmt.Sprintf("%q of %s", group, o.label), at: o.at, vals: map[string]*entry{}}}
			o.vals[group] = home
		}
		if home.bad || home.obj == nil {
			continue
		}
		if home.obj.vals[name] != nil {
			r.problem(e.at, "%q of %s and its older place %q are both given; keep the first", k.moved, o.label, k.name)
			continue
		}
		home.obj.vals[name] = e
	}
}

// entry checks one value. It returns nil where the value is null, which is the
// same as leaving the key out.
func (r *reader) entry(k *key, p pair, label string) *entry {
	n := r.deref(p.val)
	if n == nil {
		return nil
	}
	if isNull(n) {
		return nil
	}
	e := &entry{at: n}
	what := fmt.Sprintf("%q of %s", k.name, label)
	switch k.kind {
	case kindText, kindSecret:
		e.text, e.bad = r.text(k, n, what)
		if e.text == "" && !e.bad { // an empty text is an absent one
			if !k.required {
				return nil
			}
			r.problem(n, "%s is empty", what)
			e.bad = true
		}
	case kindInt:
		e.num, e.bad = r.int(k, n, what)
	case kindBool:
		e.bad = n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&e.flag) != nil
		if e.bad {
			r.problem(n, "%s must be true or false, not %s", what, typeOf(n))
		}
	case kindTexts:
		e.items, e.bad = r.texts(k, n, what)
	case kindTextMap, kindIntMap:
		e.items, e.bad = r.entries(k, n, what)
	case kindObject:
		e.obj = r.object(n, p.key, k.section, what)
		e.bad = e.obj == nil
	case kindObjects:
		e.objs, e.bad = r.objects(k, n, label, what)
	case kindNamed:
		e.objs, e.bad = r.named(k, n, what)
	}
	return e
}

// objects reads a list of mappings.
func (r *reader) objects(k *key, n *yaml.Node, label, what string) (objs []*object, bad bool) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n, "%s must be a list, not %s", what, typeOf(n))
		return nil, true
	}
	if len(n.Content) == 0 && k.required {
		r.problem(n, "%s is empty; at least one is needed", what)
	}
	noun := strings.TrimSuffix(k.name, "s")
	for i, c := range n.Content {
		if r.stopped {
			return objs, true
		}
		target := c
		if c.Kind == yaml.AliasNode {
			target = c.Alias
		}
		name := fmt.Sprintf("%s %d of %s", noun, i+1, label)
		if id := scalarAt(target, "id"); namePattern.MatchString(id) {
			name = fmt.Sprintf("%s %q of %s", noun, id, label)
		}
		o := r.object(c, target, k.section, name)
		if o == nil {
			bad = true
			continue
		}
		objs = append(objs, o)
	}
	return objs, bad
}

// named reads a mapping of free names to mappings.
func (r *reader) named(k *key, n *yaml.Node, what string) (objs []*object, bad bool) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s must be a mapping, not %s", what, typeOf(n))
		return nil, true
	}
	if len(n.Content) == 0 && k.required {
		r.problem(n, "%s is empty; at least one is needed", what)
	}
	noun := strings.TrimSuffix(k.name, "s")
	for _, p := range r.pairs(n, what, 0) {
		o := r.object(p.val, p.key, k.section, fmt.Sprintf("%s %s", noun, quoted(p.key.Value)))
		if o == nil {
			bad = true
			continue
		}
		o.name = p.key.Value
		objs = append(objs, o)
	}
	return objs, bad
}

// scalarAt returns the text of a key of a mapping, for naming it in messages.
func scalarAt(n *yaml.Node, name string) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name && n.Content[i+1].Kind == yaml.ScalarNode {
			return n.Content[i+1].Value
		}
	}
	return ""
}

var quotable = regexp.MustCompile(`^[A-Za-z0-9_.<$-]{1,64}$`)

// quoted returns a key in quotes. What does not look like a key may be a value
// in the wrong place, even a secret, and is not repeated.
func quoted(s string) string {
	if quotable.MatchString(s) {
		return strconv.Quote(s)
	}
	return "(not shown)"
}
