package proxy

import (
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// broadcastError looks at errors that mean something else when a transaction
// was sent. It gives a verdict when the error is success, and else corrects
// what the error was taken for.
func (c *call) broadcastError(a *reply) (v verdict, success bool) {
	switch {
	case a.object == nil:
	case c.m.Name == "eth_sendRawTransactionSync":
		if !a.judged.Rule && a.judged.Category == lasso.UnknownError && a.object.Code >= 4 && a.object.Code <= 6 {
			// EIP-7966: no receipt in the time that the caller gave, or a
			// transaction that can not be executed yet.
			a.judged.Category = lasso.ClientError
		}
	case c.m.Safety == methods.Broadcast && classify.AlreadyKnown(a.object):
		if c.uncertain {
			if hash, ok := transactionHash(c.in.Params); ok {
				// The attempt before did reach the network.
				return verdict{final: true, sent: true, answer: answer{body: jsonrpc.AppendResult(nil, c.in.ID, hash)}}, true
			}
		}
		if !a.judged.Rule && a.judged.Category != lasso.RateLimit {
			a.judged.Category = lasso.ExecutionRevert // a property of the call, in whatever words
		}
	}
	return verdict{}, false
}

// transactionHash computes the hash of the raw transaction that is the first
// parameter of eth_sendRawTransaction, as a JSON string. A typed transaction
// (EIP-2718) and a legacy one are hashed alike: Keccak-256 over the bytes as
// sent. Blob transactions in network form carry more than is hashed, so they
// are refused.
func transactionHash(params []byte) (quoted []byte, ok bool) {
	var text string
	jsonrpc.Elements(params, func(_ int, raw []byte) bool {
		text, ok = jsonrpc.Unquote(raw)
		return false
	})
	digits, prefixed := strings.CutPrefix(text, "0x")
	if !ok || !prefixed || strings.HasPrefix(digits, "03") {
		return nil, false
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) == 0 {
		return nil, false
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(raw)
	return []byte(`"0x` + hex.EncodeToString(h.Sum(nil)) + `"`), true
}
