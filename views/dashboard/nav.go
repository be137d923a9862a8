package dashboard

import "github.com/a-h/templ"

// Entry is one page of the navigation.
type Entry struct {
	Nav   Nav
	Label string
	Icon  string // of the sprite, without its prefix
	Href  templ.SafeURL
	Key   string // the letter that leads there after g

	fold string // class of the width from which it stands in "More"; empty: always in the bar
	more bool   // always in "More"
}

// Classes of entries that leave the bar on narrow screens, and of their copies
// in "More", which are hidden until then.
const (
	foldWide   = "fold-w" // first: up to 1260 px
	foldNarrow = "fold-n" // then: up to 1100 px
)

// Entries lists the pages of the profile, in order. Regions and Cluster are
// there only in a cluster. Without a profile there are none.
func (s Shell) Entries() []Entry {
	if s.Profile.Slug == "" {
		return nil
	}
	all := []Entry{
		{Nav: NavOverview, Label: "Overview", Icon: "grid", Key: "o"},
		{Nav: NavChains, Label: "Chains", Icon: "chain", Key: "c"},
		{Nav: NavProviders, Label: "Providers", Icon: "plug", Key: "p"},
		{Nav: NavRegions, Label: "Regions", Icon: "globe", Key: "r"},
		{Nav: NavMethods, Label: "Methods", Icon: "cols", Key: "m", fold: foldNarrow},
		{Nav: NavRequests, Label: "Requests", Icon: "list", Key: "q"},
		{Nav: NavCluster, Label: "Cluster", Icon: "nodes", Key: "l"},
		{Nav: NavPlayground, Label: "Playground", Icon: "term", Key: "y", fold: foldWide},
		{Nav: NavEvents, Label: "Events", Icon: "clock", Key: "e", more: true},
		{Nav: NavSystem, Label: "System", Icon: "info", Key: "s", more: true},
		{Nav: NavConfig, Label: "Configuration", Icon: "sliders", Key: "x", more: true},
	}
	shown := all[:0]
	for _, e := range all {
		if !s.Clustered && e.Nav == NavRegions {
			continue
		}
		if !s.Clustered && e.Nav == NavCluster {
			e.more = true // it says how to join others
		}
		e.Href = s.navHref(e.Nav)
		if e.Nav == NavOverview {
			e.Href = s.overviewHref()
		}
		shown = append(shown, e)
	}
	return shown
}

// tabs are the pages of the bar of a narrow screen; the rest stands in its
// "More".
func (s Shell) tabs() (bar, rest []Entry) {
	for _, e := range s.Entries() {
		switch e.Nav {
		case NavOverview, NavChains, NavRequests:
			bar = append(bar, e)
		case NavCluster:
			if e.more {
				rest = append(rest, e)
			} else {
				bar = append(bar, e)
			}
		default:
			rest = append(rest, e)
		}
	}
	return bar, rest
}

// within reports whether the page shown is one of the entries.
func (s Shell) within(entries []Entry) bool {
	for _, e := range entries {
		if e.Nav == s.Nav {
			return true
		}
	}
	return false
}

// inMore are the entries of the header's "More"; those with a fold are hidden
// on wide screens.
func (s Shell) inMore() (folded, always []Entry) {
	for _, e := range s.Entries() {
		switch {
		case e.more:
			always = append(always, e)
		case e.fold != "":
			folded = append(folded, e)
		}
	}
	return folded, always
}

// moreClass marks "More" when the page shown stands in it, always or from a
// width on.
func (s Shell) moreClass() string {
	for _, e := range s.Entries() {
		if e.Nav != s.Nav {
			continue
		}
		switch {
		case e.more:
			return "on"
		case e.fold == foldWide:
			return "on-fold-w"
		case e.fold == foldNarrow:
			return "on-fold-n"
		}
	}
	return ""
}

// shortcut is one line of the list of keys.
type shortcut struct {
	keys []string
	then bool // one key after the other
	text string
}

func (s Shell) shortcuts() [][]shortcut {
	general := []shortcut{
		{keys: []string{"Ctrl", "K"}, text: "Jump to a page, chain or provider"},
		{keys: []string{"/"}, text: "Filter this page"},
		{keys: []string{"j"}, text: "Next row"},
		{keys: []string{"k"}, text: "Row before"},
		{keys: []string{"Enter"}, text: "Open the row"},
		{keys: []string{"s"}, text: "Sort again"},
		{keys: []string{"."}, text: "Pause or resume"},
		{keys: []string{"t"}, text: "Dark or light theme"},
		{keys: []string{"?"}, text: "All keys"},
		{keys: []string{"Esc"}, text: "Close"},
	}
	var pages []shortcut
	for _, e := range s.Entries() {
		pages = append(pages, shortcut{keys: []string{"g", e.Key}, then: true, text: e.Label})
	}
	if len(pages) == 0 {
		return [][]shortcut{general}
	}
	return [][]shortcut{general, pages}
}

// Densities lists the heights of table rows: 28, 32 and 40 px.
func Densities() []string { return []string{densityCompact, densityNormal, densityComfortable} }

const (
	densityCompact     = "compact"
	densityNormal      = "normal"
	densityComfortable = "comfortable"
)

func (s Shell) density() string {
	switch s.Density {
	case densityCompact, densityComfortable:
		return s.Density
	}
	return densityNormal
}

// paletteHref is where the command palette finds what it lists.
func (s Shell) paletteHref() string {
	if s.Profile.Slug == "" {
		return ""
	}
	return s.profilePath() + "/palette"
}

// kioskHref is this page with or without all that is for a reader's hands.
func (s Shell) kioskHref() templ.SafeURL {
	s.Kiosk = !s.Kiosk
	return s.selfHref()
}
