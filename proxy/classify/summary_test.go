package classify_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	tests := []struct {
		category      lasso.Category
		code          int64
		status        int
		message, want string
	}{
		{lasso.OK, 0, 200, "x", ""},
		{lasso.ServerError, 0, 502, "", "HTTP 502"},
		{lasso.ServerError, 0, 502, "<html><body>Bad gateway</body></html>", "HTTP 502"},
		{lasso.ServerError, 0, 502, "upstream down", "HTTP 502: upstream down"},
		{lasso.CapabilityViolation, -32005, 200, "query returned more than 10000 results", "-32005 query returned more than 10000 results"},
		{lasso.RateLimit, -32005, 429, "slow down", "HTTP 429: -32005 slow down"},
		{lasso.RateLimit, -32005, 0, "", "-32005"},
		{lasso.NetworkError, 0, 0, "connection refused", "network error: connection refused"},
		{lasso.Timeout, 0, 0, "", "timeout"},
		{lasso.MethodNotFound, -32601, 0, "the method eth_getRawTransactionByBlockNumberAndIndex does not exist", "-32601 the method eth_getRawTransactionByBlockNumberAndIndex does not exist"},
		{lasso.MethodNotFound, -32601, 0, "the method eth_signTypedData_v4 does not exist", "-32601 the method eth_signTypedData_v4 does not exist"},
		{lasso.NetworkError, 0, 0, "Post \"https://user:pw@eth.example.org/v2/abc\": dial", "network error: Post […] dial"},
		{lasso.NetworkError, 0, 0, "dial tcp 10.0.0.1:8545: connection refused", "network error: dial tcp […] connection refused"},
		{lasso.NetworkError, 0, 0, "see eth-mainnet.g.example.com/v2/abc.", "network error: see […]"},
		{lasso.AuthError, 0, 401, "invalid api key abc123 given", "HTTP 401: invalid api key […] given"},
		{lasso.AuthError, 0, 401, "key is abc123", "HTTP 401: key is […]"},
		{lasso.AuthError, 0, 401, "?a=1&apikey=abc", "HTTP 401: ?a=1&apikey=[…]"},
		{lasso.AuthError, 0, 401, `{"token":"abc"}`, `HTTP 401: {"token":[…]`},
		{lasso.AuthError, 0, 401, "Authorization: Bearer QWxhZGRpbg", "HTTP 401: Authorization: Bearer […]"},
		{lasso.AuthError, 0, 401, "project 9aa3d95b3bc440fa88ea12eaa4456161 unknown", "HTTP 401: project 0x… unknown"},
		{lasso.AuthError, 0, 401, "project 9aa3d95b-3bc4-40fa-88ea-12eaa4456161 unknown", "HTTP 401: project […] unknown"},
		{lasso.AuthError, 0, 401, "user Zk9xQ2v7Lw0pTt5sYh3nBq8d unknown", "HTTP 401: user […] unknown"},
		{lasso.UserError, -32000, 0, "account 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 has 0x10d4f", "-32000 account 0x… has 0x10d4f"},
		{lasso.UserError, -32000, 0, "a\n\tb\x00c\u202ed\xff e", "-32000 a b cd e"},
	}
	for _, tt := range tests {
		got := classify.Summary(tt.category, tt.code, tt.status, tt.message)
		if got != tt.want {
			t.Errorf("Summary(%v, %d, %d, %q)\n got %q\nwant %q", tt.category, tt.code, tt.status, tt.message, got, tt.want)
		}
		checkSummary(t, got)
	}
	long := classify.Summary(lasso.ServerError, 0, 500, strings.Repeat("é wörd ", 500))
	if n := utf8.RuneCountInString(long); n > 160 || n < 150 || !strings.HasSuffix(long, "…") {
		t.Errorf("a long summary has %d runes: %q", n, long)
	}
	exact := strings.Repeat("ab ", 49) + "ab"
	if got, want := classify.Summary(lasso.ServerError, 0, 500, exact), "HTTP 500: "+exact; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// checkSummary checks what holds for every summary.
func checkSummary(tb testing.TB, s string) {
	tb.Helper()
	if n := utf8.RuneCountInString(s); n > 160 || !utf8.ValidString(s) || strings.Contains(s, "://") {
		tb.Fatalf("summary %q (%d runes)", s, n)
	}
	hex := 0
	for _, r := range s {
		if !unicode.IsPrint(r) {
			tb.Fatalf("summary %q has %U", s, r)
		}
		if strings.ContainsRune("0123456789abcdefABCDEF", r) {
			hex++
		} else {
			hex = 0
		}
		if hex > 20 {
			tb.Fatalf("summary %q has long hex", s)
		}
	}
}
