package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Forms of a file.
const (
	formatCSV  = "csv"
	formatJSON = "json"
)

func formats() []string { return []string{formatCSV, formatJSON} }

// grid is a table as a file: cells under names. Figures are in the unit that
// the name ends with, times are in UTC, and what is not known is nil.
type grid struct {
	name    string
	columns []string
	rows    [][]any // of text, numbers, true or false, nil; see add
}

// add adds a row. Its cells are text, whole numbers, a float64 or a pointer to
// one, true or false, or times; the empty text, the zero time and what is no
// number become nil, as do the cells that are left out at the end.
func (g *grid) add(cells ...any) {
	row := make([]any, len(g.columns))
	for i, cell := range cells {
		row[i] = plain(cell)
	}
	g.rows = append(g.rows, row)
}

func plain(cell any) any {
	switch v := cell.(type) {
	case string:
		if v == "" {
			return nil
		}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(time.RFC3339Nano)
	case *float64:
		if v == nil {
			return nil
		}
		return plain(*v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return cell
}

// objects is the grid as JSON: one object for each row.
func (g *grid) objects() []map[string]any {
	list := make([]map[string]any, 0, len(g.rows))
	for _, row := range g.rows {
		o := make(map[string]any, len(row))
		for i, cell := range row {
			o[g.columns[i]] = cell
		}
		list = append(list, o)
	}
	return list
}

// sendCSV writes comma-separated values with a heading.
func (g *grid) sendCSV(c *fiber.Ctx) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	line := make([]string, len(g.columns))
	for i, name := range g.columns {
		line[i] = tame(name)
	}
	for i := 0; ; i++ {
		if err := w.Write(line); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
		if i == len(g.rows) {
			break
		}
		for k, cell := range g.rows[i] {
			line[k] = written(cell)
		}
	}
	w.Flush()
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+g.name+`.csv"`)
	return c.Send(b.Bytes())
}

// written is a cell in CSV.
func written(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return tame(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(cell)
}

// tame puts an apostrophe before a text that a spreadsheet would run as a
// formula. It looks at the first character after spaces, which some leave out,
// the full-width forms that some read as formulas too included. What reads as a
// number stays as it is.
func tame(text string) string {
	if strings.IndexAny(strings.TrimLeft(text, " \u00a0"), "=+-@\t\r\n＝＋－＠") != 0 {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

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
func (sh sheet) file(c *fiber.Ctx, fragment, format string) error {
	build, ok := sh.table(fragment)
	if !ok {
		return badQuery("fragment", fragment, sh.tableNames())
	}
	g := build()
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAccept)
	if format == formatCSV {
		return g.sendCSV(c)
	}
	t := sh.trust
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
		Sort: v.sort, MSort: v.msort, Range: v.window.String(), Region: v.region, Regions: s.regions(), Now: s.cfg.Now(),
	}
}
