// Package classify says what an upstream's error means: a [lasso.Category],
// from which the router knows whether another provider would answer
// differently and whether the error counts against this one.
//
// Providers agree on little but the words they use, so words are looked at
// before most codes. Everything here is a pure function and safe for
// concurrent use.
package classify

import (
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// Verdict is the judgement on one failed attempt.
type Verdict struct {
	Category   lasso.Category
	RetryAfter time.Duration // how long the provider asks to be left alone, at most an hour; 0: it does not say
	Rule       bool          // a configured rule decided
}

// basis is what a judgement rests on.
type basis uint8

const (
	byCode basis = iota // the error code, or the HTTP status
	byText              // the message
	byData              // a revert in the data
	byRule              // a configured rule
)

// Classify judges a JSON-RPC error. The first of these that applies decides:
//
//  1. A configured rule, in their order.
//  2. A revert: code 3 with data, data that begin with the selector of
//     Error(string) or Panic(uint256), or a message that names a revert the way
//     nodes do. The text after that is the contract's and is not looked at.
//  3. Codes -32700 and -32601.
//  4. The groups of message texts, in their order. With code -32600 only those
//     count that say another provider may answer: some providers refuse with it
//     what is beyond their plan. With code -32602 those do not count that speak
//     of limits, credentials or outages: nodes repeat the caller's parameters in
//     it, and no caller may take a provider out of service.
//  5. The code.
//
// A plain -32000 without known text stays Unclassified and goes to the caller.
// Of a long message only the first kilobyte is looked at. A nil error is
// InvalidResponse.
func Classify(e *jsonrpc.ErrorObject, rules []lasso.ErrorRule) Verdict {
	v, _ := judge(e, rules)
	return v
}

func judge(e *jsonrpc.ErrorObject, rules []lasso.ErrorRule) (Verdict, basis) {
	if e == nil {
		return Verdict{Category: lasso.InvalidResponse}, byCode
	}
	text := lower(e.Message)
	category, on := decide(e, text, rules)
	v := Verdict{Category: category, Rule: on == byRule}
	if category.Elsewhere() {
		v.RetryAfter = retryHint(text, e.Data)
	}
	return v, on
}

func decide(e *jsonrpc.ErrorObject, text string, rules []lasso.ErrorRule) (lasso.Category, basis) {
	if c, ok := matchRule(e.Code, text, rules); ok {
		return c, byRule
	}
	if e.Code == 3 && len(e.Data) > 0 && string(e.Data) != "null" || revertData(e.Data) {
		return lasso.ExecutionRevert, byData
	}
	if containsAny(text, revertTexts) {
		return lasso.ExecutionRevert, byText
	}
	switch e.Code {
	case jsonrpc.CodeParse:
		return lasso.ParseError, byCode
	case jsonrpc.CodeMethodNotFound:
		return lasso.MethodNotFound, byCode
	}
	if c, ok := matchText(e.Code, text); ok {
		return c, byText
	}
	return ofCode(e.Code), byCode
}

// heeds reports whether with that code words may mean that category.
func heeds(code int64, c lasso.Category) bool {
	switch code {
	case jsonrpc.CodeInvalidRequest:
		return c.Elsewhere()
	case jsonrpc.CodeInvalidParams:
		return !c.Fault() && c != lasso.RateLimit
	default:
		return true
	}
}

// matchRule finds the first rule that fits. A rule without any condition fits
// nothing.
func matchRule(code int64, text string, rules []lasso.ErrorRule) (lasso.Category, bool) {
	for i := range rules {
		r := &rules[i]
		if !r.HasCode && len(r.Contains) == 0 ||
			r.HasCode && int64(r.Code) != code ||
			len(r.Contains) > 0 && !containsAny(text, r.Contains) {
			continue
		}
		return r.Category, true
	}
	return lasso.OK, false
}

func containsAny(text string, fragments []string) bool {
	for _, f := range fragments {
		if strings.Contains(text, f) {
			return true
		}
	}
	return false
}

// textLimit is how much of a message or body is searched.
const textLimit = 1024

// lower returns the beginning of text in lower case. It allocates only for text
// that has upper case letters.
func lower(text string) string {
	return strings.ToLower(text[:min(len(text), textLimit)])
}

// The selectors of Error(string) and Panic(uint256), as Solidity encodes them.
const (
	errorSelector = "0x08c379a0"
	panicSelector = "0x4e487b71"
)

// revertData reports whether raw error data hold a revert: as a string, or in
// the member data of an object.
func revertData(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	if data[0] == '{' {
		data = jsonrpc.Member(data, "data")
	}
	if len(data) == 0 || data[0] != '"' {
		return false
	}
	data = data[1:]
	const parity = "Reverted " // OpenEthereum and Nethermind put this before the bytes
	if len(data) > len(parity) && string(data[:len(parity)]) == parity {
		data = data[len(parity):]
	}
	if len(data) < len(errorSelector) {
		return false
	}
	selector := data[:len(errorSelector)]
	return string(selector) == errorSelector || string(selector) == panicSelector
}

// AlreadyKnown reports whether the answer to eth_sendRawTransaction says that
// the provider has this very transaction already. After an earlier attempt
// that may have gone through, that is success.
func AlreadyKnown(e *jsonrpc.ErrorObject) bool {
	if e == nil || e.Code == 3 {
		return false
	}
	text := lower(e.Message)
	if containsAny(text, revertTexts) {
		return false
	}
	if containsAny(text, knownTexts) {
		return true
	}
	before, _, found := strings.Cut(text, "known transaction")
	return found && !strings.HasSuffix(before, "un")
}
