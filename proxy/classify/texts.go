package classify

import (
	"strings"

	"github.com/lasso-rpc/lasso"
)

// revertTexts stand before a revert reason. The reason is whatever the contract
// says, "rate limit exceeded" included, so these come before all groups.
var revertTexts = []string{ //nolint:gochecknoglobals // a table, never written
	"execution reverted", "vm exception while processing transaction", "vm execution error",
	"transaction reverted", "reverted with reason",
}

// knownTexts say that a transaction is in the pool or the chain already.
// "known transaction" is treated apart, for "unknown transaction".
var knownTexts = []string{ //nolint:gochecknoglobals // a table, never written
	"already known", "alreadyknown", "already_known", "already imported", "already exists", "already_exists",
	"already in mempool", "already in the mempool", "already in pool", "already in the pool", "already pooled",
	"already in txpool", "already in the txpool", "already in cache", "already in block chain",
	"already in blockchain", "is already in the system", "duplicate transaction", "duplicated transaction",
}

// textGroup is a set of fragments of lower-case messages that mean the same.
type textGroup struct {
	category  lasso.Category
	fragments []string
}

// textGroups is in order of precedence.
//
// Archive texts stand before those of authentication: "archive requests need
// an API key" is about the call, not about a credential that went bad.
// Unknown methods stand before blocks, for "method eth_getBlockFoo not found".
var textGroups = []textGroup{ //nolint:gochecknoglobals // a table, never written
	{lasso.RateLimit, []string{
		"rate limit", "rate-limit", "rate_limit", "ratelimit", "too many request", "throttled", "throttling",
		"quota exceeded", "exceeded the quota", "exceeded your quota", "reached your quota", "quota limit",
		"usage quota", "monthly quota", "daily quota", "credits quota", "daily limit", "monthly limit",
		"capacity exceeded", "capacity limit exceeded", "request count exceeded", "request rate exceeded",
		"maximum requests", "requests per second", "calls per second", "request limit reached", "rps limit",
		"concurrent requests", "compute units", "request units", "cannot fulfill request",
		"timeout on the free tier", "out of credits", "credits exhausted", "insufficient credits",
	}},
	{lasso.RequiresArchival, []string{
		"archive", "archival", "historical data not", "historical state", "pruned", "pruning",
		"missing trie node", "state not available", "state is not available", "no state available",
		"state unavailable", "state histories", "distance to target block exceeds", "proof window",
		"is too old", "old data not available", "lowest height is", "recreate state", "state recreation",
	}},
	{lasso.AuthError, []string{
		"unauthorized", "authentication", "authenticate", "api key", "apikey", "api-key", "forbidden",
		"access denied", "permission denied", "invalid project id", "invalid access token",
	}},
	{lasso.ServerError, []string{
		"please retry", "try again", "temporary internal error", "temporarily unavailable", "service unavailable",
		"request timeout", "backend timeout", "resource unavailable", "service overloaded", "server overloaded",
		"server is busy", "no available upstream", "no healthy upstream", "bad gateway",
		"connection refused", "connection reset",
	}},
	{lasso.Timeout, []string{
		"request timed out", "gateway timeout", "gateway time-out", "upstream timeout", "context deadline exceeded",
	}},
	{lasso.InvalidParams, []string{
		"invalid argument", "cannot unmarshal", "unable to decode", "invalid hex", "odd length hex",
		"hex string of odd length", "hex string without 0x prefix", "invalid address", "wrong number of arguments",
		"too many arguments", "missing value for required argument", "abi: cannot marshal",
		"invalid block range params",
	}},
	{lasso.ExecutionRevert, []string{
		"revert", "vm exception", "evm error", "invalid opcode", "invalid jump destination", "stack underflow",
		"stack overflow", "stack limit reached", "out of gas", "gas required exceeds allowance",
		"intrinsic gas too low", "gas limit below intrinsic gas", "gas too low", "gas limit reached",
		"insufficient gas", "gas uint64 overflow", "exceeds block gas limit", "base fee exceeds gas limit",
		"transaction gas limit", "nonce too low", "nonce too high", "does not match sender account nonce",
		"insufficient funds", "insufficient balance for transfer", "upfront cost exceeds",
		"already known", "alreadyknown", "transaction underpriced", "fee too low",
		"max fee per gas less than block base fee", "fee cap less than block base fee",
		"max priority fee", "max fee per blob gas", "blob base fee", "too many blobs", "invalid sender",
		"transaction type not supported", "max initcode size exceeded", "max code size exceeded",
		"contract creation code storage out of gas", "write protection", "oversized data",
		"only replay-protected",
	}},
	{lasso.MethodNotFound, []string{
		"method not found", "does not exist/is not available", "unsupported method", "unknown method",
		"method does not exist", "no such method", "not whitelisted",
	}},
	{lasso.BlockNotAvailable, []string{
		"header not found", "block not found", "unknown block number", "block is out of range",
		"could not find block", "cannot find block", "could not be found", "cannot be found", "not yet available",
		"block not available", "block is not available", "block does not exist", "beyond current head",
		"is greater than latest block", "after last accepted block", "cannot query unfinalized data",
		"transaction not found", "transaction indexing is in progress",
		"node is syncing", "still syncing", "not synced", "node is behind",
	}},
	{lasso.CapabilityViolation, []string{
		// results that are too large
		"query returned more than", "result set too large", "result limit exceeded", "too many results",
		"too many logs", "exceeds max results", "response size exceeded", "response too large",
		"response is too big", "query timeout exceeded", "query timed out", "execution aborted",
		"execution timeout",
		// what the plan does not include
		"free tier", "freetier", "upgrade", "premium", "paid plan", "paid tier", "dedicated full node",
		"order a dedicated", "remove restrictions", "feature not enabled",
		// ranges
		"block range exceeded", "block range too large", "range too large", "range is too large", "range too wide",
		"range is too wide", "range not supported", "invalid block range", "exceeds maximum",
		"exceed maximum block range", "maximum block range", "block range limit", "ranges over",
		"max is 1k blocks", "is limited to", "unsupported parameter range", "exceeds limit", "exceeds the limit",
		"limit reached", "limit exceeded for this method", "requested too many blocks", "too many blocks",
		// addresses
		"maximum number of addresses", "max addresses", "too many addresses", "specify less number of address",
		"specify address",
		// features
		"tracing not enabled", "debug not available", "does not support", "not supported", "not available",
		"not enabled",
	}},
}

// matchText finds the first group that a lower-case message belongs to, of
// those that may come with the code.
func matchText(code int64, text string) (lasso.Category, bool) {
	if text == "" {
		return lasso.OK, false
	}
	for i := range textGroups {
		g := &textGroups[i]
		if !heeds(code, g.category) {
			continue
		}
		if containsAny(text, g.fragments) || matchPair(g.category, text) {
			return g.category, true
		}
	}
	return lasso.OK, false
}

// matchPair finds what no single fragment tells.
func matchPair(c lasso.Category, text string) bool {
	switch c {
	case lasso.RequiresArchival:
		return strings.Contains(text, "ran out of") && strings.Contains(text, "history")
	case lasso.BlockNotAvailable:
		return strings.Contains(text, "unknown block") && !strings.Contains(text, "unknown blockchain") ||
			strings.Contains(text, "not found") && strings.Contains(text, "block")
	default:
		return false
	}
}
