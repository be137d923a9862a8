package classify

import (
	"net/http"

	"github.com/lasso-rpc/lasso"
)

// ofCode judges by the code alone: JSON-RPC 2.0, EIP-1474, EIP-1193, ERC-7769,
// execution-apis, and those that single nodes and providers made up.
func ofCode(code int64) lasso.Category {
	if c, ok := codes[code]; ok {
		return c
	}
	switch {
	case code >= -32099 && code <= -32001:
		return lasso.ServerError
	case code >= -38025 && code <= -38010: // eth_simulateV1: the transaction is at fault
		return lasso.ExecutionRevert
	case code >= -32521 && code <= -32500: // user operations: the bundle or the account is at fault
		return lasso.ExecutionRevert
	case code >= 500 && code <= 599:
		return lasso.ServerError
	case code >= 400 && code <= 499:
		return lasso.ClientError
	default:
		return lasso.UnknownError
	}
}

var codes = map[int64]lasso.Category{ //nolint:gochecknoglobals // a table, never written
	3: lasso.ExecutionRevert,

	-32700: lasso.ParseError,
	-32600: lasso.InvalidRequest,
	-32601: lasso.MethodNotFound,
	-32602: lasso.InvalidParams,
	-32603: lasso.InternalError,

	-32000: lasso.Unclassified,
	-32002: lasso.ServerError,
	-32003: lasso.ClientError,         // transaction rejected
	-32004: lasso.CapabilityViolation, // EIP-1474: method not supported
	-32005: lasso.RateLimit,
	-32007: lasso.RateLimit, // QuickNode
	-32029: lasso.RateLimit,
	-32046: lasso.RateLimit, // Cloudflare

	-32010: lasso.ExecutionRevert, // OpenEthereum: transaction error
	-32015: lasso.ExecutionRevert, // OpenEthereum, Nethermind: VM execution error
	-32016: lasso.ExecutionRevert, // Besu

	-38026: lasso.CapabilityViolation, // eth_simulateV1: client limit exceeded

	4001: lasso.UserError,
	4100: lasso.AuthError,
	4200: lasso.MethodError,
	4444: lasso.RequiresArchival, // EIP-4444: pruned history unavailable
	4900: lasso.ChainError,
	4901: lasso.NetworkError,

	14:     lasso.ServerError, // dRPC
	23:     lasso.ServerError, // dRPC
	26:     lasso.BlockNotAvailable,
	30:     lasso.RateLimit,
	35:     lasso.CapabilityViolation,
	-31001: lasso.ServerError, // Pocket
	-31002: lasso.ServerError,
	-32614: lasso.CapabilityViolation, // QuickNode: eth_getLogs range
	-32701: lasso.CapabilityViolation, // PublicNode

	http.StatusUnauthorized:          lasso.AuthError,
	http.StatusPaymentRequired:       lasso.RateLimit,
	http.StatusForbidden:             lasso.AuthError,
	http.StatusRequestTimeout:        lasso.Timeout,
	http.StatusRequestEntityTooLarge: lasso.CapabilityViolation,
	http.StatusTooManyRequests:       lasso.RateLimit,
}
