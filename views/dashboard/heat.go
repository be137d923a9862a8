package dashboard

import (
	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// defaultMetric is the figure that matrices show first.
const defaultMetric = "p95"

// metric is a figure that a matrix shows. Its steps of colour are fixed: the
// same colour means the same on every page and every day.
type metric struct {
	Key   string
	Tab   string // in the choice
	Name  string // in headings
	Note  string // how it is gathered
	Steps string // of the scale, least first
}

// Steps of latencies, of success, of blocks, of shares and of errors a minute.
const (
	latencySteps = "0 ms · 100 · 200 · 300 · 500 ms and more"
	successSteps = "99.9 % and more · 99.5 · 99 · 97 · below 97 %"
	lagSteps     = "0 blocks · 1 · 2 · 3 · 5 and more"
	shareSteps   = "0 % · 10 · 25 · 50 · 75 % and more"
	errorSteps   = "0 /min · 1 · 5 · 20 · 50 /min and more"
)

// regionMetrics are the figures of provider by region.
func regionMetrics() []metric {
	return []metric{
		{"p50", "p50", "Latency p50", "merged sketches", latencySteps},
		{"p95", "p95", "Latency p95", "merged sketches", latencySteps},
		{"p99", "p99", "Latency p99", "merged sketches", latencySteps},
		{"success", "Success", successOfAttempts, "answered attempts", successSteps},
		{"lag", "Lag", "Blocks behind", "now", lagSteps},
		{"share", "Share", "Share of the chain", "client attempts", shareSteps},
		{"errors", "Errors", "Errors", "attempts not answered", errorSteps},
	}
}

// methodMetrics are the figures of method by provider.
func methodMetrics() []metric {
	return []metric{
		{"p50", "p50", "Latency p50", "merged sketches", latencySteps},
		{"p95", "p95", "Latency p95", "merged sketches", latencySteps},
		{"p99", "p99", "Latency p99", "merged sketches", latencySteps},
		{"success", "Success", successOfAttempts, "answered attempts", successSteps},
		{"share", "Share", "Share of the method", "client attempts", shareSteps},
		{"errors", "Errors", "Errors", "attempts not answered", errorSteps},
	}
}

// metricOf finds a figure by its key; the default when there is none.
func metricOf(list []metric, key string) metric {
	first := list[0]
	for _, x := range list {
		if x.Key == key {
			return x
		}
		if x.Key == defaultMetric {
			first = x
		}
	}
	return first
}

// write is a figure with its unit.
func (x metric) write(v float64) string {
	switch x.Key {
	case "success":
		return views.Success(v) + " %"
	case "lag":
		return views.Number(uint64(max(v, 0)))
	case "share":
		return share(v)
	case "errors":
		return views.Rate(v) + " /min"
	}
	return views.Milliseconds(v)
}

// step is the cell's place on the fixed scale of the metric, 0 to 4.
func (x metric) step(v float64) int {
	limits := [4]float64{100, 200, 300, 500}
	switch x.Key {
	case "success":
		for i, limit := range [4]float64{0.999, 0.995, 0.99, 0.97} {
			if v >= limit {
				return i
			}
		}
		return 4
	case "lag":
		limits = [4]float64{1, 2, 3, 5}
	case "share":
		limits = [4]float64{0.10, 0.25, 0.50, 0.75}
	case "errors":
		limits = [4]float64{1, 5, 20, 50}
	}
	n := 0
	for n < 4 && v >= limits[n] {
		n++
	}
	return n
}

func heatClass(step int) string {
	switch step {
	case 0:
		return "h h0"
	case 1:
		return "h h1"
	case 2:
		return "h h2"
	case 3:
		return "h h3"
	}
	return "h h4"
}

// heatCell is a cell ready to be drawn.
type heatCell struct {
	Region string
	Class  string
	Text   string
	Few    string    // the sample, where it is small: "of 7"
	Status ui.Status // with Tile
	Tile   bool      // the status is shown: it is not healthy
	Label  string    // the whole in words
}

// withFew is the text and its sample, of which one or many are given.
func (c heatCell) withFew(one, many string) string {
	if c.Few == "" {
		return c.Text
	}
	if c.Few == "of 1" {
		return c.Text + " " + c.Few + one
	}
	return c.Text + " " + c.Few + many
}
