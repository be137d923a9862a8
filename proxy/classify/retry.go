package classify

import (
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// maxRetryAfter bounds what is believed: a provider that asks for more is
// looked at again after an hour all the same.
const maxRetryAfter = time.Hour

var retryMarkers = []string{ //nolint:gochecknoglobals // a table, never written
	"try again in ", "try again after ", "retry in ", "retry after ", "retry-after: ", "retry_after: ",
	"retry again in ", "retry again after ", "available in ", "please wait ", "reset in ", "resets in ",
}

// retryHint finds out how long a provider asks to be left alone, from its
// lower-case message or the data of its error. 0: it does not say.
func retryHint(text string, data []byte) time.Duration {
	for _, m := range retryMarkers {
		if _, after, ok := strings.Cut(text, m); ok {
			if d := parseWait(after); d > 0 {
				return d
			}
		}
	}
	if len(data) == 0 || data[0] != '{' {
		return 0
	}
	if ms := number(jsonrpc.Member(data, "retry_after_ms")); ms > 0 {
		return seconds(ms / 1000)
	}
	if s := number(jsonrpc.Member(data, "retry_after")); s > 0 {
		return seconds(s)
	}
	if wait, ok := jsonrpc.Unquote(jsonrpc.Member(data, "try_again_in")); ok {
		return parseWait(strings.ToLower(wait))
	}
	return seconds(number(jsonrpc.Member(jsonrpc.Member(data, "rate"), "backoff_seconds")))
}

// parseWait reads a span of time at the beginning of lower-case text: "30
// seconds", "10s", "1m30s", "500 ms". A number without unit is seconds.
func parseWait(text string) time.Duration {
	token, _, _ := strings.Cut(text, " ")
	token = strings.Trim(token, ".,;:!)\"'")
	if d, err := time.ParseDuration(token); err == nil {
		return min(max(d, 0), maxRetryAfter)
	}
	digits := 0
	for digits < len(text) && (text[digits] >= '0' && text[digits] <= '9' || text[digits] == '.') {
		digits++
	}
	n, err := strconv.ParseFloat(strings.TrimRight(text[:digits], "."), 64)
	if err != nil {
		return 0
	}
	switch unit := strings.TrimLeft(text[digits:], " "); {
	case strings.HasPrefix(unit, "ms"), strings.HasPrefix(unit, "milli"):
		n /= 1000
	case strings.HasPrefix(unit, "min"), unit == "m":
		n *= 60
	case strings.HasPrefix(unit, "h"):
		n *= 3600
	}
	return seconds(n)
}

// seconds converts without overflow; what is negative or no number is 0.
func seconds(s float64) time.Duration {
	switch {
	case s >= maxRetryAfter.Seconds():
		return maxRetryAfter
	case s > 0:
		return time.Duration(s * float64(time.Second))
	default:
		return 0
	}
}

// number reads a raw JSON number, in quotes or not; 0 for anything else.
func number(raw []byte) float64 {
	text := string(raw)
	if s, ok := jsonrpc.Unquote(raw); ok {
		text = s
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}
