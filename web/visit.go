package web

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/static"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// visit is what the address of a page says.
type visit struct {
	profile  *lasso.Profile // with what only other nodes have of it; see held
	local    *lasso.Profile // as this node has it
	held     holders        // what of profile only other nodes have
	chain    *lasso.Chain
	provider *lasso.Provider
	window   lasso.Window // ?range=
	place    lasso.Place  // ?region= or ?node=; zero: all nodes
	metric   string       // ?metric= of the matrices
	left     string       // ?left= and ?right=: the regions it compares
	right    string
	sort     string
	msort    string
	fragment string
	format   string // "csv", "json" or empty for HTML
	part     string // the only part or table that the answer holds; empty: the whole page
	file     bool   // it is a table as a file
	theme    string
	path     string
	topology topologyChoice
	seen     trust                          // in what was read for the answer
	logs     map[lasso.Place]lasso.EventLog // that were read for it, by region; see happened
	base     string                         // scheme and host, for the URLs of endpoints

	methods  methodsQuery  // of the methods page
	endpoint endpointQuery // of the page of a chain
	asked    *asked        // of the requests page
	events   *eventQuery   // of the events page
	list     listQuery     // of the lists of chains and of providers
	operator operatorQuery // of the page of a provider
	toast    *dashboard.Toast
}

// methodColumns are what the methods can be ordered by.
func methodColumns() []string {
	return []string{"method", "calls", "rate", "p50", "p95", "p99", "success", "last"}
}

// visited is the key under which a request carries the profile of its address
// to the page of an error.
const visited = "profile"

// readVisit reads path and query. A value that no part of the page knows is an
// error, not a default: the page would not show what its address says.
func (s *Server) readVisit(c *fiber.Ctx, columns []string) (*visit, error) {
	v := &visit{
		sort: c.Query("sort"), msort: c.Query("msort"), fragment: c.Query("fragment"), format: c.Query("format"),
		path: s.pagePath(c), base: s.baseURL(c),
	}
	var err error
	if v.local, err = s.findProfile(param(c, "profile")); err != nil {
		return nil, err
	}
	v.profile, v.held = s.widen(v.local)
	c.Locals(visited, v.profile)
	if c.Params("chain") != "" {
		if v.chain, err = chainOf(c, v.profile); err != nil {
			return nil, err
		}
	}
	if c.Params("provider") != "" {
		if v.provider, err = providerOf(v.profile, v.chain, param(c, "provider")); err != nil {
			return nil, err
		}
	}
	v.window, _ = lasso.ParseWindow(c.Query("range"))
	if v.place, err = s.place(c); err != nil {
		return nil, err
	}
	v.metric, v.left, v.right = c.Query("metric"), c.Query("left"), c.Query("right")
	for _, q := range []struct {
		name, value string
		allowed     []string
	}{
		{"range", c.Query("range"), windowWords()},
		{"left", v.left, s.regions()},
		{"right", v.right, s.regions()},
		{"sort", strings.TrimPrefix(v.sort, "-"), columns},
		{"msort", strings.TrimPrefix(v.msort, "-"), methodColumns()},
		{"format", v.format, formats()},
		{"theme", c.Query("theme"), themes()},
		{"kiosk", c.Query("kiosk"), []string{kioskOn}},
	} {
		if q.value != "" && !slices.Contains(q.allowed, q.value) {
			return nil, badQuery(q.name, q.value, q.allowed)
		}
	}
	if v.topology, err = readTopology(c); err != nil {
		return nil, err
	}
	v.theme = s.theme(c)
	return v, nil
}

// only narrows a visit to the part that it asks for, or to the table of a file:
// main, where it names none.
func (v *visit) only(main, accepted string) {
	v.file = v.format != "" || v.fragment == "" && accepted != ""
	if v.part = v.fragment; v.file && v.part == "" {
		v.part = main
	}
}

// shows tells whether the answer holds one of these parts of the page. What no
// part shows is not gathered.
func (v *visit) shows(parts ...string) bool { return v.part == "" || slices.Contains(parts, v.part) }

// draws is shows, for what is in the drawing of a part and not in its file.
func (v *visit) draws(parts ...string) bool { return !v.file && v.shows(parts...) }

// scope is what the page shows of a chain or a provider.
func (v *visit) scope(c lasso.ChainID, provider lasso.ProviderID, w lasso.Window) lasso.Scope {
	return lasso.Scope{Profile: v.profile.Slug, Chain: c, Provider: provider, Window: w, Place: v.place}
}

// sheet is a page that is ready to be drawn.
type sheet struct {
	nav       dashboard.Nav
	title     string
	attention int // providers of the profile that are not healthy
	trust     trust
	model     dashboard.Model
	tables    map[string]func() grid // by fragment, in the order and with the filters of the page
	main      string                 // the one of them that ?format= alone gives
}

// page answers with what build makes of a visit: a table when ?format= or
// Accept asks for one, a fragment with ?fragment=, else the whole page. Main is
// the table that ?format= alone gives; more reads the keys of a page's own.
func (s *Server) page(main string, columns []string, build func(*visit) sheet, more ...func(*fiber.Ctx, *visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := s.readVisit(c, columns)
		for _, read := range more {
			if err == nil {
				err = read(c, v)
			}
		}
		if err != nil {
			return err
		}
		accepted := accepts(c)
		v.only(main, accepted)
		answer := func() error {
			sh := build(v)
			sh.main = main
			return s.show(c, v, sh)
		}
		if v.fragment != "" && v.format == "" && accepted == "" {
			return s.part(c, answer)
		}
		return answer()
	}
}

// show answers with a page, a part of it, or one of its tables.
func (s *Server) show(c *fiber.Ctx, v *visit, sh sheet) error {
	if format := sh.format(c, v); format != "" {
		return sh.file(c, v, format)
	}
	shell := s.frame(c, v, &sh)
	return s.draw(c, v.fragment, func(now, drawn time.Time, age time.Duration) dashboard.View {
		shell.Now, shell.Drawn, shell.Age = now, drawn, age
		sh.model.SetShell(shell)
		return sh.model
	}, sh.trust.age)
}

// frame is what is around the model of a page.
func (s *Server) frame(c *fiber.Ctx, v *visit, sh *sheet) dashboard.Shell {
	shell := s.shell(v.profile, v.theme)
	setLooks(c, &shell)
	shell.Title, shell.Nav, shell.Path, shell.Range, shell.Sort, shell.MSort = sh.title, sh.nav, v.path, v.window.String(), v.sort, v.msort
	shell.Attention, shell.Toast, shell.Age = sh.attention, v.toast, sh.trust.age
	shell.Region, shell.Node = v.place.Region, string(v.place.Node)
	shell.Coverage, shell.Stale, shell.Loading = viewCoverage(sh.trust.coverage), sh.trust.stale, sh.trust.loading || v.seen.loading
	// What a page shows of other places than its own is no lack of its figures.
	within := v.place == (lasso.Place{}) || v.seen.coverage.Total <= sh.trust.coverage.Total
	if within && v.seen.lacks() > sh.trust.lacks() {
		shell.Lack = viewCoverage(v.seen.coverage)
	}
	return shell
}

// shell is what pages share. Profile may be nil.
func (s *Server) shell(p *lasso.Profile, theme string) dashboard.Shell {
	sh := dashboard.Shell{
		Theme: theme, Prefix: s.cfg.PathPrefix, Now: s.cfg.Now(), Build: s.build(), Range: lasso.Minute.String(),
		Banner: reloadBanner(s.deps.Catalogs.ReloadState()), Asset: static.URL,
	}
	for _, other := range s.deps.Catalogs.Catalog().Profiles {
		if !other.Unlisted || p != nil && other.Slug == p.Slug {
			sh.Profiles = append(sh.Profiles, dashboard.Profile{Slug: string(other.Slug), Name: other.Name})
		}
	}
	if p != nil {
		sh.Profile = dashboard.Profile{Slug: string(p.Slug), Name: p.Name}
		cl := s.deps.Cluster.State()
		sh.Clustered, sh.Regions, sh.Nodes = cl.Enabled, s.regions(), nodeChoices(cl)
		// One banner at a time: a partition first, what differs last.
		nodes := nodeViews(cl, lasso.Answer[lasso.CallFigures]{})
		if b := dashboard.Partition(sh, nodes); b != nil {
			sh.Banner = b
		}
		if sh.Banner == nil {
			sh.Banner = expectedBanner(cl)
		}
		if cl.Enabled && sh.Banner == nil {
			sh.Banner = dashboard.LinkBanner(sh, faultViews(s.deps.Figures.Mesh().Data.Faults))
		}
		if sh.Banner == nil {
			sh.Banner = dashboard.ConfigDiffers(sh, nodes)
		}
	}
	return sh
}

// errorPage is the page for an address that leads nowhere, or for a page that
// could not be made.
func (s *Server) errorPage(c *fiber.Ctx, f *clientError, id string) error {
	if f.profile == nil {
		f.profile, _ = c.Locals(visited).(*lasso.Profile)
	}
	where := f.profile
	if where == nil && f.what == "page" { // of a profile that exists, it keeps the navigation
		slug, _, _ := strings.Cut(strings.TrimPrefix(c.Path(), "/dashboard/"), "/")
		where, _ = s.findProfile(slug)
	}
	sh := s.shell(where, s.theme(c))
	setLooks(c, &sh)
	sh.Path = s.pagePath(c)
	var view dashboard.View
	switch f.status {
	case fiber.StatusNotFound:
		sh.Title = "Not found"
		nf := dashboard.NotFound{Shell: sh, What: f.what, Name: f.name}
		if where == nil || where == f.profile {
			nf.Ways = s.ways(f)
		}
		view = nf
	case fiber.StatusForbidden:
		view = forbidden(sh, f)
	default:
		failed := dashboard.Failed{Shell: sh, Code: f.status, Message: sentence(f.message), RequestID: id}
		if f.status == fiber.StatusBadRequest && len(c.Context().QueryArgs().QueryString()) > 0 {
			failed.Ways = []dashboard.Way{{Label: "Open this page without it", Href: s.pagePath(c)}}
			if f.profile != nil {
				failed.Ways = append(failed.Ways, dashboard.Way{Label: "Open overview", Href: s.profilePath(f.profile)})
			}
		}
		view = failed
	}
	return s.send(c, view.Page())
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// maxWays is how many links an error page offers.
const maxWays = 8

// ways are the links from a page that does not exist to ones that do.
func (s *Server) ways(f *clientError) []dashboard.Way {
	var ways []dashboard.Way
	switch {
	case f.chain != nil:
		for _, pr := range f.chain.Providers {
			ways = append(ways, dashboard.Way{Label: pr.Name, Href: s.providerPath(f.profile, f.chain, pr)})
		}
	case f.profile != nil:
		for _, ch := range f.profile.Chains {
			ways = append(ways, dashboard.Way{Label: ch.Name, Href: s.chainPath(f.profile, ch)})
		}
	default:
		for _, p := range s.deps.Catalogs.Catalog().Profiles {
			if !p.Unlisted {
				ways = append(ways, dashboard.Way{Label: p.Name, Href: s.profilePath(p)})
			}
		}
	}
	return ways[:min(len(ways), maxWays)]
}

// readBody reads a body of a media type that is at most limit bytes. Fiber does
// not limit a body that arrives as a stream.
func readBody(c *fiber.Ctx, media string, limit int) (string, error) {
	what := "the body"
	if media == fiber.MIMEApplicationForm {
		what = "the form"
	}
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), media) {
		return "", &clientError{status: fiber.StatusUnsupportedMediaType, message: media + " is expected"}
	}
	ctx := c.Context()
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return "", nil
	}
	large := &clientError{status: fiber.StatusRequestEntityTooLarge, message: what + " is larger than " + strconv.Itoa(limit>>10) + " KiB"}
	if ctx.Request.Header.ContentLength() > limit {
		drain(ctx, limit)
		return "", large
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(limit)+1))
	switch {
	case len(body) > limit:
		drain(ctx, limit)
		return "", large
	case err != nil:
		return "", &clientError{status: fiber.StatusBadRequest, message: what + " did not arrive whole"}
	}
	return string(body), nil
}
