package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// table answers a table in the form of ?format=: JSON unless CSV is asked for.
func table(c *fiber.Ctx, name string, asJSON func() any, asCSV func() [][]string) error {
	switch format := c.Query("format", "json"); format {
	case "json":
		return c.JSON(asJSON())
	case "csv":
		return sendCSV(c, name, asCSV())
	default:
		return badQuery("format", format, []string{"csv", "json"})
	}
}

// sendCSV writes comma-separated values with a heading. A cell that a
// spreadsheet would run as a formula gets an apostrophe in front.
func sendCSV(c *fiber.Ctx, name string, rows [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = tame(cell)
		}
		if err := w.Write(row); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	w.Flush()
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
	return c.Send(b.Bytes())
}

// tame looks at the first character, the full-width forms that some
// spreadsheets read as formulas too included. Numbers stay as they are.
func tame(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") != 0 {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

func boardCSV(rows []boardRow) [][]string {
	out := [][]string{{
		"provider_id", "name", "status", "reason", "total_calls", "errors", "success_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms",
		"traffic_share", "failovers", "per_second", "probes", "probes_per_minute", "probe_share",
	}}
	for _, r := range rows {
		out = append(out, []string{
			string(r.Provider), r.Name, r.Status.Status.Word(), r.Status.Reason, whole(r.Calls), whole(r.Errors), maybe(r.SuccessRate),
			maybe(r.Avg), maybe(r.P50), maybe(r.P90), maybe(r.P95), maybe(r.P99),
			float(r.TrafficShare), whole(r.Failovers), float(r.PerSecond), whole(r.Probes), float(r.ProbesPerMin), float(r.ProbeShare),
		})
	}
	return out
}

func methodCSV(rows []methodRow) [][]string {
	out := [][]string{{"method", "total_calls", "errors", "success_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "per_second", "last_updated"}}
	for _, r := range rows {
		out = append(out, []string{
			r.Method, whole(r.Calls), whole(r.Errors), maybe(r.SuccessRate), maybe(r.Avg), maybe(r.P50), maybe(r.P90), maybe(r.P95), maybe(r.P99),
			float(r.PerSecond), stamp(r.LastAt),
		})
	}
	return out
}

func whole(n uint64) string  { return strconv.FormatUint(n, 10) }
func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// maybe is empty for a figure that does not exist.
func maybe(v *float64) string {
	if v == nil {
		return ""
	}
	return float(*v)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
