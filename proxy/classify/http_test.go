package classify_test

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		status int
		header string
		body   string
		want   lasso.Category
		wait   time.Duration
		found  bool // a JSON-RPC error
	}{
		{"429", 429, "120", "", lasso.RateLimit, 2 * time.Minute, false},
		{"429 with date", 429, "Tue, 24 Nov 2026 12:00:30 GMT", "", lasso.RateLimit, 30 * time.Second, false},
		{"429 with past date", 429, "Tue, 24 Nov 2026 11:00:30 GMT", "", lasso.RateLimit, 0, false},
		{"429 far away", 429, "864000", "", lasso.RateLimit, time.Hour, false},
		{"429 with nonsense", 429, "soon", "", lasso.RateLimit, 0, false},
		{"429 negative", 429, "-5", "", lasso.RateLimit, 0, false},
		{"429 with another error", 429, "", `{"error":{"code":-32602,"message":"invalid argument"}}`, lasso.RateLimit, 0, true},
		{"429 with a hint", 429, "", `{"error":{"code":-32000,"message":"busy, try again in 3 seconds"}}`, lasso.RateLimit, 3 * time.Second, true},
		{"429 with plain hint", 429, "", `slow down, retry in 4s`, lasso.RateLimit, 4 * time.Second, false},
		{"429 header beats text", 429, "9", `{"error":{"code":-32005,"message":"retry in 4s"}}`, lasso.RateLimit, 9 * time.Second, true},
		{"400 with invalid params", 400, "", `{"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"bad address"}}`, lasso.InvalidParams, 0, true},
		{"400 with plain code", 400, "", `{"error":{"code":-32000,"message":"odd"}}`, lasso.Unclassified, 0, true},
		{"400 with revert", 400, "5", `{"error":{"code":3,"message":"execution reverted"}}`, lasso.ExecutionRevert, 0, true},
		{"404 with method not found", 404, "", `{"error":{"code":-32601,"message":"no"}}`, lasso.MethodNotFound, 0, true},
		{"400 page", 400, "", `<html>rate limit</html>`, lasso.ServerError, 0, false},
		{"400 empty", 400, "", ``, lasso.ServerError, 0, false},
		{"400 other JSON", 400, "", `{"message":"API rate limit exceeded"}`, lasso.RateLimit, 0, false},
		{"404 key", 404, "", `{"error":"invalid api key"}`, lasso.AuthError, 0, false},
		{"401", 401, "", "", lasso.AuthError, 0, false},
		{"401 vague", 401, "", `{"error":{"code":-32000,"message":"no"}}`, lasso.AuthError, 0, true},
		{"402", 402, "", "pay", lasso.RateLimit, 0, false},
		{"402 vague", 402, "", `{"error":{"code":-32600,"message":"pay"}}`, lasso.RateLimit, 0, true},
		{"403", 403, "", "", lasso.AuthError, 0, false},
		{"403 archive", 403, "", `{"error":{"code":-32602,"message":"Archive requests require a personal token"}}`, lasso.RequiresArchival, 0, true},
		{"403 limit", 403, "", `{"error":{"code":-32000,"message":"too many requests"}}`, lasso.RateLimit, 0, true},
		{"404", 404, "", "not found", lasso.ServerError, 0, false},
		{"405", 405, "", "", lasso.ServerError, 0, false},
		{"408", 408, "", "", lasso.Timeout, 0, false},
		{"410", 410, "", "", lasso.ServerError, 0, false},
		{"413", 413, "", "", lasso.CapabilityViolation, 0, false},
		{"413 vague", 413, "", `{"error":{"code":-32600,"message":"body"}}`, lasso.CapabilityViolation, 0, true},
		{"500", 500, "", "oops", lasso.ServerError, 0, false},
		{"500 vague", 500, "", `{"error":{"code":-32000,"message":"oops"}}`, lasso.ServerError, 0, true},
		{"500 internal", 500, "", `{"error":{"code":-32603,"message":"oops"}}`, lasso.ServerError, 0, true},
		{"500 revert", 500, "", `{"error":{"code":-32000,"message":"execution reverted"}}`, lasso.ExecutionRevert, 0, true},
		{"500 params", 500, "", `{"error":{"code":-32602,"message":"oops"}}`, lasso.InvalidParams, 0, true},
		{"501", 501, "", "", lasso.ServerError, 0, false},
		{"502", 502, "", "<html><body>502 Bad Gateway</body></html>", lasso.ServerError, 0, false},
		{"503", 503, "3", "", lasso.ServerError, 3 * time.Second, false},
		{"504", 504, "", "", lasso.Timeout, 0, false},
		{"524", 524, "", "", lasso.Timeout, 0, false},
		{"301", 301, "", "", lasso.ServerError, 0, false},
		{"0", 0, "", "", lasso.ServerError, 0, false},
		{"200 page", 200, "", "<html>forbidden</html>", lasso.InvalidResponse, 0, false},
		{"200 empty", 200, "", "", lasso.InvalidResponse, 0, false},
		{"200 with error", 200, "", `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"x"}}`, lasso.RateLimit, 0, true},
		{"200 with words in a result", 200, "", `{"jsonrpc":"2.0","id":9,"result":"forbidden"}`, lasso.InvalidResponse, 0, false},
		{"200 other JSON", 200, "", `{"error":"Too many requests"}`, lasso.RateLimit, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, e := classify.HTTP(tt.status, []byte(tt.header), []byte(tt.body), nil, now)
			if v.Category != tt.want || v.RetryAfter != tt.wait || (e != nil) != tt.found || v.Rule {
				t.Errorf("got %v, %v, error %v, want %v, %v, %v", v.Category, v.RetryAfter, e != nil, tt.want, tt.wait, tt.found)
			}
		})
	}
}

func TestHTTPRules(t *testing.T) {
	t.Parallel()
	rules := []lasso.ErrorRule{
		{Contains: []string{"range"}, Category: lasso.CapabilityViolation},
		{Code: 403, HasCode: true, Category: lasso.RateLimit},
	}
	tests := []struct {
		name, body string
		status     int
		want       lasso.Category
		rule       bool
	}{
		{"error beats 429", `{"error":{"code":-32005,"message":"Range"}}`, 429, lasso.CapabilityViolation, true},
		{"words of a plain body", `block RANGE`, 429, lasso.CapabilityViolation, true},
		{"status as code", `<html>`, 403, lasso.RateLimit, true},
		{"none", `<html>`, 401, lasso.AuthError, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := classify.HTTP(tt.status, nil, []byte(tt.body), rules, time.Time{})
			if v.Category != tt.want || v.Rule != tt.rule {
				t.Errorf("got %v, %v, want %v, %v", v.Category, v.Rule, tt.want, tt.rule)
			}
		})
	}
}
