package dashboard

import "github.com/a-h/templ"

// Forbidden is the model of the page for what is not allowed here.
type Forbidden struct {
	Shell
	Message string // one sentence: what was refused, and what would allow it
	Role    string // what the one who asks may do here
	Needed  string // what is needed
	Ask     string // whom to ask
	SignIn  string // where to come back to, where signing in would allow it; empty: it would not
}

// Page renders the whole document.
func (m Forbidden) Page() templ.Component { return forbiddenPage(m) }

// Fragment is always false: the page does not change.
func (m Forbidden) Fragment(string) (templ.Component, bool) { return nil, false }
