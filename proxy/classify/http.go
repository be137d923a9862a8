package classify

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// HTTP judges an answer that is no JSON-RPC response: one with a status other
// than 2xx, or a 2xx whose body was refused. retryAfter is the header of that
// name as it came, in seconds or as an HTTP date (RFC 9110 §10.2.3), empty for
// none; now is for the date. The error object is that of the body, nil when it
// has none; it aliases body.
//
// A JSON-RPC error in the body is judged by its content, like [Classify] does,
// with these exceptions, from which only a configured rule is exempt:
//
//   - 429 is RateLimit whatever the body says.
//   - With 401, 402, 403, 408, 413 and 5xx the status decides where the content
//     says nothing in particular, such as a bare -32000.
//
// Without one, a body that speaks of a limit or of credentials is believed,
// markup excepted, and else the status decides: 401 and 403 are AuthError; 402
// is RateLimit, for it means that a paid quota is used up; 408, 504, 522 and 524
// are Timeout; 413 is CapabilityViolation; a 2xx is InvalidResponse; anything
// else is ServerError, 3xx and the other 4xx included: no method makes a gateway
// answer 404, so its address or its state is wrong. Rules see the status as the
// code and the body as the message.
func HTTP(status int, retryAfter, body []byte, rules []lasso.ErrorRule, now time.Time) (Verdict, *jsonrpc.ErrorObject) {
	e, found := jsonrpc.ErrorIn(body)
	var v Verdict
	if found {
		v = judgeBody(status, e, rules)
	} else {
		e = nil
		v = judgePlain(status, body, rules)
	}
	if wait := parseRetryAfter(retryAfter, now); wait > 0 && v.Category.Elsewhere() {
		v.RetryAfter = wait
	}
	return v, e
}

func judgeBody(status int, e *jsonrpc.ErrorObject, rules []lasso.ErrorRule) Verdict {
	v, on := judge(e, rules)
	switch {
	case on == byRule:
	case status == http.StatusTooManyRequests:
		v.Category = lasso.RateLimit
	case on == byCode && decisive(status) && vague(v.Category):
		v.Category = ofStatus(status)
	}
	if v.RetryAfter == 0 && v.Category.Elsewhere() {
		v.RetryAfter = retryHint(lower(e.Message), e.Data)
	}
	return v
}

func judgePlain(status int, body []byte, rules []lasso.ErrorRule) Verdict {
	body = bytes.TrimSpace(body)
	text := lower(string(body[:min(len(body), textLimit)]))
	v := Verdict{Category: ofStatus(status)}
	if c, ok := matchRule(int64(status), text, rules); ok {
		v.Category, v.Rule = c, true
	} else if c, ok := matchText(int64(status), text); ok && believable(status, text) && (c == lasso.RateLimit || c == lasso.AuthError) {
		v.Category = c
	}
	if v.Category.Elsewhere() {
		v.RetryAfter = retryHint(text, nil)
	}
	return v
}

// believable reports whether the words of a body that is no JSON-RPC are about
// the request: those of an error page are not, and those of a result need not be.
func believable(status int, text string) bool {
	return status != http.StatusTooManyRequests && text[0] != '<' && !strings.Contains(text, `"result"`)
}

// decisive reports whether a status says more than a vague error in the body.
func decisive(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusRequestTimeout,
		http.StatusRequestEntityTooLarge:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// vague reports whether a category, read from a code, says nothing in
// particular.
func vague(c lasso.Category) bool {
	switch c {
	case lasso.InvalidRequest, lasso.Unclassified, lasso.ClientError, lasso.ServerError, lasso.InternalError,
		lasso.UnknownError:
		return true
	default:
		return false
	}
}

// Cloudflare's own statuses for an origin that is too slow.
const (
	statusConnectTimeout = 522
	statusOriginTimeout  = 524
)

func ofStatus(status int) lasso.Category {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return lasso.AuthError
	case http.StatusTooManyRequests, http.StatusPaymentRequired:
		return lasso.RateLimit
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, statusConnectTimeout, statusOriginTimeout:
		return lasso.Timeout
	case http.StatusRequestEntityTooLarge:
		return lasso.CapabilityViolation
	}
	if status >= http.StatusOK && status < http.StatusMultipleChoices {
		return lasso.InvalidResponse
	}
	return lasso.ServerError
}

// parseRetryAfter reads the header; 0 for none, a past date, or nonsense.
func parseRetryAfter(header []byte, now time.Time) time.Duration {
	text := string(bytes.TrimSpace(header))
	if text == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return seconds(s)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
