package web

import (
	"errors"
	"slices"
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
	region   string       // ?region=; empty: all
	metric   string       // ?metric= of the matrices
	left     string       // ?left= and ?right=: the regions it compares
	right    string
	sort     string
	msort    string
	fragment string
	format   string // "csv", "json" or empty for HTML
	theme    string
	path     string
	topology topologyChoice
	base     string // scheme and host, for the URLs of endpoints

	methods  methodsQuery  // of the methods page
	endpoint endpointQuery // of the page of a chain
	asked    *asked        // of the requests page
	list     listQuery     // of the lists of chains and of providers
	operator operatorQuery // of the page of a provider
	toast    *dashboard.Toast
}

// methodColumns are what the methods can be ordered by.
func methodColumns() []string {
	return []string{"method", "calls", "rate", "p50", "p95", "p99", "success", "last"}
}

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
	v.region, v.metric, v.left, v.right = c.Query("region"), c.Query("metric"), c.Query("left"), c.Query("right")
	for _, q := range []struct {
		name, value string
		allowed     []string
	}{
		{"range", c.Query("range"), windowWords()},
		{"region", v.region, s.regions()},
		{"left", v.left, s.regions()},
		{"right", v.right, s.regions()},
		{"sort", strings.TrimPrefix(v.sort, "-"), columns},
		{"msort", strings.TrimPrefix(v.msort, "-"), methodColumns()},
		{"format", v.format, formats()},
		{"theme", c.Query("theme"), themes()},
		{"kiosk", c.Query("kiosk"), []string{kioskOn}},
	} {
		if q.value != "" && !slices.Contains(q.allowed, q.value) {
			f := badQuery(q.name, q.value, q.allowed)
			f.profile = v.profile
			return nil, f
		}
	}
	if v.topology, err = readTopology(c, v.profile); err != nil {
		return nil, err
	}
	v.theme = s.theme(c)
	return v, nil
}

// scope is what the page shows of a chain or a provider.
func (v *visit) scope(c lasso.ChainID, provider lasso.ProviderID, w lasso.Window) lasso.Scope {
	return lasso.Scope{Profile: v.profile.Slug, Chain: c, Provider: provider, Window: w, Region: v.region}
}

// sheet is a page that is ready to be drawn.
type sheet struct {
	nav       dashboard.Nav
	title     string
	attention int // providers of the profile that are not healthy
	trust     trust
	view      func(dashboard.Shell) dashboard.View
	tables    map[string]func() grid // by fragment, in the order and with the filters of the page
	main      string                 // the one of them that ?format= alone gives
}

// trust is how far the figures of a page may be trusted.
type trust struct {
	coverage lasso.Coverage
	stale    bool
	loading  bool
	age      time.Duration
}

func trustOf[T any](a lasso.Answer[T]) trust { return trust{a.Coverage, a.Stale, a.Loading, a.Age} }

// page answers with what build makes of a visit: a table when ?format= or
// Accept asks for one, a fragment with ?fragment=, else the whole page. More reads
// the keys of a page's own.
func (s *Server) page(columns []string, build func(*visit) sheet, more ...func(*fiber.Ctx, *visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := s.readVisit(c, columns)
		for _, read := range more {
			if err == nil {
				err = read(c, v)
			}
		}
		if err != nil {
			if f := (*clientError)(nil); errors.As(err, &f) && f.profile == nil && v != nil {
				f.profile = v.profile
			}
			return err
		}
		if v.fragment != "" && v.format == "" && accepts(c) == "" {
			return s.part(c, func() error { return s.show(c, v, build(v)) })
		}
		return s.show(c, v, build(v))
	}
}

// show answers with a page, a part of it, or one of its tables.
func (s *Server) show(c *fiber.Ctx, v *visit, sh sheet) error {
	if format := sh.format(c, v); format != "" {
		return sh.file(c, v.fragment, format)
	}
	shell := s.shell(v.profile, v.theme)
	setLooks(c, &shell)
	shell.Title, shell.Nav, shell.Path, shell.Range, shell.Sort, shell.MSort = sh.title, sh.nav, v.path, v.window.String(), v.sort, v.msort
	shell.Attention, shell.Region, shell.Toast = sh.attention, v.region, v.toast
	shell.Coverage, shell.Stale, shell.Loading = viewCoverage(sh.trust.coverage), sh.trust.stale, sh.trust.loading
	return s.draw(c, v.fragment, func(now time.Time, age time.Duration) dashboard.View {
		shell := shell
		shell.Now, shell.Age = now, age
		return sh.view(shell)
	}, sh.trust.age)
}

// shell is what pages share. Profile may be nil.
func (s *Server) shell(p *lasso.Profile, theme string) dashboard.Shell {
	sh := dashboard.Shell{
		Theme: theme, Prefix: s.cfg.PathPrefix, Now: s.cfg.Now(), Version: s.cfg.Version, Build: s.build(), Range: lasso.Minute.String(),
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
		sh.Clustered, sh.Regions = cl.Enabled, s.regions()
		// One banner at a time: a partition first.
		if b := dashboard.Partition(sh, nodeViews(cl, lasso.Answer[lasso.CallFigures]{})); b != nil {
			sh.Banner = b
		} else if sh.Banner == nil {
			sh.Banner = expectedBanner(cl)
		}
	}
	return sh
}

// errorPage is the page for an address that leads nowhere, or for a page that
// could not be made.
func (s *Server) errorPage(c *fiber.Ctx, f *clientError, id string) error {
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
