package ui

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestScriptDrawsTheSame holds js/plot.js, which draws charts again over the
// server's, to the numbers that place ticks and events.
func TestScriptDrawsTheSame(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../static/js/plot.js")
	if err != nil {
		t.Fatal(err)
	}
	steps := make([]string, 0, len(tickSteps()))
	for _, s := range tickSteps() {
		steps = append(steps, strconv.Itoa(int(s/time.Second)))
	}
	widths := layers()
	style, err := os.ReadFile("../app.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"const STEPS = [" + strings.Join(steps, ", ") + "];",
		fmt.Sprintf("innerWidth <= 760 ? [%d, %v] : [%d, %v]", mostTicksNarrow, freeEndNarrow, mostTicks, freeEnd),
		fmt.Sprintf("x - last[status] < %v)", leastApart/plotW),
		fmt.Sprintf("m.from - before.to >= %d / width", near),
		fmt.Sprintf("label.length * %d + %d) / width", letterW, labelPad),
		"for (const m of list) n += m.n;", "a.label && same('label')", "n === 2 && b && same('name')",
		"${n} ${same('many') ? a.many : '" + manyKinds + "'}",
		fmt.Sprintf("u.width < 492 ? %v : u.width < 772 ? %v : %v", widths[0].width, widths[1].width, widths[2].width),
	} {
		if !strings.Contains(string(script), want) {
			t.Errorf("js/plot.js lacks %q", want)
		}
	}
	for _, want := range []string{
		"@container (max-width: 491.9px) { .chart-e .at-s", "@container (min-width: 492px) and (max-width: 771.9px) { .chart-e .at-m", "@container (min-width: 772px) { .chart-e .at-l",
	} {
		if !strings.Contains(string(style), want) {
			t.Errorf("app.css lacks %q", want)
		}
	}
}
