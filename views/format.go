// Package views holds what the packages below it share: the spelling of
// numbers, spans of time and units on the dashboard. Everything is a pure
// function.
package views

import (
	"math"
	"strconv"
	"time"
)

// None stands for a figure that does not exist. It is never written as 0.
const None = "–"

// Number writes a whole number with thousands commas: "23,871,204".
func Number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if len(s) <= 3 {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/3)
	head := len(s) % 3
	b = append(b, s[:head]...)
	for i := head; i < len(s); i += 3 {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, s[i:i+3]...)
	}
	return string(b)
}

// Signed writes a whole number with a true minus.
func Signed(n int64) string {
	if n < 0 {
		return "−" + Number(uint64(-n))
	}
	return Number(uint64(n))
}

// Rate writes a rate: three significant digits below 10, so that a column lines
// up, and whole from 10. A rate that is not zero is never written as 0.
func Rate(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
		return None
	case v == 0:
		return "0"
	case v >= 9.995:
		return Number(uint64(math.Round(v)))
	case v < 0.001:
		return "<0.001"
	case v < 0.1:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// Latency splits milliseconds into a figure and its unit: "0.4" "ms", "38"
// "ms", "1.31" "s".
func Latency(ms float64) (figure, unit string) {
	switch {
	case math.IsNaN(ms) || math.IsInf(ms, 0) || ms < 0:
		return None, ""
	case ms < 0.95:
		return strconv.FormatFloat(ms, 'f', 1, 64), "ms"
	case ms < 999.5:
		return strconv.FormatFloat(math.Round(ms), 'f', 0, 64), "ms"
	case ms < 9_995:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64), "s"
	case ms < 99_950:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64), "s"
	}
	return Number(uint64(math.Round(ms / 1000))), "s"
}

// Milliseconds writes a latency with its unit: "38 ms".
func Milliseconds(ms float64) string {
	f, u := Latency(ms)
	if u == "" {
		return f
	}
	return f + " " + u
}

// Success writes a ratio as per cent with two decimals and without the sign.
// 100.00 is written only for exactly 1, 0.00 only for exactly 0.
func Success(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio < 0:
		return None
	case ratio >= 1:
		return "100.00"
	}
	s := strconv.FormatFloat(ratio*100, 'f', 2, 64)
	switch {
	case s == "100.00":
		return "99.99"
	case s == "0.00" && ratio > 0:
		return "0.01"
	}
	return s
}

// Share writes a ratio as whole per cent, without the sign. A share that is
// not zero is never written as 0.
func Share(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio < 0:
		return None
	case ratio > 0 && ratio < 0.01:
		return "<1"
	}
	return strconv.FormatFloat(math.Round(min(ratio, 1)*100), 'f', 0, 64)
}

// Percent writes a ratio as per cent with one decimal, without the sign.
func Percent(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio < 0:
		return None
	case ratio > 0 && ratio < 0.0005:
		return "<0.1"
	}
	return strconv.FormatFloat(min(ratio, 1)*100, 'f', 1, 64)
}

// Times writes a factor: "2.1×".
func Times(v float64) string {
	if v >= 9.95 {
		return Number(uint64(math.Round(v))) + "×"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "×"
}

// Bytes writes a size in binary units: "412 MiB".
func Bytes(n uint64) string {
	if n < 1024 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v, i := float64(n)/1024, 0
	for v >= 1023.5 && i < 5 {
		v /= 1024
		i++
	}
	digits := 0
	if v < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + string("KMGTPE"[i]) + "iB"
}

// Span writes a length of time: "now" under 1 s, "34 s", "4 min 28 s",
// "11 min", "2 h 06 min", "6 d 4 h".
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < 10*time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + " min " + two(int(d%time.Minute/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h " + two(int(d%time.Hour/time.Minute)) + " min"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d " + strconv.Itoa(int(d%(24*time.Hour)/time.Hour)) + " h"
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// Fine writes a length of time with one decimal up to 10 s, then as Span.
func Fine(d time.Duration) string {
	switch {
	case d < 0:
		return "0.0 s"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return Span(d)
}

// Since writes how long ago a time was, or its date from seven days on.
// The zero time is [None].
func Since(now, t time.Time) string {
	switch {
	case t.IsZero():
		return None
	case now.Sub(t) >= 7*24*time.Hour:
		return t.UTC().Format("2 Jan")
	}
	return Span(now.Sub(t))
}

// Seen is Since with one decimal up to 10 s: "4.1 s".
func Seen(now, t time.Time) string {
	if t.IsZero() || now.Sub(t) >= 10*time.Second {
		return Since(now, t)
	}
	return Fine(now.Sub(t))
}

// Until writes when something comes: "in 12 s", or "now". The zero time is
// [None].
func Until(now, t time.Time) string {
	switch d := t.Sub(now); {
	case t.IsZero():
		return None
	case d < time.Second:
		return "now"
	default:
		return "in " + Span(d)
	}
}

// Clock writes the time of day in UTC: "14:32:08".
func Clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// Stamp writes a time in full, in UTC, for tooltips.
func Stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

// Machine writes a time for the datetime attribute.
func Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Count writes a number and its noun: "1 chain", "7 chains".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(uint64(max(n, 0))) + " " + many
}
