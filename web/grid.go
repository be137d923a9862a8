package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

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

// What the counts of a table are of. A call is what a client asked for, an
// attempt one try of it on a provider.
const (
	countsCalls    = "calls"
	countsAttempts = "attempts"
)

// counting returns the table with a last column that says what it counts.
func (g grid) counting(what string) grid {
	g.columns = append(slices.Clone(g.columns), "counts")
	for i := range g.rows {
		g.rows[i] = append(g.rows[i], what)
	}
	return g
}

// addColumns adds a column for each region.
func (g *grid) addColumns(prefix string, regions []string) {
	for _, r := range regions {
		g.columns = append(g.columns, prefix+r)
	}
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

// behindSeparator is what would begin a cell with a formula where a spreadsheet
// parts cells at semicolons or tabs.
var behindSeparator = regexp.MustCompile(`([;\t][ \x{a0}]*)([=+\-@＝＋－＠])`)

// tame puts an apostrophe before a text that a spreadsheet would run as a
// formula. It looks at the first character after spaces, which some leave out,
// the full-width forms that some read as formulas too included. What reads as a
// number stays as it is.
func tame(text string) string {
	if text != "" {
		text = text[:1] + behindSeparator.ReplaceAllString(text[1:], "$1'$2")
	}
	if strings.IndexAny(strings.TrimLeft(text, " \u00a0"), "=+-@\t\r\n＝＋－＠") != 0 {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

// nonzero is nil for what is zero when it is not known, such as a height.
func nonzero(n uint64) any {
	if n == 0 {
		return nil
	}
	return n
}

// lasted is a length of time in milliseconds; nil for none.
func lasted(d time.Duration) any {
	if d <= 0 {
		return nil
	}
	return float64(d) / float64(time.Millisecond)
}
