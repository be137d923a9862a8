package dashboard

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// htmxConfig keeps htmx inside the content security policy: no style element,
// no evaluation, no other origin. 304 and 204 swap nothing.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,` +
	`"selfRequestsOnly":true,"historyCacheSize":0,"timeout":8000,"scrollIntoViewOnBoost":false,"responseHandling":[` +
	`{"code":"204","swap":false},{"code":"304","swap":false},{"code":"[23]..","swap":true},` +
	`{"code":"[45]..","swap":false,"error":true}]}`

func (s Shell) theme() string {
	switch s.Theme {
	case "dark", "light":
		return s.Theme
	}
	return "auto"
}

func themes() []string { return []string{"auto", "dark", "light"} }

func themeLabel(theme string) string {
	if theme == "auto" {
		return "theme of the system"
	}
	return theme + " theme"
}

func kioskLabel(s Shell) string {
	if s.Kiosk {
		return "Leave kiosk mode"
	}
	return "Kiosk mode"
}

func pressed(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

func (s Shell) documentTitle() string {
	if s.Title == "" {
		return "Lasso"
	}
	return s.Title + " · Lasso"
}

func (s Shell) profileLabel() string {
	if s.Profile.Slug == "" {
		return "Choose"
	}
	return s.Profile.label()
}

func (s Shell) missing() string {
	words := s.missingOf(s.Coverage)
	if s.Coverage.Responding > 1 && s.Age >= time.Second {
		words += "; what other nodes recorded is up to " + views.Span(s.Age) + " old"
	}
	return words
}

func (s Shell) missingOf(c Coverage) string {
	switch {
	case len(c.Missing) == 0:
		return "All known nodes answer"
	case s.Loading:
		return "Waiting for " + strings.Join(c.Missing, ", ")
	}
	return "No answer from " + strings.Join(c.Missing, ", ")
}

// outdatedAfter is the age from which figures that are being asked for again
// are marked: nodes are asked every 15 s, and have 5 s to answer.
const outdatedAfter = 30 * time.Second

// outdated tells that the figures of other nodes are older than they should be.
func (s Shell) outdated() bool { return s.Stale && s.Age >= outdatedAfter }

// here marks the link of the page that is shown.
func here(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

// current marks the choice that is shown.
func current(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "true"}
}

func ago(s Shell, at time.Time) string {
	d := s.Now.Sub(at)
	switch {
	case d < time.Second:
		return "now"
	case d >= 7*24*time.Hour:
		return views.Since(s.Now, at)
	}
	return views.Span(d) + " ago"
}
