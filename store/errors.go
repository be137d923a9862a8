package store

import (
	"strings"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso"
)

// Bounds of the error groups of one provider.
const (
	maxErrorGroups  = 64
	maxErrorMessage = 160 // bytes
)

// failure is what groups are made by: a category and a normalised message.
type failure struct {
	category lasso.Category
	message  string
}

func newFailure(c lasso.Category, message string) failure {
	if message == "" {
		message = strings.ReplaceAll(c.String(), "_", " ")
	}
	return failure{category: c, message: normalise(message)}
}

// errorGroups counts the failures of one provider by message. When there are
// too many groups, the one seen least recently makes room. The zero value is
// empty. The group's mutex guards it.
type errorGroups struct {
	byFailure map[failure]*errorGroup
}

type errorGroup struct {
	last int64
	ring ring
}

func (e *errorGroups) add(t int64, f *failure) {
	g, ok := e.byFailure[*f]
	if !ok {
		if e.byFailure == nil {
			e.byFailure = map[failure]*errorGroup{}
		}
		if len(e.byFailure) >= maxErrorGroups {
			e.evict()
		}
		g = &errorGroup{last: t, ring: newRing(seriesLevels, t)}
		e.byFailure[*f] = g
	}
	g.last = max(g.last, t)
	g.ring.add(t, &sample{})
}

func (e *errorGroups) evict() {
	var oldest failure
	var found *errorGroup
	for f, g := range e.byFailure {
		if found == nil || g.last < found.last {
			oldest, found = f, g
		}
	}
	delete(e.byFailure, oldest)
}

func (e *errorGroups) trim(now, before int64) {
	for f, g := range e.byFailure {
		if g.last < before {
			delete(e.byFailure, f)
			continue
		}
		g.ring.advance(now)
		g.ring.trim()
	}
}

// failures gathers the failures of a window, equal ones grouped. An empty
// provider or chain 0 means all.
func (s *Store) failures(q *question) []lasso.ErrorSample {
	now, v := s.now(), span(q.window)
	merged := map[failure]*lasso.ErrorSample{}
	a := s.accumulator()
	defer s.scratch.Put(a)
	for _, g := range s.groups(q.Profile, q.Chain, q.Provider, false) {
		g.mu.Lock()
		for f, eg := range g.errors.byFailure {
			a.reset()
			eg.ring.advance(now)
			eg.ring.window(v, a)
			if a.calls == 0 {
				continue
			}
			e, ok := merged[f]
			if !ok {
				e = &lasso.ErrorSample{Message: f.message, Category: f.category}
				merged[f] = e
			}
			e.Count += a.calls
			if at := s.wall(eg.last); at.After(e.LastAt) {
				e.LastAt = at
			}
		}
		g.mu.Unlock()
	}
	list := make([]lasso.ErrorSample, 0, len(merged))
	for _, e := range merged {
		list = append(list, *e)
	}
	return list
}

// normalise takes out of a message what differs between equal failures: long
// numbers, hashes and other hexadecimal identifiers. HTTP statuses and
// JSON-RPC error codes stay. It bounds the length and returns the same string
// when there is nothing to do.
func normalise(m string) string {
	var out strings.Builder
	copied := 0
	for i := 0; i < len(m); {
		if !alphanumeric(m[i]) {
			i++
			continue
		}
		start := i
		for i < len(m) && alphanumeric(m[i]) {
			i++
		}
		short, ok := shorten(m[start:i], start > 0 && m[start-1] == '-')
		if !ok {
			continue
		}
		out.WriteString(m[copied:start])
		out.WriteString(short)
		copied = i
	}
	if copied > 0 {
		out.WriteString(m[copied:])
		m = out.String()
	}
	m = strings.ToValidUTF8(m, "�")
	if len(m) <= maxErrorMessage {
		return m
	}
	cut := maxErrorMessage - len("…")
	for !utf8.RuneStart(m[cut]) {
		cut--
	}
	return m[:cut] + "…"
}

// shorten returns what to write for a word of letters and digits, and false
// when the word stays.
func shorten(word string, negative bool) (string, bool) {
	if len(word) >= 10 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X') {
		return "0x…", true
	}
	digits, hex := 0, 0
	for digits < len(word) && word[digits] >= '0' && word[digits] <= '9' {
		digits++
	}
	for hex < len(word) && hexadecimal(word[hex]) {
		hex++
	}
	switch {
	case hex == len(word) && hex >= 16:
		return "…", true
	case digits < 4:
		return "", false
	case negative && digits == len(word) && digits == 5 && strings.HasPrefix(word, "32"):
		return "", false // a JSON-RPC error code
	}
	return "…" + word[digits:], true
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func hexadecimal(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}
