package profiles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file. Line and Column count from 1; both are 0
// where the mistake is of the file as a whole, or of no file.
type Problem struct {
	File         string
	Line, Column int
	Message      string // a sentence, without secrets
}

// String returns "file:line:column: message", leaving out what is not known.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is every mistake that one load found, sorted by file and position.
// It is never an empty error.
type Problems []Problem //nolint:errname // the plural names the list; each entry is not an error

// Error lists all problems, one per line.
func (ps Problems) Error() string { return strings.Join(ps.Strings(), "\n") }

// Strings returns each problem as [Problem.String] does.
func (ps Problems) Strings() []string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return lines
}

// err is the problems as an error, or nil where there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

// sorted orders the problems and drops repetitions, which aliased YAML causes.
func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(ps)
}
