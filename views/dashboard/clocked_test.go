package dashboard

import (
	"strings"
	"testing"
	"time"
)

// TestClocked: each time of day of a sentence becomes one that the reader's zone
// can be put on, and nothing else does.
func TestClocked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 23, 1, 10, 0, 0, time.UTC)
	const early, late = `<time datetime="2026-11-23T00:02:11Z" title="23 Nov 2026 00:02:11 UTC">00:02:11</time>`, `<time datetime="2026-11-22T23:59:00Z" title="22 Nov 2026 23:59:00 UTC">23:59:00</time>`
	for text, want := range map[string]string{
		"":                             "",
		"No answer.":                   "No answer.",
		"Since 00:02:11 (1 h).":        "Since " + early + " (1 h).",
		"23:59:00, then 00:02:11":      late + ", then " + early,
		"eu-1 started 21 Nov 14:02:11": "eu-1 started 21 Nov 14:02:11",
		"<b>00:02:11</b>":              "&lt;b&gt;" + early + "&lt;/b&gt;",
		"24:02:11 00:02:1 a00:02:11":   "24:02:11 00:02:1 a00:02:11",
		"00:02:11:30 and 00:02:11.5":   "00:02:11:30 and 00:02:11.5",
		"at 01:10:30":                  `at <time datetime="2026-11-23T01:10:30Z" title="23 Nov 2026 01:10:30 UTC">01:10:30</time>`, // a clock that is ahead
	} {
		var b strings.Builder
		if err := clocked(Shell{Now: now}, text).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}
