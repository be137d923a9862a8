package web

import (
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Forms of a file.
const (
	formatCSV  = "csv"
	formatJSON = "json"
)

func formats() []string { return []string{formatCSV, formatJSON} }

// table answers a table of the API in the form of ?format=: JSON unless CSV is
// asked for.
func table(c *fiber.Ctx, asJSON func() any, asCSV func() grid) error {
	switch format := c.Query("format", formatJSON); format {
	case formatJSON:
		return c.JSON(asJSON())
	case formatCSV:
		g := asCSV()
		return g.sendCSV(c)
	default:
		return badQuery("format", format, formats())
	}
}

// accepts is the form of a file that the client wants where the address does
// not say: none for one that takes HTML, as a browser does.
func accepts(c *fiber.Ctx) string {
	const mimeCSV = "text/csv"
	if c.Accepts(fiber.MIMETextHTML) != "" {
		return ""
	}
	switch c.Accepts(fiber.MIMEApplicationJSON, mimeCSV) {
	case mimeCSV:
		return formatCSV
	case fiber.MIMEApplicationJSON:
		return formatJSON
	}
	return ""
}

// format is the form of a file that a visit asks for; none for the page itself.
// What has no such table is never negotiated: it has one form.
func (sh sheet) format(c *fiber.Ctx, v *visit) string {
	if _, ok := sh.table(v.fragment); v.format != "" || !ok {
		return v.format
	}
	return accepts(c)
}

// file answers with one of the page's tables.
func (sh sheet) file(c *fiber.Ctx, v *visit, format string) error {
	build, ok := sh.table(v.fragment)
	if !ok {
		return badQuery("fragment", v.fragment, sh.tableNames())
	}
	g := build()
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAccept)
	if format == formatCSV {
		return g.sendCSV(c)
	}
	t := sh.trust.with(v.seen)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+g.name+`.json"`)
	return c.JSON(fiber.Map{
		"data": g.objects(), "coverage": cover(t.coverage), "stale": t.stale, "loading": t.loading, "age_ms": t.age.Milliseconds(),
	})
}

// table finds a table by its fragment; the empty one is the main table.
func (sh sheet) table(fragment string) (func() grid, bool) {
	if fragment == "" {
		fragment = sh.main
	}
	build, ok := sh.tables[fragment]
	return build, ok
}

// tableNames are the fragments that are tables, the main one first.
func (sh sheet) tableNames() []string {
	names := slices.Sorted(maps.Keys(sh.tables))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == sh.main:
			return -1
		case b == sh.main:
			return 1
		}
		return 0
	})
	return names
}

// listing is what the models of pages need to know to list their rows as they
// draw them.
func (s *Server) listing(v *visit) dashboard.Shell {
	return dashboard.Shell{
		Sort: v.sort, MSort: v.msort, Range: v.window.String(), Region: v.place.Region, Node: string(v.place.Node), Regions: s.regions(), Now: s.cfg.Now(),
	}
}
