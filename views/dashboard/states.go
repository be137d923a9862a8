package dashboard

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// Loading is the model of the page shown until the first figures are there. It
// loads itself again.
type Loading struct{ Shell }

const exampleYAML = `chains:
  ethereum:
    chain_id: 1
    providers:
      - id: own-node
        url: "http://127.0.0.1:8545"`

func loadingLabels() []string {
	return []string{"Requests", successOfCalls, "Latency p50", "Failovers", "Cost of checks", "Providers usable", "Chains"}
}

func noun(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (m Loading) title() string {
	if m.Title == "" {
		return "Loading"
	}
	return m.Title
}

func (m Failed) title() string {
	switch {
	case m.Title != "":
		return m.Title
	case m.refused():
		return "Cannot be shown"
	}
	return "Failed"
}

// refused tells whether the address asks for what cannot be had: to try again
// does not help then.
func (m Failed) refused() bool {
	return m.Code >= 400 && m.Code < 500 && m.Code != 408 && m.Code != 429
}

func (m Failed) ways() []Way {
	if len(m.Ways) > 0 {
		return m.Ways
	}
	return []Way{{Label: "Open overview", Href: string(m.overviewHref())}}
}

func (m Failed) details() string {
	return "HTTP " + strconv.Itoa(m.Code) + " " + m.Path + " request " + m.RequestID + " " + views.Stamp(m.Now) + "\n" + m.Message
}

func (m NotFound) heading() string {
	switch m.What {
	case "profile", "chain", "provider":
		return "No " + m.What + " of that name"
	}
	return "There is no such page"
}

func (m NotFound) text() string {
	where := ""
	if m.Profile.Slug != "" && m.What != "profile" {
		where = " in profile " + m.Profile.label()
	}
	switch {
	case m.Name == "":
		return "The address leads nowhere. The configuration may have changed since the link was made."
	case m.What == "page" || m.What == "":
		return m.Name + " is not an address of this dashboard."
	}
	return "There is no " + m.What + " " + m.Name + where + ". It may have been renamed or taken out of the configuration."
}

func (m NotFound) ways() []Way {
	if len(m.Ways) > 0 {
		return m.Ways
	}
	if m.Profile.Slug == "" {
		return []Way{{Label: "Open the dashboard", Href: m.root()}}
	}
	return []Way{
		{Label: "Open overview", Href: string(m.overviewHref())},
		{Label: "All chains", Href: string(m.chainsHref())},
		{Label: "All providers", Href: string(m.providersHref())},
	}
}

// Page renders the empty frame.
func (m Loading) Page() templ.Component { return loadingPage(m) }

// Fragment is always false: the frame has none.
func (m Loading) Fragment(string) (templ.Component, bool) { return nil, false }

// Page renders the whole document.
func (m NotFound) Page() templ.Component { return notFoundPage(m) }

// Fragment is always false: the page does not change.
func (m NotFound) Fragment(string) (templ.Component, bool) { return nil, false }

// Page renders the whole document.
func (m Failed) Page() templ.Component { return failedPage(m) }

// Fragment is always false: the page does not change.
func (m Failed) Fragment(string) (templ.Component, bool) { return nil, false }
