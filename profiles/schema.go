package profiles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// kind is the type of a value.
type kind uint8

const (
	kindText    kind = iota
	kindSecret       // text that is never quoted in a message; numbers are read as written
	kindInt          // whole number
	kindBool         // true or false
	kindTexts        // list of text; one text stands for a list of one
	kindTextMap      // mapping of names to secret text
	kindIntMap       // mapping of names to whole numbers
	kindObject       // mapping with the keys of a section
	kindObjects      // list of those
	kindNamed        // mapping of free names to those
)

// key is one key of the schema. The table of keys drives the checks, the
// defaults and the reference in docs/configuration.md.
type key struct {
	name     string
	legacy   []string // older spellings, at the same place
	moved    string   // the place, "section.key", of what an older file writes here
	kind     kind
	required bool
	env      bool   // ${VAR} is expanded
	def      any    // string, int, bool or []string; nil: none
	defDoc   string // the default in words, where def does not say it
	min, max int64
	words    []string // the values allowed
	check    func(string) string
	names    func(string) string // check of the names in a mapping
	section  *section
	doc      string
	unused   bool // accepted and checked; this version does nothing with it
}

// section is a group of keys.
type section struct {
	title string // in the reference
	keys  []key
	free  bool     // keys that start with "x-" are left alone
	dead  []string // keys of older versions that never had, or lost, their effect
}

// find returns the key of a name or of its older spelling.
func (s *section) find(name string) (*key, bool) {
	for i := range s.keys {
		k := &s.keys[i]
		if k.name == name || slices.Contains(k.legacy, name) {
			return k, true
		}
	}
	return nil, false
}

// key returns a key that the table is known to have.
func (s *section) key(name string) *key {
	k, ok := s.find(name)
	if !ok {
		panic("profiles: no key " + name + " in the schema of " + s.title)
	}
	return k
}

// hint suggests a key for a misspelt one, or lists the keys. meant is the key
// suggested, or empty.
func (s *section) hint(name string) (hint, meant string) {
	names := make([]string, 0, len(s.keys))
	for i := range s.keys {
		if s.keys[i].moved == "" {
			names = append(names, s.keys[i].name)
		}
	}
	if near, ok := nearest(name, names); ok {
		return fmt.Sprintf("did you mean %q?", near), near
	}
	return "known keys are " + strings.Join(names, ", "), ""
}

// nearest finds the word within two edits of s, where that is a likely slip.
func nearest(s string, words []string) (string, bool) {
	const maxEdits, maxLength = 2, 64
	best, found := maxEdits+1, ""
	if len(s) > maxLength {
		return "", false
	}
	for _, w := range words {
		d := levenshtein.ComputeDistance(strings.ToLower(s), w)
		if d < best && d*2 < len(w) {
			best, found = d, w
		}
	}
	return found, found != ""
}

// Unused lists the keys of a profile that are accepted and have no effect in
// this version, by their place: "rps_limit", "chains.websocket.failover".
func Unused() []string { return profileSection.unused("", nil) }

// unused appends the keys of the section and those below it.
func (s *section) unused(above string, list []string) []string {
	for i := range s.keys {
		k := &s.keys[i]
		if k.moved != "" {
			continue
		}
		if k.unused {
			list = append(list, above+k.name)
		}
		if k.section != nil {
			list = k.section.unused(above+k.name+".", list)
		}
	}
	return list
}
