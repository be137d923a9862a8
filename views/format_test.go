package views_test

import (
	"math"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n    uint64
		want string
	}{
		{0, "0"},
		{7, "7"},
		{999, "999"},
		{1000, "1,000"},
		{1284, "1,284"},
		{23871204, "23,871,204"},
		{100000, "100,000"},
		{math.MaxUint64, "18,446,744,073,709,551,615"},
	}
	for _, tt := range tests {
		if got := views.Number(tt.n); got != tt.want {
			t.Errorf("Number(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	tests := []struct {
		name string
		f    func(float64) string
		v    float64
		want string
	}{
		{"Rate", views.Rate, 1284.4, "1,284"},
		{"Rate", views.Rate, 10, "10"},
		{"Rate", views.Rate, 9.996, "10"},
		{"Rate", views.Rate, 4.1, "4.10"},
		{"Rate", views.Rate, 4.123, "4.12"},
		{"Rate", views.Rate, 0.9, "0.90"},
		{"Rate", views.Rate, 0.0167, "0.017"},
		{"Rate", views.Rate, 0.0001, "<0.001"},
		{"Rate", views.Rate, 0, "0"},
		{"Rate", views.Rate, nan, "–"},
		{"Rate", views.Rate, -1, "–"},
		{"Milliseconds", views.Milliseconds, 0.2, "0.2 ms"},
		{"Milliseconds", views.Milliseconds, 0.94, "0.9 ms"},
		{"Milliseconds", views.Milliseconds, 0.96, "1 ms"},
		{"Milliseconds", views.Milliseconds, 38.4, "38 ms"},
		{"Milliseconds", views.Milliseconds, 999.4, "999 ms"},
		{"Milliseconds", views.Milliseconds, 999.6, "1.00 s"},
		{"Milliseconds", views.Milliseconds, 1310, "1.31 s"},
		{"Milliseconds", views.Milliseconds, 12_340, "12.3 s"},
		{"Milliseconds", views.Milliseconds, 120_000, "120 s"},
		{"Milliseconds", views.Milliseconds, nan, "–"},
		{"Success", views.Success, 0.9971, "99.71"},
		{"Success", views.Success, 0.99999, "99.99"},
		{"Success", views.Success, 1, "100.00"},
		{"Success", views.Success, 0, "0.00"},
		{"Success", views.Success, 0.000001, "0.01"},
		{"Success", views.Success, nan, "–"},
		{"Share", views.Share, 0.46, "46"},
		{"Share", views.Share, 0.001, "<1"},
		{"Share", views.Share, 0.0099, "<1"},
		{"Share", views.Share, 0, "0"},
		{"Share", views.Share, 1.2, "100"},
		{"Percent", views.Percent, 0.021, "2.1"},
		{"Percent", views.Percent, 0.0001, "<0.1"},
		{"Percent", views.Percent, 0, "0.0"},
		{"Times", views.Times, 2.13, "2.1×"},
		{"Times", views.Times, 12.4, "12×"},
	}
	for _, tt := range tests {
		if got := tt.f(tt.v); got != tt.want {
			t.Errorf("%s(%v) = %q, want %q", tt.name, tt.v, got, tt.want)
		}
	}
	if got, want := views.Signed(-4), "−4"; got != want {
		t.Errorf("Signed(-4) = %q, want %q", got, want)
	}
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 412 << 20: "412 MiB", 1 << 50: "1.0 PiB"} {
		if got := views.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	if got, want := views.Count(1, "chain", "chains")+", "+views.Count(1200, "chain", "chains"), "1 chain, 1,200 chains"; got != want {
		t.Errorf("Count = %q, want %q", got, want)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 23, 14, 32, 8, 0, time.UTC)
	tests := []struct {
		name string
		got  string
		want string
	}{
		{"under a second", views.Span(900 * time.Millisecond), "now"},
		{"seconds", views.Span(34*time.Second + 900*time.Millisecond), "34 s"},
		{"minutes", views.Span(4*time.Minute + 28*time.Second), "4 min 28 s"},
		{"minutes and few seconds", views.Span(9*time.Minute + 2*time.Second), "9 min 02 s"},
		{"ten minutes", views.Span(11*time.Minute + 40*time.Second), "11 min"},
		{"hours", views.Span(2*time.Hour + 6*time.Minute), "2 h 06 min"},
		{"days", views.Span(6*24*time.Hour + 4*time.Hour), "6 d 4 h"},
		{"date", views.Since(now, now.AddDate(0, 0, -12)), "11 Nov"},
		{"never", views.Since(now, time.Time{}), "–"},
		{"since", views.Since(now, now.Add(-48*time.Second)), "48 s"},
		{"seen", views.Seen(now, now.Add(-4100*time.Millisecond)), "4.1 s"},
		{"seen long ago", views.Seen(now, now.Add(-52*time.Second)), "52 s"},
		{"seen in the future", views.Seen(now, now.Add(time.Second)), "0.0 s"},
		{"fine near ten", views.Fine(9960 * time.Millisecond), "10.0 s"},
		{"until", views.Until(now, now.Add(12*time.Second)), "in 12 s"},
		{"due", views.Until(now, now.Add(-time.Second)), "now"},
		{"not planned", views.Until(now, time.Time{}), "–"},
		{"clock", views.Clock(now.In(time.FixedZone("x", 3600))), "14:32:08"},
		{"stamp", views.Stamp(now), "23 Nov 2026 14:32:08 UTC"},
		{"machine", views.Machine(now), "2026-11-23T14:32:08Z"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
