package profiles

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// text reads a text, expands variables in it and checks it.
func (r *reader) text(k *key, n *yaml.Node, what string) (text string, bad bool) {
	tag := n.ShortTag()
	secret := k.kind == kindSecret || k.kind == kindTextMap
	number := secret && (tag == "!!int" || tag == "!!float")
	if n.Kind != yaml.ScalarNode || tag != "!!str" && !number {
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = "; quote it"
		}
		r.problem(n, "%s must be text, not %s%s", what, typeOf(n), hint)
		return "", true
	}
	text = n.Value
	if k.env {
		expanded, why := expand(text, r.getenv)
		for _, w := range why {
			r.problem(n, "%s %s", what, w)
		}
		if len(why) > 0 {
			return "", true
		}
		text = expanded
	}
	if text == "" {
		return "", false
	}
	if len(k.words) > 0 && !slices.Contains(k.words, text) {
		hint := ""
		if near, ok := nearest(text, k.words); ok {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		r.problem(n, "%s must be one of %s%s", what, strings.Join(k.words, ", "), hint)
		return "", true
	}
	if k.check != nil {
		if why := k.check(text); why != "" {
			r.problem(n, "%s %s", what, why)
			return "", true
		}
	}
	return text, false
}

// int reads a whole number within its bounds.
func (r *reader) int(k *key, n *yaml.Node, what string) (num int64, bad bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" {
		r.problem(n, "%s must be a whole number, not %s", what, typeOf(n))
		return 0, true
	}
	if digits := strings.TrimLeft(n.Value, "+-"); len(digits) > 1 && digits[0] == '0' && (digits[1] >= '0' && digits[1] <= '9' || digits[1] == '_') {
		r.problem(n, "%s must not begin with 0, which would make it octal", what)
		return 0, true
	}
	if err := n.Decode(&num); err != nil || num < k.min || num > k.max {
		r.problem(n, "%s must be between %d and %d", what, k.min, k.max)
		return 0, true
	}
	return num, false
}

// texts reads a list of text; a single text is a list of one.
func (r *reader) texts(k *key, n *yaml.Node, what string) (items []item, bad bool) {
	nodes := []*yaml.Node{n}
	switch n.Kind {
	case yaml.SequenceNode:
		nodes = n.Content
	case yaml.ScalarNode:
	default:
		r.problem(n, "%s must be a list of text, not %s", what, typeOf(n))
		return nil, true
	}
	member := what
	if n.Kind == yaml.SequenceNode {
		member = "a member of " + what
	}
	for _, c := range nodes {
		c = r.deref(c)
		if c == nil {
			return items, true
		}
		text, failed := r.text(k, c, member)
		if text == "" && !failed {
			r.problem(c, "%s is empty", member)
			failed = true
		}
		if failed {
			bad = true
			continue
		}
		items = append(items, item{text: text, at: c})
	}
	return items, bad
}

// entries reads a mapping of free names to texts or numbers.
func (r *reader) entries(k *key, n *yaml.Node, what string) (items []item, bad bool) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s must be a mapping, not %s", what, typeOf(n))
		return nil, true
	}
	for _, p := range r.pairs(n, what, 0) {
		v := r.deref(p.val)
		if v == nil {
			return items, true
		}
		if why := k.names(p.key.Value); why != "" {
			r.problem(p.key, "a name in %s %s", what, why)
			bad = true
			continue
		}
		it := item{name: p.key.Value, at: v}
		member := fmt.Sprintf("%s in %s", quoted(p.key.Value), what)
		var failed bool
		if k.kind == kindIntMap {
			it.num, failed = r.int(k, v, member)
		} else {
			it.text, failed = r.text(k, v, member)
		}
		if failed {
			bad = true
			continue
		}
		items = append(items, it)
	}
	return items, bad
}
