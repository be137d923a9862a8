package classify_test

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// said are things that nodes and providers say.
var said = []struct {
	code    int64
	message string
	want    lasso.Category
}{
	// limits of use
	{-32005, "daily request count exceeded, request rate limited", lasso.RateLimit},
	{-32005, "project ID request rate exceeded", lasso.RateLimit},
	{-32005, "limit exceeded", lasso.RateLimit},
	{-32007, "50/second request limit reached - reduce calls per second or upgrade your account", lasso.RateLimit},
	{-32016, "over rate limit", lasso.RateLimit},
	{-32046, "Cannot fulfill request", lasso.RateLimit},
	{429, "Your app has exceeded its compute units per second capacity. If you have retries enabled, ignore this", lasso.RateLimit},
	{429, "Monthly capacity limit exceeded. Visit your dashboard to upgrade your scaling policy", lasso.RateLimit},
	{-32000, "Your app has exceeded its concurrent requests capacity", lasso.RateLimit},
	{-32029, "Too Many Requests", lasso.RateLimit},
	{30, "Request timeout on the free tier, please upgrade your tier to the paid one", lasso.RateLimit},
	{-32097, "call rate limit exhausted, retry in 10s", lasso.RateLimit},
	{-32000, "You've exceeded the RPS limit available on the current plan", lasso.RateLimit},
	{-32001, "usage quota used up", lasso.RateLimit},
	{-32005, "", lasso.RateLimit},

	// credentials
	{-32600, "Must be authenticated!", lasso.AuthError},
	{-32000, "Unauthorized: You must authenticate your request with an API key", lasso.AuthError},
	{-32002, "invalid project id", lasso.AuthError},
	{-32000, "message: API key disabled, reason: tenant disabled", lasso.AuthError},
	{4100, "", lasso.AuthError},
	{403, "no", lasso.AuthError},

	// the provider's own troubles
	{19, "Temporary internal error. Please retry, trace-id: 38e8b2", lasso.ServerError},
	{1, "No available upstreams for call eth_call", lasso.ServerError},
	{-32002, "request timeout", lasso.ServerError},
	{-32050, "no idea", lasso.ServerError},
	{14, "whatever", lasso.ServerError},
	{502, "whatever", lasso.ServerError},
	{-32603, "Internal error", lasso.InternalError},
	{-32603, "Internal JSON-RPC error.", lasso.InternalError},
	{-32000, "context deadline exceeded", lasso.Timeout},
	{-32603, "request timed out", lasso.Timeout},
	{99, "what is this", lasso.UnknownError},
	{4200, "", lasso.MethodError},
	{4900, "", lasso.ChainError},
	{4901, "", lasso.NetworkError},

	// the call itself
	{-32700, "parse error: rate limit", lasso.ParseError},
	{-32600, "invalid json request", lasso.InvalidRequest},
	{-32602, "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address", lasso.InvalidParams},
	{-32602, "missing value for required argument 1", lasso.InvalidParams},
	{-32602, "too many arguments, want at most 2", lasso.InvalidParams},
	{-32000, "invalid block range params", lasso.InvalidParams},
	{-32602, "no idea", lasso.InvalidParams},
	{-32602, "unknown variant `try again`, expected one of `latest`", lasso.InvalidParams},
	{-32602, "invalid value: forbidden rate limit", lasso.InvalidParams},
	{-32602, "unauthorized: invalid argument 1: pruned", lasso.RequiresArchival},
	{-32600, "rate limit reached", lasso.RateLimit},
	{-32600, "invalid argument", lasso.InvalidRequest},
	{4001, "user rejected", lasso.UserError},
	{-32003, "rejected", lasso.ClientError},
	{418, "teapot", lasso.ClientError},

	// transactions and execution
	{3, "execution reverted: ERC20: transfer amount exceeds balance", lasso.ExecutionRevert},
	{3, "execution reverted: rate limit exceeded", lasso.ExecutionRevert},
	{-32000, "execution reverted: Unauthorized", lasso.ExecutionRevert},
	{-32000, "err: execution reverted: please try again (supplied gas 1000)", lasso.ExecutionRevert},
	{-32603, "Error: VM Exception while processing transaction: reverted with reason string 'Too many requests'", lasso.ExecutionRevert},
	{-32015, "VM execution error.", lasso.ExecutionRevert},
	{-32000, "Execution reverted", lasso.ExecutionRevert},
	{-32000, "nonce too low: next nonce 5, tx nonce 4", lasso.ExecutionRevert},
	{-32000, "already known", lasso.ExecutionRevert},
	{-32000, "replacement transaction underpriced", lasso.ExecutionRevert},
	{-32000, "insufficient funds for gas * price + value: balance 0, tx cost 1", lasso.ExecutionRevert},
	{-32000, "gas required exceeds allowance (21000)", lasso.ExecutionRevert},
	{-32000, "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1", lasso.ExecutionRevert},
	{-32000, "transaction type not supported", lasso.ExecutionRevert},
	{-32000, "stack limit reached 1024 (1023)", lasso.ExecutionRevert},
	{-32000, "gas limit reached", lasso.ExecutionRevert},
	{-32010, "something", lasso.ExecutionRevert},
	{-32016, "something", lasso.ExecutionRevert},
	{-38014, "something", lasso.ExecutionRevert},
	{-32500, "AA21 didn't pay prefund", lasso.ExecutionRevert},
	{3, "", lasso.ExecutionRevert},

	// blocks
	{-32000, "header not found", lasso.BlockNotAvailable},
	{-32001, "block not found: 0x1234", lasso.BlockNotAvailable},
	{-32001, "Block 0x12d4f not found", lasso.BlockNotAvailable},
	{-32000, "unknown block", lasso.BlockNotAvailable},
	{-32000, "One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found.", lasso.BlockNotAvailable},
	{-32602, "block range extends beyond current head block", lasso.BlockNotAvailable},
	{-32000, "18000000 could not be found", lasso.BlockNotAvailable},
	{26, "anything", lasso.BlockNotAvailable},
	{-32000, "requested from block 5 after last accepted block 4", lasso.BlockNotAvailable},
	{-32000, "cannot query unfinalized data", lasso.BlockNotAvailable},
	{-32000, "transaction indexing is in progress", lasso.BlockNotAvailable},
	{-32000, "node is syncing", lasso.BlockNotAvailable},
	{-32000, "unknown blockchain", lasso.Unclassified},

	// history
	{-32000, "missing trie node 5d8f4e (path ) state 0x1234 is not available, not found", lasso.RequiresArchival},
	{-32000, "required historical state unavailable (reexec=128)", lasso.RequiresArchival},
	{-32000, "historical state not available in path scheme yet", lasso.RequiresArchival},
	{-32002, "No state available for block 0x1234", lasso.RequiresArchival},
	{-32000, "World state unavailable", lasso.RequiresArchival},
	{-32000, "distance to target block exceeds maximum proof window", lasso.RequiresArchival},
	{-32000, "node ran out of block history", lasso.RequiresArchival},
	{-32602, "Archive requests require a personal token", lasso.RequiresArchival},
	{-32000, "archive data needs an API key", lasso.RequiresArchival},
	{-32000, "state at block #100 is pruned", lasso.RequiresArchival},
	{4444, "gone", lasso.RequiresArchival},

	// what a provider does not do
	{-32601, "the method trace_block does not exist/is not available", lasso.MethodNotFound},
	{-32601, "rate limit", lasso.MethodNotFound},
	{-32000, "the method trace_block does not exist/is not available", lasso.MethodNotFound},
	{-32000, "Method not found: eth_getBlockReceipts", lasso.MethodNotFound},
	{-32000, "rpc method is not whitelisted", lasso.MethodNotFound},
	{-32004, "", lasso.CapabilityViolation},
	{-32004, "Method not supported", lasso.CapabilityViolation},
	{-32005, "query returned more than 10000 results. Try with this block range [0x1, 0x2].", lasso.CapabilityViolation},
	{-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range", lasso.CapabilityViolation},
	{-32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.", lasso.CapabilityViolation},
	{-32000, "query exceeds max results 20000, retry with the range 1-2", lasso.CapabilityViolation},
	{-32614, "eth_getLogs is limited to a 10,000 range", lasso.CapabilityViolation},
	{35, "ranges over 10000 blocks are not supported on freetier", lasso.CapabilityViolation},
	{-32701, "please specify an address in your request", lasso.CapabilityViolation},
	{-32000, "exceed maximum block range: 50000", lasso.CapabilityViolation},
	{-32000, "block range is too wide", lasso.CapabilityViolation},
	{-32000, "requested too many blocks from 0 to 5000, maximum is set to 2048", lasso.CapabilityViolation},
	{-32000, "query timeout exceeded", lasso.CapabilityViolation},
	{-32000, "execution aborted (timeout = 5s)", lasso.CapabilityViolation},
	{-32000, "notifications not supported", lasso.CapabilityViolation},
	{-38026, "", lasso.CapabilityViolation},

	// nothing known
	{-32000, "something odd happened", lasso.Unclassified},
	{-32000, "", lasso.Unclassified},
	{-32000, "filter not found", lasso.Unclassified},
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tt := range said {
		got := classify.Classify(&jsonrpc.ErrorObject{Code: tt.code, Message: tt.message}, nil)
		if got.Category != tt.want || got.Rule {
			t.Errorf("Classify(%d, %q) = %v (rule %v), want %v", tt.code, tt.message, got.Category, got.Rule, tt.want)
		}
	}
}

func TestClassifyData(t *testing.T) {
	t.Parallel()
	const reason = `0x08c379a00000000000000000000000000000000000000000000000000000000000000020`
	tests := []struct {
		name, message, data string
		code                int64
		want                lasso.Category
	}{
		{"string", "too many requests", `"` + reason + `"`, -32000, lasso.ExecutionRevert},
		{"panic", "rate limit", `"0x4e487b710000"`, -32603, lasso.ExecutionRevert},
		{"object", "quota exceeded", `{"message":"x","data":"` + reason + `"}`, -32603, lasso.ExecutionRevert},
		{"reverted", "try again", `"Reverted ` + reason + `"`, -32015, lasso.ExecutionRevert},
		{"before a trusted code", "", `"` + reason + `"`, -32601, lasso.ExecutionRevert},
		{"custom error with code 3", "rate limit", `"0xdeadbeef"`, 3, lasso.ExecutionRevert},
		{"code 3 with null", "rate limit", `null`, 3, lasso.RateLimit},
		{"other selector", "rate limit", `"0xdeadbeef00"`, -32000, lasso.RateLimit},
		{"short", "rate limit", `"0x08c3"`, -32000, lasso.RateLimit},
		{"number", "rate limit", `7`, -32000, lasso.RateLimit},
		{"nothing", "odd", `"0x"`, -32000, lasso.Unclassified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &jsonrpc.ErrorObject{Code: tt.code, Message: tt.message, Data: []byte(tt.data)}
			if got := classify.Classify(e, nil).Category; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	rules := []lasso.ErrorRule{
		{Category: lasso.ChainError}, // without a condition: never
		{Code: 30, HasCode: true, Contains: []string{"free tier", "freetier"}, Category: lasso.CapabilityViolation},
		{Code: 30, HasCode: true, Category: lasso.RateLimit},
		{Contains: []string{"custom words"}, Category: lasso.MethodError},
		{Code: -32601, HasCode: true, Category: lasso.ServerError},
		{Code: 0, HasCode: true, Category: lasso.UserError},
	}
	tests := []struct {
		code    int64
		message string
		want    lasso.Category
		rule    bool
	}{
		{30, "On the FREE tier", lasso.CapabilityViolation, true},
		{30, "on freetier", lasso.CapabilityViolation, true},
		{30, "else", lasso.RateLimit, true},
		{3, "execution reverted: Custom Words", lasso.MethodError, true},
		{-32601, "", lasso.ServerError, true},
		{0, "", lasso.UserError, true},
		{-32000, "header not found", lasso.BlockNotAvailable, false},
	}
	for _, tt := range tests {
		got := classify.Classify(&jsonrpc.ErrorObject{Code: tt.code, Message: tt.message}, rules)
		if got.Category != tt.want || got.Rule != tt.rule {
			t.Errorf("Classify(%d, %q) = %v, %v, want %v, %v", tt.code, tt.message, got.Category, got.Rule, tt.want, tt.rule)
		}
	}
	if got := classify.Classify(nil, rules).Category; got != lasso.InvalidResponse {
		t.Errorf("Classify(nil) = %v, want %v", got, lasso.InvalidResponse)
	}
}

func TestRetryHint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		message, data string
		want          time.Duration
	}{
		{"rate limit, try again in 30 seconds", "", 30 * time.Second},
		{"Rate limited. Try again in 2 minutes.", "", 2 * time.Minute},
		{"too many requests, try again in 500 ms", "", 500 * time.Millisecond},
		{"too many requests, try again in 500ms.", "", 500 * time.Millisecond},
		{"call rate limit exhausted, retry in 10s", "", 10 * time.Second},
		{"rate limit, retry after 1m30s", "", 90 * time.Second},
		{"rate limit, retry after 7", "", 7 * time.Second},
		{"rate limit, please wait 3 hours", "", time.Hour},
		{"rate limit, retry in 99999999999999999999999 seconds", "", time.Hour},
		{"rate limit, retry in 1.5 s", "", 1500 * time.Millisecond},
		{"rate limit, retry in a while", "", 0},
		{"rate limit, retry in -5s", "", 0},
		{"rate limit, retry in ", "", 0},
		{"rate limit, retry in 5", `{"retry_after_ms":1000}`, 5 * time.Second},
		{"rate limit", `{"retry_after_ms":1500}`, 1500 * time.Millisecond},
		{"rate limit", `{"retry_after":"3"}`, 3 * time.Second},
		{"rate limit", `{"try_again_in":"59.9s"}`, 59900 * time.Millisecond},
		{"rate limit", `{"rate":{"backoff_seconds":30}}`, 30 * time.Second},
		{"rate limit", `{"rate":30}`, 0},
		{"rate limit", `"x"`, 0},
		{"execution reverted: try again in 30 seconds", "", 0},
	}
	for _, tt := range tests {
		e := &jsonrpc.ErrorObject{Code: -32005, Message: tt.message, Data: []byte(tt.data)}
		if got := classify.Classify(e, nil).RetryAfter; got != tt.want {
			t.Errorf("RetryAfter of %q %s = %v, want %v", tt.message, tt.data, got, tt.want)
		}
	}
}

func TestAlreadyKnown(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"already known":                 true,
		"AlreadyKnown":                  true,
		"ALREADY_EXISTS: already known": true,
		"known transaction: 0x1234":     true,
		"Known transaction":             true,
		"Transaction with the same hash was already imported.":                   true,
		"known transaction. transaction with hash 0x12 is already in the system": true,
		"tx already exists in cache":                                             true,
		"transaction already in mempool":                                         true,
		"unknown transaction type":                                               false,
		"nonce too low":                                                          false,
		"replacement transaction underpriced":                                    false,
		"execution reverted: already known":                                      false,
		"":                                                                       false,
	} {
		if got := classify.AlreadyKnown(&jsonrpc.ErrorObject{Code: -32000, Message: message}); got != want {
			t.Errorf("AlreadyKnown(%q) = %v, want %v", message, got, want)
		}
	}
	if classify.AlreadyKnown(nil) {
		t.Error("AlreadyKnown(nil) = true")
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range said {
		f.Add(s.code, s.message, []byte(`{"retry_after_ms":1}`), 429, []byte("7"))
	}
	f.Add(int64(-32005), "try again in 1", []byte(`{"error":{"code":1,"message":"x"}}`), 503, []byte("Wed, 21 Oct 2026 07:28:00 GMT"))
	rules := []lasso.ErrorRule{{Contains: []string{"x"}, Category: lasso.AuthError}}
	f.Fuzz(func(t *testing.T, code int64, message string, data []byte, status int, header []byte) {
		e := &jsonrpc.ErrorObject{Code: code, Message: message, Data: data}
		v := classify.Classify(e, rules)
		w, _ := classify.HTTP(status, header, data, rules, time.Unix(1e9, 0))
		for _, v := range []classify.Verdict{v, w} {
			if v.Category == lasso.OK || v.RetryAfter < 0 || v.RetryAfter > time.Hour {
				t.Fatalf("verdict %+v", v)
			}
		}
		classify.AlreadyKnown(e)
		checkSummary(t, classify.Summary(v.Category, code, status, message))
	})
}

func BenchmarkClassify(b *testing.B) {
	for name, e := range map[string]*jsonrpc.ErrorObject{
		"revert":  {Code: 3, Message: "execution reverted: ERC20: transfer amount exceeds balance", Data: []byte(`"0x08c379a0"`)},
		"limit":   {Code: -32005, Message: "daily request count exceeded, request rate limited"},
		"unknown": {Code: -32000, Message: "something that nobody has ever heard of happened here"},
		"upper":   {Code: -32000, Message: "Something that nobody has ever heard of happened here"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				classify.Classify(e, nil)
			}
		})
	}
}
