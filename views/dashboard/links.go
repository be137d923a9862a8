package dashboard

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// slug is what URLs carry for the chain.
func (c ChainRef) slug() string {
	if c.Alias != "" {
		return c.Alias
	}
	return strconv.FormatUint(c.ID, 10)
}

func (c ChainRef) label() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Alias != "":
		return c.Alias
	case c.ID != 0:
		return "chain " + strconv.FormatUint(c.ID, 10)
	}
	return ""
}

func (p Profile) label() string { return cmp.Or(p.Name, p.Slug) }

// query is the part of a page's state that its links keep.
type query struct {
	rng, region, node, sort, msort, page, fragment, format, theme string
	kiosk                                                         bool
	whole                                                         bool // without a range, the page shows all that is kept
	more                                                          []param
}

// param is a key of a page's own.
type param struct{ key, value string }

func (q query) String() string {
	var b strings.Builder
	add := func(key, value string) {
		if value == "" {
			return
		}
		if b.Len() == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(value))
	}
	if q.rng != AllKept && (q.rng != defaultRange || q.whole) {
		add("range", q.rng)
	}
	if q.node != "" { // it says the region too
		add("node", q.node)
	} else {
		add("region", q.region)
	}
	for _, p := range q.more {
		add(p.key, p.value)
	}
	add("sort", q.sort)
	add("msort", q.msort)
	add("page", q.page)
	add("theme", q.theme)
	if q.kiosk {
		add("kiosk", "1")
	}
	add("fragment", q.fragment)
	add("format", q.format)
	return b.String()
}

const defaultRange = "1m"

// AllKept is the range of a page that shows all that is kept.
const AllKept = "all"

// query is what the links of a page keep: another choice begins on the first
// page of a list.
func (s Shell) query() query {
	return query{rng: s.Range, region: s.Region, node: s.Node, sort: s.Sort, msort: s.MSort, kiosk: s.Kiosk, whole: s.Whole, more: s.keep}
}

// elsewhere is the query of links to other pages: range and region go along,
// the order of this page's tables does not.
func (s Shell) elsewhere(keys ...param) string {
	return query{rng: s.Range, region: s.Region, node: s.Node, kiosk: s.Kiosk, more: keys}.String()
}

func (s Shell) profilePath() string { return s.root() + "/" + url.PathEscape(s.Profile.Slug) }

// root is the first page of all.
func (s Shell) root() string { return s.Prefix + "/dashboard" }

func (s Shell) overviewHref() templ.SafeURL {
	if s.Profile.Slug == "" {
		return templ.SafeURL(s.root())
	}
	return templ.SafeURL(s.profilePath() + s.elsewhere())
}

// navHref is a page of the header, by the last part of its path, with keys of
// its own.
func (s Shell) navHref(n Nav, keys ...param) templ.SafeURL {
	return templ.SafeURL(s.profilePath() + "/" + string(n) + s.elsewhere(keys...))
}

// failingHref lists every provider link that needs attention.
func (s Shell) failingHref() templ.SafeURL { return s.navHref(NavProviders, param{"failing", "1"}) }

// requestsHref lists the requests of the last minute with an outcome, of a
// chain or, without one, of all.
func (s Shell) requestsHref(outcome string, c ChainRef) templ.SafeURL {
	q := query{rng: defaultRange, whole: true, region: s.Region, node: s.Node, kiosk: s.Kiosk, more: []param{{"outcome", outcome}}}
	if c.ID != 0 {
		q.more = append(q.more, param{"chain", c.slug()})
	}
	return templ.SafeURL(s.profilePath() + "/" + string(NavRequests) + q.String())
}

func (s Shell) chainsHref() templ.SafeURL { return s.navHref(NavChains) }

func (s Shell) providersHref() templ.SafeURL { return s.navHref(NavProviders) }

func (s Shell) clusterHref() templ.SafeURL { return s.navHref(NavCluster) }

// methodsHref is the methods page for a chain.
func (s Shell) methodsHref(c ChainRef) templ.SafeURL {
	q := query{rng: s.Range, region: s.Region, node: s.Node, more: []param{{"chain", c.slug()}}}
	return templ.SafeURL(s.profilePath() + "/" + string(NavMethods) + q.String())
}

// regionHref is this page for a region; empty is all.
func (s Shell) regionHref(region string) templ.SafeURL {
	q := s.query()
	q.region, q.node = region, ""
	return templ.SafeURL(s.Path + q.String())
}

// keepHref is this page with another value of one of its own keys.
func (s Shell) keepHref(key, value string) templ.SafeURL {
	q := s.query()
	q.more = nil
	for _, p := range s.keep {
		if p.key == key {
			p.value = value
		}
		q.more = append(q.more, p)
	}
	return templ.SafeURL(s.Path + q.String())
}

// providerIn is the page of a provider, for one region.
func (s Shell) providerIn(c ChainRef, id, region string) templ.SafeURL {
	s.Region, s.Node = region, ""
	return s.providerHref(c, id)
}

func (s Shell) chainPath(c ChainRef) string {
	return s.profilePath() + "/chains/" + url.PathEscape(c.slug())
}

func (s Shell) chainHref(c ChainRef) templ.SafeURL {
	return templ.SafeURL(s.chainPath(c) + s.elsewhere())
}

func (s Shell) providerHref(c ChainRef, id string) templ.SafeURL {
	return templ.SafeURL(s.chainPath(c) + "/providers/" + url.PathEscape(id) + s.elsewhere())
}

func (s Shell) profileHref(p Profile) templ.SafeURL {
	return templ.SafeURL(s.root() + "/" + url.PathEscape(p.Slug) + s.elsewhere())
}

func (s Shell) rangeHref(r string) templ.SafeURL {
	q := s.query()
	q.rng = r
	return templ.SafeURL(s.Path + q.String())
}

// fileHref is one of the page's tables as a file, in the page's order and with
// its filters. The fragment names the table.
func (s Shell) fileHref(fragment, format string) templ.SafeURL {
	q := s.query()
	q.fragment, q.format = fragment, format
	return templ.SafeURL(s.Path + q.String())
}

func (s Shell) themeHref(theme string) templ.SafeURL {
	q := s.query()
	q.page, q.theme = s.page, theme
	return templ.SafeURL(s.Path + q.String())
}

func (s Shell) selfHref() templ.SafeURL { return s.pageHref(s.page) }

// pageHref is a page of this page's list; empty is the first.
func (s Shell) pageHref(page string) templ.SafeURL {
	q := s.query()
	q.page = page
	return templ.SafeURL(s.Path + q.String())
}

func (s Shell) asset(name string) string {
	if s.Asset == nil {
		return s.Prefix + "/static/" + name
	}
	return s.Prefix + s.Asset(name)
}

// poll makes an element a fragment: its id, where it comes from and how often.
// The script holds requests back while the page is paused or hidden.
// While the first figures of other nodes are on their way it asks each second,
// however slow it is otherwise: the element that comes then has its own rhythm.
func (s Shell) poll(id, every string) templ.Attributes {
	if s.Loading {
		every = everyFigure
	}
	q := s.query()
	q.page, q.fragment = s.page, id
	return templ.Attributes{
		"id":         id,
		"hx-get":     s.Path + q.String(),
		"hx-trigger": "every " + every,
		"hx-swap":    "morph:outerHTML",
		"data-poll":  every,
	}
}

// Intervals of fragments.
const (
	everyFigure = "1s"
	everyTable  = "5s"
	everyHour   = "15s" // drawings of the last hour, by the minute
)

// everyStep is how often a chart over the range changes: one roll-up step, but
// what is new of a long one should not wait for another.
func (s Shell) everyStep() string {
	switch s.Range {
	case "5m":
		return "5s"
	case "15m":
		return "15s"
	case "1h", "24h":
		return "60s"
	}
	return "1s"
}
