package profiles

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the generated part of docs/configuration.md")

const reference = "../docs/configuration.md"

// TestReference checks that the tables of docs/configuration.md are those of
// the schema.
func TestReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	const endMark = "<!-- keys: end -->"
	head, rest, ok := strings.Cut(string(data), "<!-- keys: begin")
	mark, rest, okBegin := strings.Cut(rest, "-->\n")
	old, tail, okEnd := strings.Cut(rest, endMark)
	if !ok || !okBegin || !okEnd {
		t.Fatalf("%s has no marks around its tables", reference)
	}
	tables := renderTables()
	if old == tables {
		return
	}
	if !*update {
		t.Fatalf("%s is stale; run: go test ./profiles -run TestReference -update", reference)
	}
	text := head + "<!-- keys: begin" + mark + "-->\n" + tables + endMark + tail
	if err := os.WriteFile(reference, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// renderTables writes one table for each section, in the order in which the
// schema names them.
func renderTables() string {
	var b strings.Builder
	seen := map[*section]bool{}
	var render func(s *section)
	render = func(s *section) {
		if seen[s] {
			return
		}
		seen[s] = true
		fmt.Fprintf(&b, "\n### %s\n\n| Key | Type | Default | Meaning |\n|---|---|---|---|\n", s.title)
		for _, k := range s.keys {
			doc := k.doc
			if k.unused {
				doc += " Accepted, not used by this version."
			}
			if len(k.legacy) > 0 && k.moved == "" {
				doc += " Older name: `" + strings.Join(k.legacy, "`, `") + "`."
			}
			names := []string{k.name}
			if k.moved != "" {
				names = append(names, k.legacy...)
			}
			name := "`" + strings.Join(names, "`, `") + "`"
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, k.typeDoc(), k.defaultDoc(), doc)
		}
		for _, k := range s.keys {
			if k.section != nil {
				render(k.section)
			}
		}
	}
	render(profileSection)
	b.WriteString("\n")
	return b.String()
}

// TestReferenceExamples checks that the profiles shown in the reference load.
func TestReferenceExamples(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(data), "```yaml\n")[1:]
	if len(examples) != 2 {
		t.Fatalf("got %d examples, want 2", len(examples))
	}
	getenv := func(name string) (string, bool) { return "value", strings.HasSuffix(name, "_KEY") }
	for i, e := range examples {
		text, _, _ := strings.Cut(e, "```")
		if _, err := Load([]Source{{Name: "public.yml", Data: []byte(text)}}, getenv, time.Time{}); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
	}
}

// TestSchemaIsSound checks what the code takes for granted of the tables.
func TestSchemaIsSound(t *testing.T) {
	t.Parallel()
	seen := map[*section]bool{}
	var check func(s *section)
	check = func(s *section) {
		if seen[s] {
			return
		}
		seen[s] = true
		for i := range s.keys {
			k := &s.keys[i]
			if k.doc == "" {
				t.Errorf("%s: %s has no description", s.title, k.name)
			}
			if found, _ := s.find(k.name); found != k {
				t.Errorf("%s: %s is there twice", s.title, k.name)
			}
			for _, l := range k.legacy {
				if found, _ := s.find(l); found != k {
					t.Errorf("%s: older name %s is there twice", s.title, l)
				}
			}
			if (k.kind == kindInt || k.kind == kindIntMap) && k.min >= k.max {
				t.Errorf("%s: %s has no bounds", s.title, k.name)
			}
			needsSection := k.kind == kindObject || k.kind == kindObjects || k.kind == kindNamed
			if needsSection != (k.section != nil) {
				t.Errorf("%s: %s and its section do not fit", s.title, k.name)
			}
			if (k.kind == kindTextMap || k.kind == kindIntMap) && k.names == nil {
				t.Errorf("%s: %s has no check of names", s.title, k.name)
			}
			if n, ok := k.def.(int); ok && (int64(n) < k.min || int64(n) > k.max) {
				t.Errorf("%s: default of %s is out of bounds", s.title, k.name)
			}
			if k.moved != "" {
				group, name, _ := strings.Cut(k.moved, ".")
				if home := s.key(group).section.key(name); home.kind != k.kind || home.section != k.section || home.min != k.min || home.max != k.max {
					t.Errorf("%s: %s and %s differ", s.title, k.name, k.moved)
				}
			}
			if k.section != nil {
				check(k.section)
			}
		}
	}
	check(profileSection)
}

// typeDoc returns the type of a key in words.
func (k *key) typeDoc() string {
	var s string
	switch k.kind {
	case kindText, kindSecret:
		s = "text"
	case kindInt:
		s = "whole number"
	case kindBool:
		return "`true` or `false`"
	case kindTexts:
		s = "list of text"
	case kindTextMap:
		s = "mapping of text to text"
	case kindIntMap:
		s = "mapping of text to whole number"
	case kindObject:
		return "mapping"
	case kindObjects:
		return "list of mappings"
	case kindNamed:
		return "mapping of names to mappings"
	}
	if k.max > 0 {
		s += fmt.Sprintf(", %d to %d", k.min, k.max)
	}
	if len(k.words) > 0 {
		s += ": `" + strings.Join(k.words, "`, `") + "`"
	}
	return s
}

// defaultDoc returns the default of a key in words.
func (k *key) defaultDoc() string {
	switch {
	case k.required:
		return "required"
	case k.defDoc != "":
		return k.defDoc
	case k.def == nil:
		return "none"
	}
	if list, ok := k.def.([]string); ok {
		return "`[" + strings.Join(list, ", ") + "]`"
	}
	return fmt.Sprintf("`%v`", k.def)
}
